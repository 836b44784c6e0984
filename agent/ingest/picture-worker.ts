// A thread that reads pictures: decoding and hashing take milliseconds that the main loop does not have.
import { type MessagePort, parentPort } from "node:worker_threads";
import { PictureError, preparePictureDecoding } from "../../models/picture.ts";
import type { FromReader, ToReader } from "./picture-messages.ts";
import { readPicture } from "./read-picture.ts";

// The thread's whole work; the file does nothing when something else imports it.
if (parentPort !== null) serve(parentPort);

/** Pictures in memory at once: one is decoded while another is hashed. */
const atOnce = 2;

function serve(port: MessagePort): void {
  preparePictureDecoding();
  const running = new Set<Promise<void>>();
  const waiting: { readonly id: number; readonly path: string }[] = [];
  const startNext = (): void => {
    while (running.size < atOnce) {
      const next = waiting.shift();
      if (next === undefined) return;
      const answering = answer(port, next.id, next.path).finally(() => {
        running.delete(answering);
        startNext();
      });
      running.add(answering);
    }
  };
  port.on("message", (message: ToReader) => {
    if (message.id === null) {
      waiting.length = 0;
      // The host ends the thread then: one that is ended in the decoder may take the process with it.
      void Promise.all(running).then(() => port.postMessage({ id: null } satisfies FromReader));
      return;
    }
    waiting.push(message);
    startNext();
  });
}

async function answer(port: MessagePort, id: number, path: string): Promise<void> {
  try {
    const picture = await readPicture(path);
    port.postMessage({ id, picture } satisfies FromReader, [picture.bytes.buffer]);
  } catch (cause) {
    const reason = cause instanceof PictureError ? cause.reason : "unreadable";
    port.postMessage({ id, reason, message: (cause as Error).message } satisfies FromReader);
  }
}

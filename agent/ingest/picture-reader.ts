// Reads picture files in threads of their own. A thread that dies is replaced; the pictures it was at are named, and the rest goes on.
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { startOwnThread } from "../../models/own-thread.ts";
import type { FromReader, ReadPicture, ReadProblem, ToReader } from "./picture-messages.ts";

// The type of import.meta is not the same everywhere this is checked.
const { url: here } = import.meta as { readonly url: string };

/** A picture cannot be ingested; `reason` is for counting, the message for a person. */
export class UnreadablePicture extends Error {
  override readonly name = "UnreadablePicture";
  readonly reason: ReadProblem;

  constructor(reason: ReadProblem, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Life: create → read … → close. */
export type PictureReader = {
  /** @throws UnreadablePicture */
  readonly read: (path: string) => Promise<ReadPicture>;
  /** Once what is being read is read; what waits is refused. May be called twice. */
  readonly close: () => Promise<void>;
};

type Waiting = {
  readonly path: string;
  readonly resolve: (picture: ReadPicture) => void;
  readonly reject: (cause: UnreadablePicture) => void;
};

type Thread = { readonly worker: Worker; readonly waiting: Map<number, Waiting> };

/** @param options.start another thread may be given in tests. */
export function createPictureReader(options: { threads: number; start?: () => Worker }): PictureReader {
  const start = options.start ?? startPictureThread;
  const threads: (Thread | null)[] = Array.from({ length: options.threads }, () => null);
  let nextId = 1;
  let isClosed = false;

  const lose = (place: number, thread: Thread, words: string): void => {
    if (threads[place] === thread) threads[place] = null;
    for (const { reject } of thread.waiting.values())
      reject(new UnreadablePicture("unreadable", `the thread that read it ended: ${words}`));
    thread.waiting.clear();
  };
  const open = (place: number): Thread => {
    const thread: Thread = { worker: start(), waiting: new Map() };
    thread.worker.on("message", (message: FromReader) => {
      if (message.id === null) return void thread.worker.terminate();
      const waiting = thread.waiting.get(message.id);
      thread.waiting.delete(message.id);
      if (thread.waiting.size === 0) thread.worker.unref();
      if ("picture" in message) waiting?.resolve(message.picture);
      else waiting?.reject(new UnreadablePicture(message.reason, message.message));
    });
    thread.worker.on("error", (cause) => lose(place, thread, cause.message));
    thread.worker.on("exit", (code) => lose(place, thread, `code ${code}`));
    threads[place] = thread;
    return thread;
  };
  /** The one with the least to do. */
  const choose = (): Thread => {
    const place = threads.reduce(
      (best, thread, at) => ((thread?.waiting.size ?? 0) < (threads[best]?.waiting.size ?? 0) ? at : best),
      0,
    );
    return threads[place] ?? open(place);
  };

  return {
    read: (path) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new UnreadablePicture("unreadable", "reading was ended"));
        const id = nextId++;
        const thread = choose();
        thread.waiting.set(id, { path, resolve, reject });
        thread.worker.ref();
        thread.worker.postMessage({ id, path } satisfies ToReader);
      }),
    close: async () => {
      isClosed = true;
      const open = threads.filter((thread) => thread !== null);
      await Promise.all(
        open.map(async ({ worker }) => {
          const gone = once(worker, "exit");
          worker.ref();
          worker.postMessage({ id: null } satisfies ToReader);
          await gone;
        }),
      );
    },
  };
}

function startPictureThread(): Worker {
  return startOwnThread({ beside: here, file: "picture-worker", name: "outrider-pictures" });
}

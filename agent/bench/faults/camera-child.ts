// A camera as a process of its own, called as rpicam-vid is: every picture has a stamp and a line in the truth log before its first
// byte leaves, and it misbehaves when the bench tells it to. It outlives no agent: without a reader it ends.
import { chmodSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stampFrame } from "../../../device/camera/sim/stamp.ts";
import { crashPicture } from "../crash-picture.ts";
import { md5Of, openTruthLog } from "./truth.ts";

/** How a camera is. half: every third picture stops in its middle; eof: the program ends again and again. */
export type CameraMode = "good" | "garbage" | "half" | "stall" | "frozen" | "stderr" | "eof";

/** The smallest picture of 16 × 16 pixels. */
const base = Buffer.from(
  "/9j/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////////////////////////////////////wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAQL/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCQEh//2Q==",
  "base64",
);
const minBytes = 500;
const maxBytes = 12_000;

/** Picture `sequence` of a camera: stamped, of a size of its own, with bytes in a comment that look like anything. */
export function stampedPicture(camera: string, sequence: number, monotonicNs: number): Uint8Array {
  const length = minBytes + ((sequence * 7919) % (maxBytes - minBytes));
  const comment = Buffer.from([0xff, 0xfe, (length + 2) >> 8, (length + 2) & 0xff]);
  const filled = Buffer.concat([
    base.subarray(0, 2),
    comment,
    crashPicture(sequence, length),
    base.subarray(2),
  ]);
  return stampFrame(filled, { camera, sequence, monotonicNs });
}

/** Puts a program `rpicam-vid` into `folder`, which gives stamped pictures; `program` starts this very program. */
export function installCamera(folder: string, program: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "rpicam-vid");
  const words = [...program, "bench", "faults-camera", folder].map((word) => `'${word}'`).join(" ");
  // exec: signals must reach the camera itself.
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *--help*) exit 0 ;; esac\nexec ${words} -- "$@"\n`);
  chmodSync(path, 0o755);
}

export function cameraName(number: number): string {
  return `cam${number}`;
}

/** Tells a camera how to be from now on. */
export function setCameraMode(folder: string, camera: string, mode: CameraMode): void {
  writeFileSync(join(folder, `${camera}.mode`), mode);
}

/** Gives pictures on stdout until nobody reads or it is interrupted. @param words rpicam-vid's own. */
export async function runCameraChild(folder: string, words: readonly string[]): Promise<void> {
  const camera = cameraName(Number(words[words.indexOf("--camera") + 1]));
  const fps = Number(words[words.indexOf("--framerate") + 1]);
  const truth = openTruthLog(folder, camera);
  const parent = process.ppid;
  let isAsked = false;
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      isAsked = true;
    });
  const give = (sequence: number): Uint8Array => {
    const monotonicNs = Number(process.hrtime.bigint());
    const picture = stampedPicture(camera, sequence, monotonicNs);
    truth.add({ sequence, monotonicNs, md5: md5Of(picture) });
    return picture;
  };
  let sequence = truth.next;
  let newest: Uint8Array | null = null;
  try {
    for (let tick = 0; !isAsked && process.ppid === parent; tick += 1) {
      const mode = readMode(folder, camera);
      if (mode === "eof") return;
      if (mode === "garbage")
        write(Buffer.from([0, 0xff, 0xd8, 0xff, 0xe1, 0, 0xff, 0xd9, tick & 0xff, 0xff]));
      if (mode === "stderr")
        for (let line = 0; line < 50; line += 1) writeSync(2, `${"frame dropped ".repeat(60)}\n`);
      if (mode === "half" && tick % 3 === 2) write(base.subarray(0, base.length >> 1));
      else if (mode === "frozen" && newest !== null) {
        // The same bytes are a picture of the truth all the same: whoever keeps them keeps what the camera gave.
        truth.add({ sequence, monotonicNs: Number(process.hrtime.bigint()), md5: md5Of(newest) });
        write(newest);
        truth.given(sequence);
        sequence += 1;
      } else if (mode !== "stall") {
        newest = give(sequence);
        write(newest);
        truth.given(sequence);
        sequence += 1;
      }
      await delay(1000 / fps);
    }
  } catch (cause) {
    // Nobody reads any more: the agent was killed.
    if ((cause as NodeJS.ErrnoException).code !== "EPIPE") throw cause;
  } finally {
    truth.close();
  }
}

/** As fwrite() does: a full pipe blocks the whole program. */
function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

function readMode(folder: string, camera: string): CameraMode {
  try {
    return readFileSync(join(folder, `${camera}.mode`), "utf8") as CameraMode;
  } catch {
    return "good"; // Nobody told it anything.
  }
}

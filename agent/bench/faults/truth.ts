// The truth of the fault bench: what the cameras really gave, in a log outside the agent's data that only they write.
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A picture that a camera gave. No two have the same bytes, but for those a frozen camera repeats. */
export type TruthFrame = {
  readonly camera: string;
  readonly sequence: number;
  /** Of the machine's monotonic clock, just before the first byte left the camera. */
  readonly monotonicNs: number;
  /** What S3 servers call an object's ETag, so that a listing alone tells whether the bytes are right. */
  readonly md5: string;
  /** Its last byte left the camera, too. A camera that is killed in the middle of a picture has given none. */
  readonly isGiven: boolean;
};

/** Lowercase hex MD5; an identity, not a safeguard. */
export function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

const extension = ".truth";
const givenMark = "+";
/** Lines between two flushes: only the agent is killed here, so the log need not survive each power cut. */
const linesPerFlush = 16;

/** Appends to the log of one camera. Life: open → add… → close. */
export function openTruthLog(
  directory: string,
  camera: string,
): {
  /** Number of the next picture: behind all that were ever logged. */
  readonly next: number;
  /** Before its first byte leaves. */
  readonly add: (frame: Omit<TruthFrame, "camera" | "isGiven">) => void;
  /** When its last byte left. */
  readonly given: (sequence: number) => void;
  readonly close: () => void;
} {
  const path = join(directory, `${camera}${extension}`);
  const next = existsSync(path)
    ? (parseLines(readFileSync(path, "utf8"), camera).at(-1)?.sequence ?? -1) + 1
    : 0;
  const file = openSync(path, "a");
  let lines = 0;
  return {
    next,
    add: ({ sequence, monotonicNs, md5 }) => {
      writeSync(file, `${sequence} ${monotonicNs} ${md5}\n`);
      lines += 1;
      if (lines % linesPerFlush === 0) fsyncSync(file);
    },
    given: (sequence) => {
      writeSync(file, `${givenMark}${sequence}\n`);
    },
    close: () => closeSync(file),
  };
}

/** All pictures of all cameras, each camera's in order. */
export function readTruth(directory: string): readonly TruthFrame[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(extension))
    .sort()
    .flatMap((name) =>
      parseLines(readFileSync(join(directory, name), "utf8"), name.slice(0, -extension.length)),
    );
}

/** A line that its writer did not finish is no picture: its first byte never left. */
function parseLines(text: string, camera: string): TruthFrame[] {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const given = new Set(
    lines.filter((line) => line.startsWith(givenMark)).map((line) => Number(line.slice(1))),
  );
  return lines
    .filter((line) => line !== "" && !line.startsWith(givenMark))
    .map((line) => {
      const [sequence, monotonicNs, md5 = ""] = line.split(" ");
      const number = Number(sequence);
      return { camera, sequence: number, monotonicNs: Number(monotonicNs), md5, isGiven: given.has(number) };
    });
}

// `recording:FILE`: a bus with no board on it. Every register write goes to a file with its time, so that what a car would have got can be
// measured from outside, also when the process that wrote it was killed.
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import type { Clock } from "../clock.ts";
import type { RegisterBus } from "./pulse-board.ts";

/** One transfer, as a line of the file holds it. */
export type RegisterWrite = {
  /** Monotonic ns of this machine, the same clock in all its processes. */
  readonly ns: number;
  /** The process that wrote. */
  readonly pid: number;
  readonly address: number;
  readonly register: number;
  readonly bytes: readonly number[];
};

/** Opens the file, appending: a guard that follows another one goes on in it. @throws the system's error when it cannot be written. */
export function openRecordingBus(file: string, clock: Pick<Clock, "monotonicNs">): RegisterBus {
  const descriptor = openSync(file, "a");
  const registers = new Map<number, number>();
  let closed = false;
  return {
    writeBlock: async (address, register, bytes) => {
      if (closed) throw new Error("Expected an open bus, got a closed one");
      for (const [index, byte] of bytes.entries()) registers.set(register + index, byte);
      const write: RegisterWrite = {
        ns: clock.monotonicNs(),
        pid: process.pid,
        address,
        register,
        bytes: [...bytes],
      };
      // At once and in one call: it is in the file whatever becomes of this process, and lines of two processes do not mix.
      writeSync(descriptor, `${JSON.stringify(write)}\n`);
    },
    readByte: async (_address, register) => registers.get(register) ?? 0,
    close: async () => {
      if (closed) return;
      closed = true;
      closeSync(descriptor);
    },
  };
}

/** The writes of a file, in order; a line that is still being written is left out. @throws when the file cannot be read. */
export function readRecording(file: string): readonly RegisterWrite[] {
  return parseLines(readFileSync(file, "utf8").split("\n").slice(0, -1));
}

/** A file that is being written, read as it grows. Life: follow → take… → close. */
export type RecordingReader = {
  /** The writes since the last look. */
  readonly take: () => readonly RegisterWrite[];
  /** May be called twice. */
  readonly close: () => void;
};

/** Follows a file from its beginning; made when it is not there yet. */
export function followRecording(file: string): RecordingReader {
  const descriptor = openSync(file, "a+");
  const buffer = new Uint8Array(64 * 1024);
  const decoder = new TextDecoder();
  let position = 0;
  let rest = "";
  let open = true;
  return {
    take: () => {
      const lines: string[] = [];
      for (let count = 1; count > 0; position += count) {
        count = readSync(descriptor, buffer, 0, buffer.length, position);
        const pieces = (rest + decoder.decode(buffer.subarray(0, count), { stream: true })).split("\n");
        rest = pieces.pop() ?? "";
        lines.push(...pieces);
      }
      return parseLines(lines);
    },
    close: () => {
      if (!open) return;
      open = false;
      closeSync(descriptor);
    },
  };
}

function parseLines(lines: readonly string[]): readonly RegisterWrite[] {
  return lines.map((line) => JSON.parse(line) as RegisterWrite);
}

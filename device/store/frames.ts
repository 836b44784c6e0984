// Frames in the store: the record and the picture's bytes, side by side under one img_id.
import { createHash } from "node:crypto";
import type { FrameRecord } from "../frame.ts";
import type { Counters } from "./counters.ts";
import type { Table } from "./table.ts";

export type Frames = {
  readonly get: (imgId: string) => FrameRecord | null;
  readonly has: (imgId: string) => boolean;
  /** The encoded picture; null when it is not there or damaged. */
  readonly picture: (imgId: string) => Uint8Array | null;
  /** Within a commit only. @throws when the img_id is taken: a frame is never overwritten. */
  readonly add: (frame: FrameRecord, bytes: Uint8Array) => void;
  /** Replaces the record of a frame that is there. Within a commit only. */
  readonly update: (frame: FrameRecord) => void;
  /** Deletes the record, the picture and its hashes. Within a commit only. */
  readonly remove: (imgId: string) => void;
  /** Frames in img_id order, that is by time. Bounds are img_ids. */
  readonly range: (options?: {
    start?: string;
    end?: string;
    reverse?: boolean;
    limit?: number;
  }) => Iterable<FrameRecord>;
  readonly count: () => number;
};

export type FrameTables = {
  readonly records: Table<string, FrameRecord>;
  readonly pictures: Table<string, Uint8Array>;
  readonly hashes: Table<string, Uint8Array>;
};

export function createFrames({ records, pictures, hashes }: FrameTables, counters: Counters): Frames {
  return {
    get: (imgId) => records.get(imgId),
    has: (imgId) => records.has(imgId),
    picture: (imgId) => pictures.get(imgId),
    add: (frame, bytes) => {
      if (records.has(frame.imgId))
        throw new Error(`Expected a new frame, but ${frame.imgId} is in the store already`);
      records.put(frame.imgId, frame);
      pictures.put(frame.imgId, bytes);
      counters.add("frames", 1);
      counters.add("bytes", storedBytes(frame.size));
    },
    update: (frame) => {
      if (records.has(frame.imgId)) records.put(frame.imgId, frame);
    },
    remove: (imgId) => {
      const frame = records.get(imgId);
      const hadRecord = records.remove(imgId);
      pictures.remove(imgId);
      hashes.remove(imgId);
      if (!hadRecord) return;
      counters.add("frames", -1);
      counters.add("bytes", -storedBytes(frame?.size ?? 0));
    },
    *range(options = {}) {
      for (const { value } of records.range(options)) yield value;
    },
    count: () => counters.get("frames"),
  };
}

/** Disk bytes of a picture of `size` bytes with its records: whole 4096-byte pages, and one for the rest. */
export function storedBytes(size: number): number {
  return (Math.ceil((size + 32) / 4096) + 1) * 4096;
}

/** Lowercase hex SHA-256. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

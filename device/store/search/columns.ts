// The dates of all documents side by side, in blocks: a range over time is a walk over numbers, and results are sorted without being read.
import { DamagedValue, openBytes, sealBytes } from "../codec.ts";
import type { Database } from "../environment.ts";
import { addTo, type DocSet } from "./doc-set.ts";

/** [field, block] → the milliseconds of `blockSize` documents; NaN where there is none. */
export type ColumnTable = Database<Buffer, number[]>;

// 500 doubles, the seal and lmdb's own header fit one page of 4096 bytes.
const blockSize = 500;

type Block = Float64Array;

/** Reads single dates of a field, keeping the last block at hand. */
export function createColumnReader(table: ColumnTable, field: number): (document: number) => number {
  let at = -1;
  let block: Block | null = null;
  return (document) => {
    const wanted = Math.floor(document / blockSize);
    if (wanted !== at) {
      const sealed = table.get([field, wanted]);
      block = sealed === undefined ? null : openBlock(sealed);
      at = wanted;
    }
    return block === null ? Number.NaN : block[document % blockSize]!;
  };
}

/** The documents whose date lies in lowMs…highMs, both inclusive. */
export function readColumnRange(table: ColumnTable, field: number, lowMs: number, highMs: number): DocSet {
  const found: DocSet = new Map();
  const blocks = table.getRange({ start: [field, 0], end: [field, Number.POSITIVE_INFINITY] });
  for (const { key, value } of blocks) {
    const block = openBlock(value);
    const first = key[1]! * blockSize;
    // NaN is in no range.
    for (let index = 0; index < blockSize; index += 1) {
      if (block[index]! >= lowMs && block[index]! <= highMs) addTo(found, first + index);
    }
  }
  return found;
}

/** Changes to columns that are gathered and then written together. Life: set… → write once, all inside one write transaction. */
export type ColumnChanges = {
  /** NaN: the document has no date there. */
  readonly set: (field: number, document: number, ms: number) => void;
  readonly write: () => void;
};

/** Begins gathering changes. */
export function createColumnChanges(table: ColumnTable): ColumnChanges {
  const blocks = new Map<string, { key: number[]; block: Block }>();
  return {
    set: (field, document, ms) => {
      const key = [field, Math.floor(document / blockSize)];
      const id = key.join(" ");
      let change = blocks.get(id);
      if (change === undefined) {
        const sealed = table.get(key);
        const block = sealed === undefined ? new Float64Array(blockSize).fill(Number.NaN) : openBlock(sealed);
        change = { key, block };
        blocks.set(id, change);
      }
      change.block[document % blockSize] = ms;
    },
    write: () => {
      for (const { key, block } of blocks.values()) void table.put(key, sealBlock(block));
      blocks.clear();
    },
  };
}

function openBlock(sealed: Uint8Array): Block {
  const payload = openBytes(sealed);
  if (payload.byteLength !== blockSize * 8)
    throw new DamagedValue(`a block of dates of ${payload.byteLength} bytes`);
  // A copy, for doubles must start at a multiple of eight. Every machine this runs on is little-endian.
  return new Float64Array(new Uint8Array(payload).buffer);
}

function sealBlock(block: Block): Buffer {
  return sealBytes(new Uint8Array(block.buffer, block.byteOffset, block.byteLength));
}

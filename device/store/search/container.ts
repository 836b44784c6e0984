// One bitmap on disk, in the smallest of three forms: a list of numbers, runs of numbers (a session's labels share most values), or all bits.
import { DamagedValue } from "../codec.ts";
import { type Bitmap, bitsOf, chunkSize, countBits, countRuns, nextBit, setBit } from "./doc-set.ts";

const listForm = 0;
const runForm = 1;
const bitForm = 2;
const bitBytes = chunkSize / 8;

/** Encodes a bitmap; null when it is empty. */
export function encodeContainer(bitmap: Bitmap): Uint8Array | null {
  const count = countBits(bitmap);
  if (count === 0) return null;
  const runs = countRuns(bitmap);
  if (runs * 4 < bitBytes && runs * 4 < count * 2) return encodeRuns(bitmap, runs);
  if (count * 2 < bitBytes) return encodeList(bitsOf(bitmap), count);
  const bytes = new Uint8Array(1 + bitBytes);
  bytes[0] = bitForm;
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < bitmap.length; word += 1) view.setUint32(1 + word * 4, bitmap[word]!, true);
  return bytes;
}

/** Encodes a single number, the common case of fields that name one document: the same as through a bitmap, without one. */
export function encodeSingle(bit: number): Uint8Array {
  return encodeList([bit], 1);
}

/**
 * Adds the numbers of an encoded container to a bitmap.
 * @throws DamagedValue
 */
export function decodeContainer(bytes: Uint8Array, into: Bitmap): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const form = bytes[0];
  if (form === listForm) {
    for (let at = 1; at + 1 < bytes.length; at += 2) setBit(into, view.getUint16(at, true), true);
  } else if (form === runForm) {
    for (let at = 1; at + 3 < bytes.length; at += 4) {
      setRun(into, view.getUint16(at, true), view.getUint16(at + 2, true));
    }
  } else if (form === bitForm && bytes.length === 1 + bitBytes) {
    for (let word = 0; word < into.length; word += 1) into[word]! |= view.getUint32(1 + word * 4, true);
  } else {
    throw new DamagedValue(`a set of labels of form ${form} and ${bytes.length} bytes`);
  }
}

function encodeList(bits: Iterable<number>, count: number): Uint8Array {
  const bytes = new Uint8Array(1 + count * 2);
  bytes[0] = listForm;
  let at = 1;
  for (const bit of bits) {
    bytes[at] = bit & 0xff;
    bytes[at + 1] = bit >>> 8;
    at += 2;
  }
  return bytes;
}

/** Pairs of first and last number. */
function encodeRuns(bitmap: Bitmap, runs: number): Uint8Array {
  const bytes = new Uint8Array(1 + runs * 4);
  bytes[0] = runForm;
  const view = new DataView(bytes.buffer);
  let first = nextBit(bitmap, 0, true);
  for (let at = 1; at < bytes.length; at += 4) {
    const end = nextBit(bitmap, first, false);
    view.setUint16(at, first, true);
    view.setUint16(at + 2, end - 1, true);
    first = nextBit(bitmap, end, true);
  }
  return bytes;
}

function setRun(into: Bitmap, first: number, last: number): void {
  const firstWord = first >>> 5;
  const lastWord = last >>> 5;
  const head = 0xffff_ffff << (first & 31);
  const tail = 0xffff_ffff >>> (31 - (last & 31));
  if (firstWord === lastWord) {
    into[firstWord]! |= head & tail;
    return;
  }
  into[firstWord]! |= head;
  into.fill(0xffff_ffff, firstWord + 1, lastWord);
  into[lastWord]! |= tail;
}

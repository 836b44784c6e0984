// Sets of document numbers: bitmaps by chunk of 65 536 numbers in memory, and the smallest of three forms on disk.

/** Document numbers per chunk: what 16 bits can count. */
export const chunkSize = 65_536;
const wordsPerChunk = chunkSize / 32;

/** Numbers of one chunk, relative to its start: bit n of the map says whether n is in. */
export type Bitmap = Uint32Array;

/** Document numbers, as bitmaps by chunk number; a chunk that is not there is empty. */
export type DocSet = Map<number, Bitmap>;

/** An empty bitmap. */
export function createBitmap(): Bitmap {
  return new Uint32Array(wordsPerChunk);
}

/** Adds a document number. */
export function addTo(set: DocSet, document: number): void {
  const chunk = Math.floor(document / chunkSize);
  let bitmap = set.get(chunk);
  if (bitmap === undefined) {
    bitmap = createBitmap();
    set.set(chunk, bitmap);
  }
  setBit(bitmap, document % chunkSize, true);
}

/** Puts `bit` in or takes it out. */
export function setBit(bitmap: Bitmap, bit: number, present: boolean): void {
  const mask = 1 << (bit & 31);
  if (present) bitmap[bit >>> 5]! |= mask;
  else bitmap[bit >>> 5]! &= ~mask;
}

/** How many numbers are in the set. */
export function sizeOf(set: DocSet): number {
  let size = 0;
  for (const bitmap of set.values()) size += countBits(bitmap);
  return size;
}

/** Whether nothing is in the set. */
export function isEmpty(set: DocSet): boolean {
  for (const bitmap of set.values()) if (bitmap.some((word) => word !== 0)) return false;
  return true;
}

/** What is in both; changes and returns the first. */
export function intersect(set: DocSet, other: DocSet): DocSet {
  for (const [chunk, bitmap] of set) {
    const theirs = other.get(chunk);
    if (theirs === undefined) set.delete(chunk);
    else for (let word = 0; word < wordsPerChunk; word += 1) bitmap[word]! &= theirs[word]!;
  }
  return set;
}

/** What is in either; changes and returns the first, and may keep bitmaps of the second. */
export function unite(set: DocSet, other: DocSet): DocSet {
  for (const [chunk, theirs] of other) {
    const bitmap = set.get(chunk);
    if (bitmap === undefined) set.set(chunk, theirs);
    else for (let word = 0; word < wordsPerChunk; word += 1) bitmap[word]! |= theirs[word]!;
  }
  return set;
}

/** What is in the first and not in the second; changes and returns the first. */
export function subtract(set: DocSet, other: DocSet): DocSet {
  for (const [chunk, bitmap] of set) {
    const theirs = other.get(chunk);
    if (theirs !== undefined)
      for (let word = 0; word < wordsPerChunk; word += 1) bitmap[word]! &= ~theirs[word]!;
  }
  return set;
}

/** The document numbers, rising. */
export function* documentsOf(set: DocSet): Generator<number> {
  for (const chunk of [...set.keys()].sort((a, b) => a - b)) {
    for (const bit of bitsOf(set.get(chunk)!)) yield chunk * chunkSize + bit;
  }
}

/** The numbers in a bitmap, rising. */
export function* bitsOf(bitmap: Bitmap): Generator<number> {
  for (let index = 0; index < wordsPerChunk; index += 1) {
    for (let word = bitmap[index]!; word !== 0; word &= word - 1) {
      // The lowest bit that is set: `word & -word` isolates it.
      yield index * 32 + 31 - Math.clz32(word & -word);
    }
  }
}

/** How many numbers are in a bitmap. */
export function countBits(bitmap: Bitmap): number {
  let count = 0;
  for (let index = 0; index < wordsPerChunk; index += 1) {
    if (bitmap[index] !== 0) count += ones(bitmap[index]!);
  }
  return count;
}

/** How many runs of neighbouring numbers a bitmap has: bits whose lower neighbour is not set. */
export function countRuns(bitmap: Bitmap): number {
  let count = 0;
  let carry = 0;
  for (let index = 0; index < wordsPerChunk; index += 1) {
    const word = bitmap[index]!;
    if (word !== 0) count += ones(word & ~((word << 1) | carry));
    carry = word >>> 31;
  }
  return count;
}

/** The first number from `from` on that is in (or, with false, not in) the bitmap; the chunk's size where there is none. */
export function nextBit(bitmap: Bitmap, from: number, present: boolean): number {
  const flip = present ? 0 : -1;
  for (let index = from >>> 5; index < wordsPerChunk; index += 1) {
    let word = bitmap[index]! ^ flip;
    if (index === from >>> 5) word &= -1 << (from & 31);
    if (word !== 0) return index * 32 + 31 - Math.clz32(word & -word);
  }
  return chunkSize;
}

/** The ones of a 32-bit word, counted in parallel. */
function ones(word: number): number {
  let sum = word - ((word >>> 1) & 0x5555_5555);
  sum = (sum & 0x3333_3333) + ((sum >>> 2) & 0x3333_3333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

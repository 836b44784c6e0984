// Hashes of many pictures in flat memory, 49 bytes each, searched from end to end: a million 64-bit hashes take a few milliseconds,
// which no tree or table beats by enough to be worth its memory. Pages keep growth and removal cheap and let old ones be skipped.
import { areNear, countBits, nearDuplicateLimits, type PictureHashes } from "../picture-hashes.ts";

export type HashKind = "phash" | "pdq";

/** A picture that lies near, by its time in microseconds (that is, its img_id). */
export type NearEntry = { readonly atUs: number; readonly distance: number };

export type NearOptions = {
  readonly kind: HashKind;
  /** Most bits that may differ. */
  readonly distance: number;
  readonly limit: number;
  /** Only pictures of this moment or later, microseconds. */
  readonly sinceUs: number;
};

export type HashPages = {
  /** Adds hashes, or replaces those of the same moment. */
  readonly put: (atUs: number, hashes: PictureHashes) => void;
  /** false: they were not there. */
  readonly remove: (atUs: number) => boolean;
  /** The nearest pictures, nearest first, of equally near ones the newest first. */
  readonly near: (hash: string, options: NearOptions) => readonly NearEntry[];
  /** The newest picture (by the order they came in) that is a near duplicate; null: none is. */
  readonly duplicate: (
    hashes: PictureHashes,
    options: { readonly sinceUs: number; readonly exceptUs: number | null },
  ) => NearEntry | null;
  readonly has: (atUs: number) => boolean;
  readonly count: () => number;
  /** Bytes of memory that the pages take. */
  readonly bytes: () => number;
};

const pageSize = 4096;
const pdqWords = 8;
/** Bytes a picture takes in a page: moment, pHash, PDQ, quality. */
export const bytesPerHash = 8 + 8 + pdqWords * 4 + 1;

/** Columns, so that a search reads only what it compares. PDQ stands word by word: word w of entry i at w * pageSize + i. */
type Page = {
  count: number;
  minUs: number;
  maxUs: number;
  readonly atUs: Float64Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly pdq: Int32Array;
  readonly quality: Uint8Array;
};

export function createHashPages(): HashPages {
  const pages: Page[] = [];
  let total = 0;

  const find = (atUs: number): readonly [page: number, slot: number] | null => {
    for (let at = pages.length - 1; at >= 0; at -= 1) {
      const page = pages[at]!;
      if (atUs < page.minUs || atUs > page.maxUs) continue;
      const slot = page.atUs.subarray(0, page.count).indexOf(atUs);
      if (slot !== -1) return [at, slot];
    }
    return null;
  };
  const lastPage = (): Page => {
    const last = pages.at(-1);
    if (last !== undefined && last.count < pageSize) return last;
    const page = makePage();
    pages.push(page);
    return page;
  };
  /** Empties and half-empties become one, so that memory follows what is there. */
  const tidy = (at: number): void => {
    const page = pages[at]!;
    if (page.count === 0) pages.splice(at, 1);
    for (const left of [at - 1, at]) {
      const [into, from] = [pages[left], pages[left + 1]];
      if (into === undefined || from === undefined || into.count + from.count > pageSize / 2) continue;
      for (let slot = 0; slot < from.count; slot += 1) copyEntry(from, slot, into, into.count++);
      measureTimes(into);
      pages.splice(left + 1, 1);
      return;
    }
  };

  return {
    put: (atUs, hashes) => {
      const found = find(atUs);
      if (found !== null) {
        writeEntry(pages[found[0]]!, found[1], atUs, hashes);
        return;
      }
      const page = lastPage();
      writeEntry(page, page.count, atUs, hashes);
      page.count += 1;
      page.minUs = Math.min(page.minUs, atUs);
      page.maxUs = Math.max(page.maxUs, atUs);
      total += 1;
    },
    remove: (atUs) => {
      const found = find(atUs);
      if (found === null) return false;
      const page = pages[found[0]]!;
      closeGap(page, found[1]);
      page.count -= 1;
      total -= 1;
      if (atUs === page.minUs || atUs === page.maxUs) measureTimes(page);
      tidy(found[0]);
      return true;
    },
    near: (hash, options) => {
      const words = wordsOf(hash);
      const expected = options.kind === "phash" ? 2 : pdqWords;
      if (words.length !== expected)
        throw new RangeError(
          `Expected a ${options.kind} of ${expected * 8} hex digits, got ${JSON.stringify(hash)}`,
        );
      const best = keepBest(options);
      for (let at = pages.length - 1; at >= 0 && !best.isFull(); at -= 1) {
        const page = pages[at]!;
        if (page.maxUs < options.sinceUs) continue;
        if (options.kind === "phash") searchPhash(page, words, options.sinceUs, best);
        else searchPdq(page, words, options.sinceUs, best);
      }
      return best.list();
    },
    duplicate: (hashes, { sinceUs, exceptUs }) => {
      const [high, low] = wordsOf(hashes.phash) as [number, number];
      const pdq = wordsOf(hashes.pdq);
      for (let at = pages.length - 1; at >= 0; at -= 1) {
        const page = pages[at]!;
        if (page.maxUs < sinceUs) continue;
        const found = searchDuplicate(page, { high, low, pdq, quality: hashes.quality, sinceUs, exceptUs });
        if (found !== null) return found;
      }
      return null;
    },
    has: (atUs) => find(atUs) !== null,
    count: () => total,
    bytes: () => pages.length * pageSize * bytesPerHash,
  };
}

type Best = {
  /** Most bits that are still of interest. */
  reach: number;
  readonly add: (atUs: number, distance: number) => void;
  /** Nothing nearer can come. */
  readonly isFull: () => boolean;
  readonly list: () => readonly NearEntry[];
};

/** Keeps the nearest `limit`: when that many are found, the reach shrinks, so that a million equal pictures make no million hits. */
function keepBest({ distance, limit }: NearOptions): Best {
  const byDistance: number[][] = Array.from({ length: distance + 1 }, () => []);
  const best: Best = {
    reach: limit > 0 ? distance : -1,
    add: (atUs, apart) => {
      byDistance[apart]!.push(atUs);
      let nearer = 0;
      for (let d = 0; d <= best.reach; d += 1) {
        nearer += byDistance[d]!.length;
        // As they come newest first, a further one that is as far as the last is no gain.
        if (nearer >= limit) best.reach = d - 1;
      }
    },
    isFull: () => best.reach < 0,
    list: () =>
      byDistance
        .flatMap((found, apart) => found.sort((a, b) => b - a).map((atUs) => ({ atUs, distance: apart })))
        .slice(0, limit),
  };
  return best;
}

function searchPhash(page: Page, words: readonly number[], sinceUs: number, best: Best): void {
  const { high, low, atUs } = page;
  const [queryHigh, queryLow] = words as [number, number];
  for (let slot = page.count - 1; slot >= 0; slot -= 1) {
    // Most pictures differ enough in the first half already.
    const half = countBits(high[slot]! ^ queryHigh);
    if (half > best.reach) continue;
    const distance = half + countBits(low[slot]! ^ queryLow);
    if (distance <= best.reach && atUs[slot]! >= sinceUs) best.add(atUs[slot]!, distance);
  }
}

type DuplicateQuery = {
  readonly high: number;
  readonly low: number;
  readonly pdq: readonly number[];
  readonly quality: number;
  readonly sinceUs: number;
  readonly exceptUs: number | null;
};

function searchDuplicate(page: Page, query: DuplicateQuery): NearEntry | null {
  const { high, low } = page;
  const { high: queryHigh, low: queryLow, sinceUs, exceptUs } = query;
  const reach = nearDuplicateLimits.phash;
  for (let slot = page.count - 1; slot >= 0; slot -= 1) {
    const half = countBits(high[slot]! ^ queryHigh);
    if (half > reach) continue;
    const distance = half + countBits(low[slot]! ^ queryLow);
    const atUs = page.atUs[slot]!;
    if (distance > reach || atUs < sinceUs || atUs === exceptUs) continue;
    // In a function of its own: a closure over the loop's variable would cost a quarter of the search.
    if (isDuplicate(page, slot, distance, query)) return { atUs, distance };
  }
  return null;
}

function isDuplicate(page: Page, slot: number, distance: number, query: DuplicateQuery): boolean {
  const quality = Math.min(page.quality[slot]!, query.quality);
  return areNear({ phash: distance, quality, pdq: () => pdqDistance(page, slot, query.pdq) });
}

function searchPdq(page: Page, words: readonly number[], sinceUs: number, best: Best): void {
  const { pdq, count, atUs } = page;
  const [first, second, third, fourth, fifth] = words as [number, number, number, number, number];
  for (let slot = count - 1; slot >= 0; slot -= 1) {
    // Random pairs differ in half of the bits, with little spread: hardly any is read to its end.
    let distance =
      countBits(pdq[slot]! ^ first) +
      countBits(pdq[pageSize + slot]! ^ second) +
      countBits(pdq[2 * pageSize + slot]! ^ third);
    if (distance > best.reach) continue;
    distance += countBits(pdq[3 * pageSize + slot]! ^ fourth) + countBits(pdq[4 * pageSize + slot]! ^ fifth);
    if (distance > best.reach) continue;
    for (let word = 5; word < pdqWords; word += 1)
      distance += countBits(pdq[word * pageSize + slot]! ^ words[word]!);
    if (distance <= best.reach && atUs[slot]! >= sinceUs) best.add(atUs[slot]!, distance);
  }
}

function pdqDistance(page: Page, slot: number, words: readonly number[]): number {
  let distance = 0;
  for (let word = 0; word < pdqWords; word += 1)
    distance += countBits(page.pdq[word * pageSize + slot]! ^ words[word]!);
  return distance;
}

function makePage(): Page {
  return {
    count: 0,
    minUs: Number.POSITIVE_INFINITY,
    maxUs: Number.NEGATIVE_INFINITY,
    atUs: new Float64Array(pageSize),
    high: new Int32Array(pageSize),
    low: new Int32Array(pageSize),
    pdq: new Int32Array(pageSize * pdqWords),
    quality: new Uint8Array(pageSize),
  };
}

function writeEntry(page: Page, slot: number, atUs: number, hashes: PictureHashes): void {
  page.atUs[slot] = atUs;
  [page.high[slot], page.low[slot]] = wordsOf(hashes.phash) as [number, number];
  for (const [word, bits] of wordsOf(hashes.pdq).entries()) page.pdq[word * pageSize + slot] = bits;
  page.quality[slot] = hashes.quality;
}

function copyEntry(from: Page, slot: number, into: Page, to: number): void {
  into.atUs[to] = from.atUs[slot]!;
  into.high[to] = from.high[slot]!;
  into.low[to] = from.low[slot]!;
  into.quality[to] = from.quality[slot]!;
  for (let word = 0; word < pdqWords; word += 1)
    into.pdq[word * pageSize + to] = from.pdq[word * pageSize + slot]!;
}

/** Moves what stands behind a slot down by one: a page stays in the order of its arrival. */
function closeGap(page: Page, slot: number): void {
  for (const column of [page.atUs, page.high, page.low, page.quality])
    column.copyWithin(slot, slot + 1, page.count);
  for (let start = 0; start < page.pdq.length; start += pageSize)
    page.pdq.copyWithin(start + slot, start + slot + 1, start + page.count);
}

function measureTimes(page: Page): void {
  page.minUs = Number.POSITIVE_INFINITY;
  page.maxUs = Number.NEGATIVE_INFINITY;
  for (let slot = 0; slot < page.count; slot += 1) {
    page.minUs = Math.min(page.minUs, page.atUs[slot]!);
    page.maxUs = Math.max(page.maxUs, page.atUs[slot]!);
  }
}

/** 32 bits each, as signed numbers. */
function wordsOf(hex: string): number[] {
  return Array.from(
    { length: hex.length / 8 },
    (_, at) => Number.parseInt(hex.slice(at * 8, at * 8 + 8), 16) | 0,
  );
}

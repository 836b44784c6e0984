// Reads lmdb's data file without lmdb: which would crash the process over a page that points anywhere. Nothing here writes, and
// nothing of the file is believed before it was looked at.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { readBootId } from "../clock.ts";
import {
  guessPage,
  type LeafNode,
  type MetaPage,
  noPage,
  overflowPages,
  type Page,
  pageHeaderBytes,
  readFlushedMeta,
  readMeta,
  readPage,
  type TreeRecord,
} from "./data-page.ts";

export type DataFile = {
  readonly pageBytes: number;
  /** Pages that lie in the file. */
  readonly pages: number;
  /** What lmdb begins with when a writer opens the file; null: both first pages are destroyed. */
  readonly meta: MetaPage | null;
  /** The power went before the newest transactions were on disk: a writer goes back to the last one that was. */
  readonly isCutOff: boolean;
  /** One of the two pages that begin the whole cannot be right: lmdb may take just that one. */
  readonly isTorn: boolean;
  /** A branch or leaf page; null: it is none, or cannot be read. @param guess true: also one whose heading is damaged. */
  readonly page: (number: number, options?: { readonly guess: boolean }) => Page | null;
  /** How many pages a value that begins on this page says it has; null: none begins here. */
  readonly overflowPages: (number: number) => number | null;
  /** All pages of a value that begins on this page, without their heading; null: none begins here. */
  readonly overflow: (number: number) => Buffer | null;
  /** The value of a node; null: it cannot lie where it is said to. Whether it is whole its seal says. */
  readonly valueOf: (node: LeafNode) => Buffer | null;
  readonly close: () => void;
};

/** @param boot as in MetaPage, of this machine now. @throws when there is no file, or it may not be read. */
export function openDataFile(path: string, boot: number = thisBoot()): DataFile {
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  const { meta, newest, isTorn } = readMetas(file, size, boot);
  const pageBytes = meta?.pageBytes ?? 4096;
  const pages = Math.ceil(size / pageBytes);
  const overflowPagesAt = (number: number): number | null => {
    const heading = readBytes(file, number * pageBytes, pageHeaderBytes);
    return heading.length < pageHeaderBytes ? null : overflowPages(heading, number);
  };
  return {
    pageBytes,
    pages,
    meta,
    isCutOff: (meta?.transaction ?? 0) < (newest?.transaction ?? 0),
    isTorn,
    page: (number, { guess } = { guess: false }) => {
      if (!(number >= 2 && number < pages)) return null;
      const read = readBytes(file, number * pageBytes, pageBytes);
      if (read.length < pageHeaderBytes) return null;
      // The last page of a file that was cut off: what is in front of the cut counts.
      const bytes = read.length === pageBytes ? read : Buffer.concat([read], pageBytes);
      return readPage(bytes, number) ?? (guess ? guessPage(bytes) : null);
    },
    overflowPages: overflowPagesAt,
    overflow: (number) => {
      const count = overflowPagesAt(number);
      if (count === null || count < 1 || number + count > pages) return null;
      return readBytes(file, number * pageBytes + pageHeaderBytes, count * pageBytes - pageHeaderBytes);
    },
    valueOf: ({ value }) => {
      if (value.kind === "inline") return value.bytes;
      if (value.kind === "tree") return null;
      const from = value.page * pageBytes + pageHeaderBytes;
      if (!(value.page >= 2) || from + value.size > size) return null;
      const bytes = readBytes(file, from, value.size);
      return bytes.length < value.size ? null : bytes;
    },
    close: () => closeSync(file),
  };
}

/** The pages that begin the whole, and which of them lmdb would take. */
function readMetas(
  file: number,
  size: number,
  boot: number,
): { readonly meta: MetaPage | null; readonly newest: MetaPage | null; readonly isTorn: boolean } {
  const read = (at: number): Buffer => readBytes(file, at, 4096);
  const first = readMeta(read(0));
  const pageBytes = first?.pageBytes ?? 4096;
  const metas = [first, readMeta(read(pageBytes))].filter(
    (each): each is MetaPage => each !== null && isSound(each, size),
  );
  const newest = metas.toSorted((a, b) => b.transaction - a.transaction)[0] ?? null;
  const noted = readFlushedMeta(read(pageBytes / 2));
  const isNoteSound =
    noted === "none" ||
    (noted !== null && isSound(noted, size) && noted.transaction <= (newest?.transaction ?? 0));
  const last = metas.reduce<MetaPage | null>((a, b) => (a === null ? b : pickMeta(a, b, boot)), null);
  const meta =
    last === null || noted === null || noted === "none" || !isNoteSound ? last : pickMeta(last, noted, boot);
  return { meta, newest, isTorn: metas.length < 2 || !isNoteSound };
}

/** As mdb_pick_meta() does for a writer that is alone: in another boot only what was flushed counts, or else the older one. */
function pickMeta(a: MetaPage, b: MetaPage, boot: number): MetaPage {
  if (b.transaction === 0) return a;
  const [newer, older] = a.transaction >= b.transaction ? [a, b] : [b, a];
  return newer.isFlushed || (newer.boot !== 0 && newer.boot === boot) ? newer : older;
}

/** lmdb notes the first group of digits of the kernel's boot id. */
function thisBoot(): number {
  return Number.parseInt(readBootId(), 16) || 0;
}

/** What can be read; less than `length` where the file ends, or the disk does not give it. */
function readBytes(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  } catch (cause) {
    // A sector that cannot be read is a damaged page like any other.
    if ((cause as NodeJS.ErrnoException).code === "EIO") return Buffer.alloc(0);
    throw cause;
  }
}

/** Whether its trees begin in the file, and its numbers are some that a file of this size may have. */
function isSound({ main, free, pageBytes, lastPage, transaction }: MetaPage, size: number): boolean {
  const pages = size / pageBytes;
  const areInside = [main, free].every(({ root }) => root === noPage || (root >= 2 && root < pages));
  // Unused pages at the end may be missing.
  return areInside && lastPage < 2 * pages + 1024 && transaction < 2 ** 48;
}

/** A set of page numbers that takes a bit for each. */
export type PageSet = {
  /** false: it was in already. */
  readonly add: (number: number) => boolean;
  readonly has: (number: number) => boolean;
};

export function createPageSet(pages: number): PageSet {
  const bits = new Uint8Array(Math.ceil(pages / 8));
  const has = (number: number): boolean => (bits[number >> 3]! & (1 << (number & 7))) !== 0;
  return {
    has,
    add: (number) => {
      if (has(number)) return false;
      bits[number >> 3]! |= 1 << (number & 7);
      return true;
    },
  };
}

export type WalkOptions = {
  /** Pages that were visited; a page that is met twice is damage. */
  readonly seen: PageSet;
  /** Told of every place where something cannot be right. */
  readonly onBad: (page: number) => void;
  /** false: leaf pages are not read, only what leads to them. */
  readonly leaves: boolean;
  /** Keys are numbers in the machine's order, whose bytes are in none: the list of free pages. Default false. */
  readonly numberKeys?: boolean;
  /** Asked at every page; true: nothing more is read. */
  readonly isOver?: () => boolean;
  /** true: pages with a damaged heading are read as far as they can be made out. */
  readonly guess?: boolean;
};

/** Deeper than any tree of 2^48 bytes. */
const mostLevels = 32;

/** Keys of a part of a tree: from `low` on, before `high`; null: no bound. */
type Bounds = { readonly low: Buffer | null; readonly high: Buffer | null };
const unbound: Bounds = { low: null, high: null };

/** The nodes of a tree in key order, as far as they can be read. */
export function* walkTree(
  file: DataFile,
  { root }: TreeRecord,
  options: WalkOptions,
  { level, bounds }: { level: number; bounds: Bounds } = { level: 0, bounds: unbound },
): Generator<LeafNode> {
  if (root === noPage || options.isOver?.() === true) return;
  const isPlaceOfPage = root >= 2 && root < file.pages;
  if (!isPlaceOfPage || level > mostLevels || !options.seen.add(root)) return options.onBad(root);
  const page = file.page(root, { guess: options.guess ?? false });
  if (page === null) return options.onBad(root);
  const nodes = page.kind === "leaf" ? page.nodes : page.children.slice(1);
  // A key out of its order sends whoever looks for it, or for the next one, astray or in a circle.
  if (page.bad > 0 || !(options.numberKeys || isInOrder(nodes, bounds))) options.onBad(root);
  if (page.kind === "leaf") {
    yield* page.nodes;
    return;
  }
  // All children of a branch are of one kind: when the first is a leaf, its siblings need not be read to know the way to them.
  const areLeaves = !options.leaves && file.page(page.children[0]?.page ?? 0)?.kind === "leaf";
  for (const [at, child] of page.children.entries()) {
    const between = {
      low: at === 0 ? bounds.low : child.key,
      high: page.children[at + 1]?.key ?? bounds.high,
    };
    if (!areLeaves)
      yield* walkTree(file, { root: child.page }, options, { level: level + 1, bounds: between });
    else if (!(child.page >= 2 && child.page < file.pages) || !options.seen.add(child.page))
      options.onBad(child.page);
  }
}

function isInOrder(nodes: readonly { readonly key: Buffer }[], { low, high }: Bounds): boolean {
  return nodes.every(
    ({ key }, at) =>
      (at === 0 ? low === null || low.compare(key) <= 0 : nodes[at - 1]!.key.compare(key) < 0) &&
      (high === null || key.compare(high) < 0),
  );
}

// One page of lmdb's data file (format 2, little-endian, as mdb.c lays it out), read with every bound checked: what lmdb itself
// believes without looking may be anything on a damaged disk.

/** Where a tree begins: `noPage` for an empty one. */
export type TreeRecord = { readonly root: number };

/** What one of the two first pages says of the whole file. */
export type MetaPage = {
  readonly pageBytes: number;
  readonly transaction: number;
  /** Of the boot that wrote it: the beginning of the kernel's boot id. */
  readonly boot: number;
  /** false: written before what it leads to was on disk for sure. */
  readonly isFlushed: boolean;
  readonly lastPage: number;
  readonly free: TreeRecord;
  readonly main: TreeRecord;
};

export type LeafNode = {
  readonly key: Buffer;
  /** `inline`: in this page. `overflow`: in pages of its own. `tree`: the beginning of a table. */
  readonly value:
    | { readonly kind: "inline"; readonly bytes: Buffer }
    | {
        readonly kind: "overflow";
        readonly page: number;
        readonly size: number;
        /** Pages it says it has; when that is wrong, pages of others are given free with it. */
        readonly pages: number;
      }
    | { readonly kind: "tree"; readonly tree: TreeRecord };
};

/** `key`: the least that may be below it; of the first child nothing is said. */
export type BranchNode = { readonly page: number; readonly key: Buffer };

export type Page =
  | {
      readonly kind: "branch";
      readonly transaction: number;
      readonly children: readonly BranchNode[];
      readonly bad: number;
    }
  | {
      readonly kind: "leaf";
      readonly transaction: number;
      readonly nodes: readonly LeafNode[];
      readonly bad: number;
    };

/** Bytes before the content of every page: number (8), transaction (8), pad (2), flags (2), lower (2), upper (2). */
export const pageHeaderBytes = 24;
/** No page: an empty tree. */
export const noPage = 2 ** 64;

const magic = 0xbeefc0de;
const dataVersion = 2;
const flag = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;
const nodeFlag = { overflow: 1, tree: 2, duplicates: 4 } as const;
const nodeHeaderBytes = 8;
/** Flag of lmdb-js: the flush comes after the commit. */
const overlappingSync = 0x1000;
const metaBytes = 168;

/** null: it is none, or cannot be right. */
export function readMeta(bytes: Buffer): MetaPage | null {
  if (bytes.length < metaBytes || bytes.readUInt32LE(24) !== magic || bytes.readUInt32LE(28) !== dataVersion)
    return null;
  return readMetaContent(bytes);
}

/** What was on disk for sure, as it is noted in the second half of the first page; "none": nothing is noted; null: it cannot be right. */
export function readFlushedMeta(bytes: Buffer): MetaPage | "none" | null {
  if (bytes.length < metaBytes) return null;
  return readNumber(bytes, 152) === 0 ? "none" : readMetaContent(bytes);
}

function readMetaContent(bytes: Buffer): MetaPage | null {
  const pageBytes = bytes.readUInt32LE(48);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) return null;
  return {
    pageBytes,
    transaction: readNumber(bytes, 152),
    boot: readNumber(bytes, 160),
    isFlushed: (bytes.readUInt16LE(52) & overlappingSync) === 0,
    lastPage: readNumber(bytes, 144),
    free: readTree(bytes.subarray(48, 96)),
    main: readTree(bytes.subarray(96, 144)),
  };
}

/** A branch or leaf page; null: it is none. Nodes that cannot be right are left out and counted in `bad`. */
export function readPage(bytes: Buffer, number: number): Page | null {
  if (readNumber(bytes, 0) !== number) return null;
  const flags = bytes.readUInt16LE(18);
  if (flags !== flag.branch && flags !== flag.leaf) return null;
  const lower = bytes.readUInt16LE(20);
  const upper = bytes.readUInt16LE(22);
  if (lower % 2 !== 0 || lower > upper || upper > bytes.length - pageHeaderBytes) return null;
  return readNodes(bytes, { isBranch: flags === flag.branch, count: lower / 2, from: upper });
}

/**
 * A page whose heading is damaged, as far as its nodes can be made out; null: nothing can. For salvage: what it says has to be
 * proved by the seals of the values, and by what the children say of themselves.
 */
export function guessPage(bytes: Buffer): Page | null {
  const room = bytes.length - pageHeaderBytes;
  let count = 0;
  // Places of nodes stand one behind the other, each behind all of them; what follows them is no place.
  const placeOf = (at: number): number => bytes.readUInt16LE(pageHeaderBytes + 2 * at);
  while (2 * count + 2 <= room && placeOf(count) >= 2 * count + 2 && placeOf(count) + nodeHeaderBytes <= room)
    count += 1;
  const flags = bytes.readUInt16LE(18);
  const asLeaf = readNodes(bytes, { isBranch: false, count, from: 2 });
  const isLeaf = flags === flag.leaf || (flags !== flag.branch && asLeaf.bad <= count / 2);
  const page = isLeaf ? asLeaf : readNodes(bytes, { isBranch: true, count, from: 2 });
  return count === page.bad ? null : { ...page, bad: page.bad + 1 };
}

function readNodes(
  bytes: Buffer,
  { isBranch, count, from }: { isBranch: boolean; count: number; from: number },
): Page {
  const room = bytes.length - pageHeaderBytes;
  const transaction = readNumber(bytes, 8);
  const nodes = Array.from({ length: count }, (_, at) => bytes.readUInt16LE(pageHeaderBytes + 2 * at))
    .filter((offset) => offset >= from && offset + nodeHeaderBytes <= room)
    .map((offset) => bytes.subarray(pageHeaderBytes + offset));
  if (isBranch) {
    const children = nodes.map((node) => ({
      page: node.readUInt16LE(0) + node.readUInt16LE(2) * 2 ** 16 + node.readUInt16LE(4) * 2 ** 32,
      key: node.subarray(nodeHeaderBytes, nodeHeaderBytes + node.readUInt16LE(6)),
    }));
    return { kind: "branch", transaction, children, bad: count - children.length };
  }
  const found = nodes.flatMap((node) => readLeafNode(node) ?? []);
  return { kind: "leaf", transaction, nodes: found, bad: count - found.length };
}

/** How many pages a value has that begins on this page; null: none begins here. */
export function overflowPages(bytes: Buffer, number: number): number | null {
  return readNumber(bytes, 0) === number && bytes.readUInt16LE(18) === flag.overflow
    ? bytes.readUInt32LE(20)
    : null;
}

function readLeafNode(node: Buffer): LeafNode | null {
  const size = node.readUInt16LE(0) + node.readUInt16LE(2) * 2 ** 16;
  const flags = node.readUInt16LE(4);
  const keyBytes = node.readUInt16LE(6);
  const at = nodeHeaderBytes + keyBytes;
  if (at > node.length) return null;
  const key = node.subarray(nodeHeaderBytes, at);
  if (flags === nodeFlag.overflow)
    return at + 24 > node.length
      ? null
      : {
          key,
          value: { kind: "overflow", page: readNumber(node, at), pages: readNumber(node, at + 16), size },
        };
  if (at + size > node.length) return null;
  const bytes = node.subarray(at, at + size);
  if (flags === 0) return { key, value: { kind: "inline", bytes } };
  if (flags === nodeFlag.tree && size === 48) return { key, value: { kind: "tree", tree: readTree(bytes) } };
  // Duplicates: a store has none.
  return null;
}

function readTree(record: Buffer): TreeRecord {
  return { root: readNumber(record, 40) };
}

/** Numbers of this kind of file are far below 2^53; a damaged one may be anything, and stays out of range. */
export function readNumber(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

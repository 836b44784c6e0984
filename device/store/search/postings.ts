// The inverted index on disk: for each field and term, in sorted order, the set of documents that hold it, one value per chunk of documents.
import { createHash } from "node:crypto";
import { openBytes, sealBytes } from "../codec.ts";
import type { Database } from "../environment.ts";
import { decodeContainer, encodeContainer, encodeSingle } from "./container.ts";
import { type Bitmap, chunkSize, createBitmap, type DocSet, setBit } from "./doc-set.ts";
import type { Term } from "./values.ts";

/** [field, term, chunk], or [field, start of the term, its hash, chunk] for a term too long for a key. `true` as term: the field is there. */
export type PostingKey = (number | string | boolean)[];
export type PostingTable = Database<Buffer, PostingKey>;

/** Long terms by their hash. */
export type LongTermTable = Database<Buffer, string>;

/** A term, or `true` for the documents that have the field at all. */
export type PostingTerm = Term | true;

// An lmdb key has at most 1978 bytes, and control characters take two each.
const maxKeyTermBytes = 700;
const longTermStart = 170;

/** How a long term begins in its key; never half a surrogate pair. */
export function keyStart(text: string): string {
  if (text.length <= longTermStart) return text;
  const last = text.charCodeAt(longTermStart - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? longTermStart - 1 : longTermStart);
}

/** The key of a term without its chunk. */
export function termKey(field: number, term: PostingTerm): PostingKey {
  if (typeof term !== "string" || Buffer.byteLength(term) <= maxKeyTermBytes) return [field, term];
  return [field, keyStart(term), createHash("sha256").update(term).digest("hex")];
}

/** The documents that hold a term. `chunks`, when given, are the only ones looked at. */
export function readPosting(
  table: PostingTable,
  field: number,
  term: PostingTerm,
  chunks: Iterable<number> | null,
): DocSet {
  const found: DocSet = new Map();
  const key = termKey(field, term);
  if (chunks !== null) {
    for (const chunk of chunks) {
      const sealed = table.get([...key, chunk]);
      if (sealed !== undefined) addContainer(found, chunk, sealed);
    }
    return found;
  }
  for (const entry of table.getRange({ start: [...key, 0], end: [...key, Number.POSITIVE_INFINITY] })) {
    addContainer(found, entry.key.at(-1) as number, entry.value);
  }
  return found;
}

/** Adds a container as it is on disk to a set. */
export function addContainer(set: DocSet, chunk: number, sealed: Uint8Array): void {
  let bitmap = set.get(chunk);
  if (bitmap === undefined) {
    bitmap = createBitmap();
    set.set(chunk, bitmap);
  }
  decodeContainer(openBytes(sealed), bitmap);
}

/** Changes to the index that are gathered and then written together, one read and one write per set. Life: stage… → write once. */
export type PostingChanges = {
  readonly stage: (field: number, term: PostingTerm, document: number, present: boolean) => void;
  /** Inside a write transaction. */
  readonly write: () => void;
};

/** Begins gathering changes. */
export function createPostingChanges(table: PostingTable, longTerms: LongTermTable): PostingChanges {
  const changes = new Map<string, { key: PostingKey; term: PostingTerm; bits: Map<number, boolean> }>();
  return {
    stage: (field, term, document, present) => {
      const chunk = Math.floor(document / chunkSize);
      const id = `${field} ${chunk} ${typeof term} ${term}`;
      let change = changes.get(id);
      if (change === undefined) {
        change = { key: [...termKey(field, term), chunk], term, bits: new Map() };
        changes.set(id, change);
      }
      change.bits.set(document % chunkSize, present);
    },
    write: () => {
      const scratch = createBitmap();
      for (const { key, term, bits } of changes.values()) {
        if (key.length === 4) void longTerms.put(key[2] as string, sealBytes(Buffer.from(term as string)));
        writeChange(table, key, bits, scratch);
      }
      changes.clear();
    },
  };
}

function writeChange(
  table: PostingTable,
  key: PostingKey,
  bits: ReadonlyMap<number, boolean>,
  scratch: Bitmap,
): void {
  const sealed = table.get(key);
  if (sealed === undefined && bits.size === 1) {
    const [bit, present] = bits.entries().next().value!;
    if (present) void table.put(key, sealBytes(encodeSingle(bit)));
    return;
  }
  scratch.fill(0);
  if (sealed !== undefined) decodeContainer(openBytes(sealed), scratch);
  for (const [bit, present] of bits) setBit(scratch, bit, present);
  const encoded = encodeContainer(scratch);
  if (encoded !== null) void table.put(key, sealBytes(encoded));
  else if (sealed !== undefined) void table.remove(key);
}

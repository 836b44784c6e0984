// Pages of records that no tree leads to any more, because a page above them is destroyed: whose they are is told from what is on
// them. Only for salvage: in a sound file such pages are free, and what they hold is old.
import { crc32 } from "node:zlib";
import { DamagedValue, openBytes, sealBytesLength } from "./codec.ts";
import type { DataFile, PageSet } from "./data-file.ts";
import type { LeafNode } from "./data-page.ts";
import { sha256Hex } from "./frames.ts";
import { tableNames } from "./store-tables.ts";

/** A record found on a page without an owner. */
export type Orphan = { readonly table: string; readonly key: Buffer; readonly sealed: Buffer };

/** Leaf pages that are not in `seen`, the newest first. */
export function findOrphanPages(file: DataFile, seen: PageSet): readonly number[] {
  const found: { readonly number: number; readonly transaction: number }[] = [];
  for (let number = 2; number < file.pages; number += 1) {
    if (seen.has(number)) continue;
    const page = file.page(number);
    if (page?.kind === "leaf") found.push({ number, transaction: page.transaction });
  }
  return found.sort((a, b) => b.transaction - a.transaction).map(({ number }) => number);
}

/** The records of a page whose table is known and whose seal is whole. */
export function* readOrphans(file: DataFile, number: number): Generator<Orphan> {
  const page = file.page(number);
  if (page?.kind !== "leaf") return;
  for (const node of page.nodes) {
    const sealed = file.valueOf(node);
    const table = sealed === null ? null : tableOf(node, sealed);
    if (sealed !== null && table !== null) yield { table, key: node.key, sealed };
  }
}

/**
 * Pictures that no page of keys leads to any more, recognised by their SHA-256.
 * @param wanted SHA-256 → img_id of the frames that lack theirs.
 */
export function* findLostPictures(
  file: DataFile,
  { seen, wanted }: { seen: PageSet; wanted: ReadonlyMap<string, string> },
): Generator<Orphan> {
  for (let number = 2; number < file.pages && wanted.size > 0; number += 1) {
    if (seen.has(number)) continue;
    const bytes = file.overflow(number);
    const sealed = bytes === null ? null : cutToSeal(bytes, file.pageBytes);
    if (sealed === null) continue;
    const imgId = wanted.get(sha256Hex(openBytes(sealed)));
    if (imgId !== undefined) yield { table: tableNames.pictures, key: Buffer.from(imgId, "latin1"), sealed };
  }
}

/** The value that ends somewhere on the last of its pages: where its seal is right; null: nowhere. */
function cutToSeal(bytes: Buffer, pageBytes: number): Buffer | null {
  const least = Math.max(sealBytesLength, bytes.length - pageBytes + 1);
  const wanted = bytes.readUInt32LE(1);
  let sum = crc32(bytes.subarray(sealBytesLength, least), crc32(bytes.subarray(0, 1)));
  for (let end = least; ; end += 1) {
    if (sum === wanted) return bytes.subarray(0, end);
    if (end >= bytes.length) return null;
    sum = crc32(bytes.subarray(end, end + 1), sum);
  }
}

/** Fields that only the values of one table have, all of them. */
const shapes: readonly (readonly [table: string, fields: readonly string[]])[] = [
  [tableNames.records, ["imgId", "sha256", "moment"]],
  [tableNames.documents, ["label_fingerprint", "label"]],
  [tableNames.detections, ["imgId", "model", "box", "index"]],
  [tableNames.queue, ["sequence", "target", "lane", "kind"]],
  [tableNames.receipts, ["deliveredAtUs", "already"]],
  [tableNames.parked, ["entry", "reason", "parkedAtUs"]],
  [tableNames.runs, ["startedAt", "session", "marks"]],
  [tableNames.sequences, ["camera", "openedAt", "firstImgId"]],
  [tableNames.sequenceFrames, ["sequence", "imgId", "leadUp"]],
  [tableNames.journal, ["at", "act", "details"]],
];
const imgIdKey = /^\d{8}T\d{2}-\d{2}-\d{2}-\d{6}$/;
/** A picture is longer than its hashes. */
const longestHashes = 128;

function tableOf({ key }: LeafNode, sealed: Buffer): string | null {
  let payload: Uint8Array;
  try {
    payload = openBytes(sealed);
  } catch (cause) {
    if (cause instanceof DamagedValue) return null;
    throw cause;
  }
  const value = parseJson(payload);
  if (value === null)
    return imgIdKey.test(key.toString("latin1")) && payload.length > longestHashes
      ? tableNames.pictures
      : null;
  return shapes.find(([, fields]) => fields.every((field) => Object.hasOwn(value, field)))?.[0] ?? null;
}

function parseJson(payload: Uint8Array): object | null {
  // JSON of ours begins with a brace, a picture never does.
  if (payload[0] !== 0x7b) return null;
  try {
    return JSON.parse(Buffer.from(payload).toString("utf8")) as object;
  } catch {
    return null; // Some other bytes that begin alike.
  }
}

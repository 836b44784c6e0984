// Puts right what damage left behind: counts are counted anew, and outbox and its index are made to agree again.
import type { FrameRecord } from "../frame.ts";
import type { Counters } from "./counters.ts";
import type { FoundDamage } from "./damage.ts";
import { storedBytes } from "./frames.ts";
import { type DeliveryKind, type Lane, lanes, type Outbox } from "./outbox.ts";
import { type StoreTables, tableNames } from "./store-tables.ts";

/** Corrects the counts for values that were set aside. Within a commit only. */
export function uncount(counters: Counters, moved: readonly FoundDamage[]): void {
  for (const { table, key } of moved) {
    if (table === tableNames.records) counters.add("frames", -1);
    if (table === tableNames.documents) counters.add("labels", -1);
    if (table === tableNames.parked) counters.add("parked", -1);
    if (table === tableNames.queue) {
      const [target, lane] = key as [string, number, number];
      counters.add(`waiting/${target}/${lanes[lane]}/entries`, -1);
    }
  }
}

/** Counts everything anew that can be counted; reads the whole store but its pictures. Within a commit only. */
export function recount(tables: StoreTables, counters: Counters): void {
  let frames = 0;
  let bytes = 0;
  for (const { value } of tables.records.range()) {
    frames += 1;
    bytes += storedBytes(value.size);
  }
  counters.set("frames", frames);
  counters.set("bytes", bytes);
  counters.set("labels", lengthOf(tables.documents.keys()));
  counters.set("parked", lengthOf(tables.parked.keys()));
  counters.set("journal", [...tables.journal.keys({ reverse: true, limit: 1 })][0] ?? 0);
  for (const name of Object.keys(counters.list("waiting/"))) counters.set(`waiting/${name}`, 0);
  let newest = counters.get("outbox.sequence");
  for (const { key, value } of tables.queue.range()) {
    counters.add(`waiting/${value.target}/${value.lane}/entries`, 1);
    counters.add(`waiting/${value.target}/${value.lane}/bytes`, value.bytes);
    newest = Math.max(newest, key[2]);
  }
  counters.set("outbox.sequence", newest);
}

/**
 * An entry that is only in the index is queued again, one that is only in the queue is indexed again. Within a commit only.
 * @returns how many were mended.
 */
export function reconcileOutbox(tables: StoreTables, outbox: Outbox): number {
  const { queue, waiting } = tables;
  let mended = 0;
  for (const { key, value } of queue.range()) {
    const [, lane, sequence] = key;
    const place: [string, string, string] = [value.kind, value.id, value.target];
    if (waiting.has(place)) continue;
    waiting.put(place, { lane, sequence });
    mended += 1;
  }
  for (const key of [...waiting.keys()]) {
    const [kind, id, target] = key;
    const place = waiting.get(key);
    if (place !== null && queue.has([target, place.lane, place.sequence])) continue;
    waiting.remove(key);
    requeue({ tables, outbox }, { kind: kind as DeliveryKind, id, target, lane: lanes[place?.lane ?? 2]! });
    mended += 1;
  }
  return mended;
}

/**
 * Queues a picture, a label or a sequence again whose entry was lost. An event, or what was seen on a frame, is in its entry alone: it stays
 * lost, and was reported.
 */
function requeue(
  { tables, outbox }: { tables: StoreTables; outbox: Outbox },
  lost: { kind: DeliveryKind; id: string; target: string; lane: Lane },
): void {
  if (lost.kind === "sequence") {
    if (tables.sequences.has(lost.id))
      outbox.enqueue({ ...lost, operation: "put", imgId: null, bytes: 0, notBeforeUs: null });
    return;
  }
  const imgId = lost.kind === "picture" ? lost.id : lost.kind === "label" ? tables.owners.get(lost.id) : null;
  const frame: FrameRecord | null = imgId === null ? null : tables.records.get(imgId);
  if (frame === null) return;
  const { kind, id, target, lane } = lost;
  const hasIt = outbox.receipt(kind, id, target) !== null;
  if (frame.erasedAtUs !== null && !hasIt) return;
  outbox.enqueue({
    target,
    lane,
    kind,
    operation: frame.erasedAtUs === null ? "put" : "remove",
    id,
    imgId,
    bytes: kind === "picture" ? frame.size : 1500,
    notBeforeUs: null,
  });
}

function lengthOf(items: Iterable<unknown>): number {
  let count = 0;
  for (const _ of items) count += 1;
  return count;
}

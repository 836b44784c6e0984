// Frames of closed sequences and the targets these go to: those that a sequence would show which still waits are not to be dropped before it
// went, as long as there is room; those of sequences that went are there.
import { encodeTime } from "ulid";
import type { FrameRecord } from "../frame.ts";
import { parseImageId } from "../image-id.ts";
import type { SequenceRecord } from "../sequence.ts";
import type { Store } from "./store.ts";

/** How far back an open sequence is looked for, in sequences. */
const newest = 1000;
/** Sequences looked at for what went, from that of the oldest frame on. */
const mostSent = 20_000;
/** A frame lies so long before the moment that names its sequence at the most: what led up to it, ms. */
const leadUpMs = 3_600_000;

type IsOne = (frame: Pick<FrameRecord, "camera" | "imgId">) => boolean;

/** Answers for the moment it was made. None: nothing is awaited. @param targets that closed sequences go to */
export function awaitedFrames(store: Pick<Store, "seen" | "outbox">, targets: readonly string[]): IsOne {
  if (targets.length === 0) return () => false;
  const sequences: SequenceRecord[] = [];
  for (const id of new Set(store.outbox.waitingIds("sequence", targets))) {
    const sequence = store.seen.sequences.get(id);
    if (sequence !== null) sequences.push(sequence);
  }
  // One that goes on will wait as soon as it is over.
  for (const { value } of store.seen.sequences.range({ reverse: true, limit: newest }))
    if (value.closedAt === null) sequences.push(value);
  return framesOf(sequences);
}

/** Frames of sequences that every one of the targets has; answers for the moment it was made. None: there is nothing of the kind. */
export function shownFrames(
  store: Pick<Store, "seen" | "outbox" | "frames">,
  targets: readonly string[],
): IsOne {
  const [oldest] = store.frames.range({ limit: 1 });
  if (targets.length === 0 || oldest === undefined) return () => false;
  const oldestMs = Math.max(0, (parseImageId(oldest.imgId) ?? 0) / 1000 - leadUpMs);
  const sequences: SequenceRecord[] = [];
  for (const { key, value } of store.seen.sequences.range({
    start: encodeTime(Math.floor(oldestMs), 10),
    limit: mostSent,
  }))
    if (targets.every((target) => store.outbox.receipt("sequence", key, target) !== null))
      sequences.push(value);
  return framesOf(sequences);
}

function framesOf(sequences: readonly SequenceRecord[]): IsOne {
  const spans = new Map<string, Span[]>();
  for (const { camera, firstImgId, lastImgId } of sequences) {
    const own = spans.get(camera) ?? [];
    spans.set(camera, own);
    own.push({ first: firstImgId, last: lastImgId });
  }
  const merged = new Map([...spans].map(([camera, own]) => [camera, mergeSpans(own)]));
  return ({ camera, imgId }) => isWithin(merged.get(camera) ?? [], imgId);
}

/** From one img_id to another, both included; they sort by time. */
type Span = { readonly first: string; readonly last: string };

/** In order, and none that overlaps another. */
function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((one, other) => (one.first < other.first ? -1 : 1))) {
    const before = merged.at(-1);
    if (before === undefined || before.last < span.first) merged.push(span);
    else if (before.last < span.last) merged[merged.length - 1] = { first: before.first, last: span.last };
  }
  return merged;
}

function isWithin(spans: readonly Span[], imgId: string): boolean {
  let [low, high] = [0, spans.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const { first, last } = spans[middle]!;
    if (imgId < first) high = middle - 1;
    else if (imgId > last) low = middle + 1;
    else return true;
  }
  return false;
}

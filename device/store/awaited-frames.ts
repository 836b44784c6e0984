// Frames that a sequence would show which some target still waits for: they are not to be dropped before it went, as long as there is room.
import type { FrameRecord } from "../frame.ts";
import type { SequenceRecord } from "../sequence.ts";
import type { Store } from "./store.ts";

/** How far back an open sequence is looked for, in sequences. */
const newest = 1000;

/** Answers for the moment it was made. None: nothing is awaited. @param targets that closed sequences go to */
export function awaitedFrames(
  store: Pick<Store, "seen" | "outbox">,
  targets: readonly string[],
): (frame: Pick<FrameRecord, "camera" | "imgId">) => boolean {
  if (targets.length === 0) return () => false;
  const spans = new Map<string, Span[]>();
  const add = ({ camera, firstImgId, lastImgId }: SequenceRecord): void => {
    const own = spans.get(camera) ?? [];
    spans.set(camera, own);
    own.push({ first: firstImgId, last: lastImgId });
  };
  for (const id of new Set(store.outbox.waitingIds("sequence", targets))) {
    const sequence = store.seen.sequences.get(id);
    if (sequence !== null) add(sequence);
  }
  // One that goes on will wait as soon as it is over.
  for (const { value } of store.seen.sequences.range({ reverse: true, limit: newest }))
    if (value.closedAt === null) add(value);
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

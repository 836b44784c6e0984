// What the watcher kept of a simulated scene, held against what was true: boxes, walks (or plumes), and who it was.
import type { Box } from "../../device/detection.ts";
import type { SequenceRecord } from "../../device/sequence.ts";
import type { Store } from "../../device/store/store.ts";
import { iou } from "../../models/boxes.ts";

/** Something that is truly in a picture. */
export type TrueThing = {
  /** One walk of one animal, or one plume. */
  readonly event: string;
  /** Whom it shows, and from which side; the same for every plume. */
  readonly individual: string;
  readonly side: string;
  readonly box: Box;
  /** Large and plain enough that it should be found. */
  readonly isPlain: boolean;
};

/** A walk of an animal, or a plume, and what became of it. */
export type JudgedEvent = {
  readonly event: string;
  readonly individual: string;
  readonly side: string;
  /** Pictures taken on which it was plain, and those of them that were looked at. */
  readonly plainFrames: number;
  readonly lookedFrames: number;
  /** Sequences made of it; 1 is right. */
  readonly sequences: number;
  /** Plain pictures until the first of them opened; null: none did. */
  readonly framesToOpen: number | null;
  /** What its longest sequence said; null: nobody known. */
  readonly said: string | null;
  /** The best match and its calibrated score, also where that was not enough; null: nobody to compare with. */
  readonly nearest: string | null;
  readonly score: number | null;
};

export type FalseSequence = Pick<SequenceRecord, "id" | "className" | "frames" | "bestScore"> & {
  /** Seconds since the first frame. */
  readonly openedS: number;
  /** Where it was on its best frame. */
  readonly box: Box | null;
  /** What was truly there on that frame, plain or not. */
  readonly near: readonly string[];
};

export type Judgement = {
  /** Events with enough plain pictures to last in the window. */
  readonly events: readonly JudgedEvent[];
  readonly found: number;
  /** Sequences of nothing that is there. */
  readonly falseSequences: readonly FalseSequence[];
  /** Boxes of the pictures looked at, at IoU 0.5; what is small or hidden counts neither way. */
  readonly boxes: {
    readonly pictures: number;
    readonly precision: number | null;
    readonly recall: number | null;
  };
};

/** Reads what is true of a frame. */
export type ReadTruth = (
  truth: Readonly<Record<string, unknown>>,
  size: { readonly width: number; readonly height: number },
) => readonly TrueThing[];

const boxIou = 0.5;
/** A sequence is of what most of its boxes overlap at least so much. */
const sequenceIou = 0.3;

/**
 * Judges a store that holds every picture of the scene, with hashes on those that were looked at.
 * @param leastFrames plain pictures an event needs to count.
 */
export function judgeWatch(store: Store, readTruth: ReadTruth, leastFrames: number): Judgement {
  const truths = new Map<string, readonly TrueThing[]>();
  const events = new Map<string, MutableEvent>();
  const boxes = { pictures: 0, right: 0, wrong: 0, missed: 0 };
  for (const frame of store.frames.range()) {
    const size = { width: frame.width ?? 1, height: frame.height ?? 1 };
    const things = readTruth(frame.truth ?? {}, size);
    const isLooked = store.seen.hashes.has(frame.imgId);
    truths.set(frame.imgId, things);
    for (const thing of things) {
      if (!thing.isPlain) continue;
      const event = events.get(thing.event) ?? newEvent(thing);
      events.set(thing.event, event);
      event.plain.push(frame.imgId);
      if (isLooked) event.looked += 1;
    }
    if (!isLooked) continue;
    boxes.pictures += 1;
    judgeBoxes(detectionsOf(store, frame.imgId), things, boxes);
  }

  const falseSequences: FalseSequence[] = [];
  for (const { value: sequence } of store.seen.sequences.range()) {
    const subject = subjectOf(store, sequence, truths);
    if (subject === null) falseSequences.push(describeFalse(sequence, { store, truths }));
    else events.get(subject)?.sequences.push(sequence);
  }
  const judged = [...events.values()]
    .filter(({ plain }) => plain.length >= leastFrames)
    .map((event) => describeEvent(event, store));
  return {
    events: judged,
    found: judged.filter(({ sequences }) => sequences > 0).length,
    falseSequences,
    boxes: {
      pictures: boxes.pictures,
      precision: share(boxes.right, boxes.wrong),
      recall: share(boxes.right, boxes.missed),
    },
  };
}

/** The event that most boxes of a sequence lie on; null: most lie on nothing. */
export function subjectOf(
  store: Pick<Store, "seen">,
  { id }: Pick<SequenceRecord, "id">,
  truths: ReadonlyMap<string, readonly TrueThing[]>,
): string | null {
  const votes = new Map<string | null, number>();
  for (const { value: frame } of store.seen.sequenceFrames.range({ start: [id, ""], end: [id, "\uffff"] })) {
    if (frame.box === null || frame.confidence === 0) continue;
    const [best] = (truths.get(frame.imgId) ?? [])
      .map((thing) => ({ event: thing.event, overlap: iou(thing.box, frame.box!) }))
      .sort((a, b) => b.overlap - a.overlap);
    const event = best !== undefined && best.overlap >= sequenceIou ? best.event : null;
    votes.set(event, (votes.get(event) ?? 0) + 1);
  }
  const [first] = [...votes].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? null;
}

function describeFalse(
  sequence: SequenceRecord,
  { store, truths }: { store: Store; truths: ReadonlyMap<string, readonly TrueThing[]> },
): FalseSequence {
  const { id, className, frames, bestScore, bestImgId, openedAt } = sequence;
  const [first] = store.frames.range({ limit: 1 });
  return {
    id,
    className,
    frames,
    bestScore,
    openedS: (openedAt.wallUs - (first?.moment.wallUs ?? openedAt.wallUs)) / 1e6,
    box: store.seen.sequenceFrames.get([id, bestImgId])?.box ?? null,
    near: (truths.get(bestImgId) ?? []).map(
      ({ event, isPlain }) => `${event}${isPlain ? "" : " (hidden or small)"}`,
    ),
  };
}

type MutableEvent = Pick<TrueThing, "event" | "individual" | "side"> & {
  readonly plain: string[];
  looked: number;
  readonly sequences: SequenceRecord[];
};

function newEvent({ event, individual, side }: TrueThing): MutableEvent {
  return { event, individual, side, plain: [], looked: 0, sequences: [] };
}

function describeEvent(event: MutableEvent, store: Store): JudgedEvent {
  const [longest] = event.sequences.toSorted((a, b) => b.frames - a.frames);
  const [first] = event.sequences.toSorted((a, b) => a.openedAt.monotonicNs - b.openedAt.monotonicNs);
  const openedUs = first?.openedAt.wallUs;
  const said = longest?.individual ?? null;
  return {
    event: event.event,
    individual: event.individual,
    side: event.side,
    plainFrames: event.plain.length,
    lookedFrames: event.looked,
    sequences: event.sequences.length,
    framesToOpen:
      openedUs === undefined
        ? null
        : event.plain.filter((imgId) => (store.frames.get(imgId)?.moment.wallUs ?? 0) <= openedUs).length,
    said: nameOf(store, said),
    ...(longest === undefined ? { nearest: null, score: null } : nearestOf(store, longest.id)),
  };
}

/** What the newest sighting of a sequence said, which is of all its crops together. */
function nearestOf(store: Store, sequence: string): Pick<JudgedEvent, "nearest" | "score"> {
  const newest = [...store.sightings.of("sequence", sequence)].at(-1);
  const candidates = (newest?.metadata.candidates ?? []) as readonly { individual: string; score: number }[];
  const [first] = candidates;
  return { nearest: nameOf(store, first?.individual ?? null), score: first?.score ?? null };
}

function nameOf(store: Store, individual: string | null): string | null {
  return individual === null ? null : (store.individuals.standing(individual)?.name ?? individual);
}

function* detectionsOf(store: Store, imgId: string): Iterable<Box & { readonly confidence: number }> {
  for (const { value } of store.detections.range({ start: [imgId, "", 0], end: [imgId, "\uffff", 0] }))
    yield { ...value.box, confidence: value.confidence };
}

function judgeBoxes(
  found: Iterable<Box & { readonly confidence: number }>,
  things: readonly TrueThing[],
  count: { right: number; wrong: number; missed: number },
): void {
  const open = new Set(things);
  for (const box of [...found].sort((a, b) => b.confidence - a.confidence)) {
    const [best] = [...open].sort((a, b) => iou(b.box, box) - iou(a.box, box));
    if (best !== undefined && iou(best.box, box) >= boxIou) {
      open.delete(best);
      if (best.isPlain) count.right += 1;
    } else if (!things.some((thing) => !thing.isPlain && iou(thing.box, box) > 0.1)) count.wrong += 1;
  }
  for (const thing of open) if (thing.isPlain) count.missed += 1;
}

function share(part: number, rest: number): number | null {
  return part + rest === 0 ? null : part / (part + rest);
}

// Keeps what was seen: frames, detections, sequences, sightings, hashes and the events about them, all of one look in one commit.
import type { CapturedFrame } from "../../device/frame.ts";
import type { PictureHashes } from "../../device/picture-hashes.ts";
import type { SequenceFrame, SequenceRecord } from "../../device/sequence.ts";
import type { SightingRecord } from "../../device/sighting.ts";
import type { OutboxDraft } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import type { Found } from "../../models/vision.ts";
import type { DeliveryPlan } from "../deliveries.ts";
import { addFrame, prefixOf, recordOfFrame } from "../frame-ids.ts";
import { createAlertPace } from "./alert-pace.ts";
import type { KnownPictures } from "./known-pictures.ts";

/** A picture that was looked at, with its bytes, while it may still be kept. */
export type LookedFrame = {
  readonly captured: CapturedFrame;
  readonly imgId: string;
  readonly model: string;
  readonly found: readonly Found[];
  readonly hashes: PictureHashes | null;
};

export type NewSighting = {
  readonly sighting: SightingRecord;
  readonly vectors: ReadonlyMap<string, Float32Array>;
};

/** Who a sequence is said to be now, so that its suggestions say the same. */
export type Suggestion = { readonly individual: string | null; readonly score: number | null };

/** All that one look adds to the store. */
export type Look = {
  /** Pictures to keep that are not kept yet, oldest first. */
  readonly frames: readonly LookedFrame[];
  readonly opened: readonly SequenceRecord[];
  /** Records that changed, closed ones included; not the opened ones. */
  readonly changed: readonly SequenceRecord[];
  readonly sequenceFrames: readonly SequenceFrame[];
  readonly sightings: readonly NewSighting[];
  /** By sequence. */
  readonly suggestions: ReadonlyMap<string, Suggestion>;
  readonly events: readonly OutboxDraft[];
};

export type LookKeeperOptions = {
  readonly store: Store;
  readonly plan: DeliveryPlan;
  /** The event of the session: the first part of every bucket key. */
  readonly event: string;
  /** Keeps the hashes of a frame, within a commit; null: nobody keeps hashes. */
  readonly putHashes: ((imgId: string, hashes: PictureHashes) => void) | null;
  /** Told what was looked at; not given: nobody will ask. */
  readonly knownPictures?: Pick<KnownPictures, "remember">;
};

export type LookKeeper = {
  /**
   * Resolves when it is on disk, with the number of frames that nobody else had kept.
   * @throws what the store throws; nothing of the look is kept then.
   */
  readonly keep: (look: Look) => Promise<number>;
};

export function createLookKeeper(options: LookKeeperOptions): LookKeeper {
  const { store, plan, event } = options;
  const alertsOf = createAlertPace(plan.alertTargets);

  const keepFrame = (looked: LookedFrame, isInSequence: boolean): boolean => {
    const { captured, imgId, model, found, hashes } = looked;
    const frame = recordOfFrame(captured, { imgId, run: null, prefix: prefixOf(event, imgId) });
    const isNew = addFrame(store, frame, captured.bytes);
    if (isNew)
      // Nobody is about to erase it, and what shows something goes before what may show nothing.
      for (const draft of plan.ofFrame(frame, []))
        store.outbox.enqueue({
          ...draft,
          notBeforeUs: null,
          lane: isInSequence ? "labelled" : draft.lane,
        });
    found.forEach(({ box, className, confidence }, index) => {
      const key: [string, string, number] = [imgId, model, index];
      if (!store.detections.has(key))
        store.counters.add(countOf("detections", captured.camera, className), 1);
      store.detections.put(key, { imgId, model, index, box, className, confidence });
    });
    if (hashes !== null) options.putHashes?.(imgId, hashes);
    options.knownPictures?.remember(frame, model);
    return isNew;
  };

  /** What was suggested and nobody has judged yet follows what the sequence says now. */
  const suggest = (sequence: string, { individual, score }: Suggestion): void => {
    for (const sighting of [...store.sightings.of("sequence", sequence)]) {
      if (sighting.state !== "suggested" || sighting.individual === individual) continue;
      store.sightings.update({ ...sighting, individual, score });
    }
  };

  return {
    keep: (look) => {
      const inSequence = new Set(look.sequenceFrames.map(({ imgId }) => imgId));
      // Not within the commit, which may run more than once.
      const alerts = alertsOf(look);
      return store.commit(
        () => {
          const isNew = look.frames.map((frame) => keepFrame(frame, inSequence.has(frame.imgId)));
          for (const record of [...look.opened, ...look.changed]) store.seen.sequences.put(record.id, record);
          for (const record of look.changed)
            if (record.closedAt !== null)
              for (const draft of plan.ofSequence(record)) store.outbox.enqueue(draft);
          for (const { imgId, ...seen } of alerts) {
            const frame = store.frames.get(imgId);
            if (frame !== null) store.outbox.enqueue(plan.ofSeen(frame, seen));
          }
          for (const { camera, className } of look.opened)
            store.counters.add(countOf("sequences", camera, className), 1);
          for (const frame of look.sequenceFrames)
            store.seen.sequenceFrames.put([frame.sequence, frame.imgId], frame);
          for (const [sequence, suggestion] of look.suggestions) suggest(sequence, suggestion);
          for (const { sighting, vectors } of look.sightings) {
            store.sightings.add(sighting, vectors);
            store.counters.add(
              countOf("sightings", String(sighting.metadata.camera), String(sighting.metadata.className)),
              1,
            );
          }
          for (const draft of look.events) store.outbox.enqueue(draft);
          return isNew.filter(Boolean).length;
        },
        look.frames.reduce((bytes, { captured }) => bytes + captured.bytes.byteLength, 0),
      );
    },
  };
}

/** Prefix of the counts of what was seen: `seen/<what>/<camera>/<class>`. */
export const seenCounts = "seen/";

function countOf(what: "detections" | "sequences" | "sightings", camera: string, className: string): string {
  return `${seenCounts}${what}/${camera}/${className}`;
}

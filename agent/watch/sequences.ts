// The sequences of one camera: what the window of the edge engine confirms becomes a sequence, with the frames that led up to it;
// it grows while its track is seen, and is over when nobody saw it for a while. Knows pictures by their boxes only; keeps nothing.
import { ulid } from "ulid";
import type { Moment } from "../../device/clock.ts";
import type { Box } from "../../device/detection.ts";
import type { SequenceFrame, SequenceRecord } from "../../device/sequence.ts";
import { iou } from "../../models/boxes.ts";
import {
  createTemporalWindow,
  type TemporalWindow,
  type WindowOptions,
} from "../../models/temporal-window.ts";
import { dropMasked, dropWide } from "../../models/touching.ts";
import type { Found } from "../../models/vision.ts";
import { createTracks, shareWithin, type Track } from "./tracks.ts";

export type SequencesOptions = {
  readonly camera: string;
  /** Id of the detector. */
  readonly model: string;
  readonly window: WindowOptions & {
    /** A sequence nobody saw for so long is over, ms. */
    readonly closeAfterMs: number;
  };
  /** Parts of the picture that do not count. */
  readonly masks: readonly Box[];
};

/** A picture that was looked at. */
export type SeenPicture = {
  readonly imgId: string;
  readonly moment: Moment;
  readonly found: readonly Found[];
};

/** Where a sequence is on the picture just looked at. */
export type SeenSequence = {
  readonly id: string;
  readonly className: string;
  readonly box: Box;
  readonly confidence: number;
};

export type SequenceStep = {
  /** Ids of those that began, and of those that went on. */
  readonly opened: readonly string[];
  readonly grown: readonly string[];
  readonly closed: readonly SequenceRecord[];
  /** New frames of sequences, lead-up included; their pictures are among the newest `window.frames`. */
  readonly frames: readonly SequenceFrame[];
  readonly seen: readonly SeenSequence[];
};

export type Sequences = {
  readonly push: (picture: SeenPicture) => SequenceStep;
  /** Ends those nobody saw for long, also when no picture comes any more. */
  readonly expire: (atNs: number) => readonly SequenceRecord[];
  /** Ends all. */
  readonly end: () => readonly SequenceRecord[];
  /** An open one; null: not open. */
  readonly get: (id: string) => SequenceRecord | null;
  /** Notes who it is. */
  readonly identify: (id: string, individual: string | null) => void;
  readonly open: () => number;
  /** Something is there that may be or become a sequence: it is worth looking without waiting for motion. */
  readonly isExpecting: () => boolean;
};

type Look = {
  readonly number: number;
  readonly imgId: string;
  readonly boxes: ReadonlyMap<number, { readonly box: Box; readonly confidence: number }>;
};

type Open = {
  record: SequenceRecord;
  readonly track: number;
  lastMoment: Moment;
  /** Number of its newest look. */
  written: number;
  lastBox: Box;
};

/** A box that lies on a mask to this share does not count either, however much larger the mask is. */
const mostWithinMask = 0.5;

/** A box around, or within, one that was seen so short a time ago, to this share, is no other. */
const aroundNs = 1.5e9;
const aroundShare = 0.7;

export function createSequences(options: SequencesOptions): Sequences {
  const { camera, model, window: settings } = options;
  const tracks = createTracks();
  const windows = new Map<string, TemporalWindow<number>>();
  const open = new Map<number, Open>();
  const closeAfterNs = settings.closeAfterMs * 1e6;
  let looks: readonly Look[] = [];
  let number = 0;
  let tracked = 0;

  const countsAt = (box: Box): boolean =>
    options.masks.every((mask) => shareWithin(box, mask) <= mostWithinMask);

  /** The score of the window for each box, 0 where nothing is confirmed. */
  const confirm = (found: readonly Found[]): readonly number[] => {
    for (const { className } of found)
      if (!windows.has(className)) windows.set(className, createTemporalWindow(settings));
    const scores = found.map(() => 0);
    for (const [className, window] of windows) {
      const own = found.flatMap((each, index) => (each.className === className ? [{ ...each, index }] : []));
      for (const { box, confidence } of window.push(own, number).boxes) {
        // The window rounds its boxes: which of ours it means is the one that lies there.
        const [best] = own.toSorted((a, b) => iou(b.box, box) - iou(a.box, box));
        if (best !== undefined) scores[best.index] = Math.max(scores[best.index]!, confidence);
      }
    }
    return scores;
  };

  /** The frames since a sequence's newest one; where it was not seen, its box is carried over with confidence 0. */
  const extend = (sequence: Open, isNew: boolean): readonly SequenceFrame[] => {
    const fresh = looks.filter((look) => look.number > sequence.written);
    const firstSeen = fresh.find(({ boxes }) => boxes.has(sequence.track));
    let carried = isNew ? firstSeen!.boxes.get(sequence.track)!.box : sequence.lastBox;
    const frames = fresh.map((look, index): SequenceFrame => {
      const own = look.boxes.get(sequence.track);
      carried = own?.box ?? carried;
      return {
        sequence: sequence.record.id,
        imgId: look.imgId,
        box: carried,
        confidence: own?.confidence ?? 0,
        leadUp: isNew && index < fresh.length - 1,
      };
    });
    sequence.written = number;
    sequence.lastBox = carried;
    sequence.record = {
      ...sequence.record,
      frames: sequence.record.frames + frames.length,
      firstImgId: isNew ? frames[0]!.imgId : sequence.record.firstImgId,
      lastImgId: frames.at(-1)!.imgId,
    };
    return frames;
  };

  const begin = (track: Track, { imgId, moment }: SeenPicture): Open => {
    const record: SequenceRecord = {
      id: ulid(Math.floor(moment.wallUs / 1000)),
      camera,
      model,
      className: track.className,
      openedAt: moment,
      closedAt: null,
      firstImgId: imgId,
      lastImgId: imgId,
      frames: 0,
      bestScore: 0,
      bestImgId: imgId,
      individual: null,
    };
    const sequence: Open = {
      record,
      track: track.id,
      lastMoment: moment,
      written: number - settings.frames,
      lastBox: track.box,
    };
    open.set(track.id, sequence);
    return sequence;
  };

  /** Not a second box around something that has its sequence already. Two that part are told apart then. */
  const standsAlone = (track: Track, box: Box, { moment }: SeenPicture): boolean =>
    ![...open.values()].some(
      ({ record, track: other, lastMoment, lastBox }) =>
        other !== track.id &&
        record.className === track.className &&
        moment.monotonicNs - lastMoment.monotonicNs < aroundNs &&
        Math.max(shareWithin(box, lastBox), shareWithin(lastBox, box)) > aroundShare,
    );

  const close = (isOver: (sequence: Open) => boolean): readonly SequenceRecord[] => {
    const closed: SequenceRecord[] = [];
    for (const [track, sequence] of open) {
      if (!isOver(sequence)) continue;
      open.delete(track);
      closed.push({ ...sequence.record, closedAt: sequence.lastMoment });
    }
    return closed;
  };

  const expire = (atNs: number): readonly SequenceRecord[] => {
    tracked -= tracks.forget(atNs - closeAfterNs).length;
    return close(({ lastMoment }) => lastMoment.monotonicNs < atNs - closeAfterNs);
  };

  return {
    push: (picture) => {
      const { imgId, moment } = picture;
      const closed = expire(moment.monotonicNs);
      number += 1;
      const found = dropWide(dropMasked(picture.found, options.masks), settings.maxBoxWidth).filter(
        ({ box }) => countsAt(box),
      );
      const scores = confirm(found);
      const owners = tracks.follow(found, moment.monotonicNs);
      tracked += owners.filter((track) => track?.hits === 1).length;
      const boxes = new Map(
        owners.flatMap((track, index) => (track === null ? [] : [[track.id, found[index]!]])),
      );
      looks = [...looks.slice(1 - settings.frames), { number, imgId, boxes }];

      const opened: string[] = [];
      const grown: string[] = [];
      const frames: SequenceFrame[] = [];
      const seen: SeenSequence[] = [];
      owners.forEach((track, index) => {
        if (track === null) return;
        const known = open.get(track.id);
        // What passes through a place where something else is confirmed has to last, too.
        const isLasting = track.hits >= Math.floor((settings.frames + 1) / 2);
        const { box, confidence, className } = found[index]!;
        if (known === undefined && !(scores[index]! > 0 && isLasting && standsAlone(track, box, picture)))
          return;
        const sequence = known ?? begin(track, picture);
        sequence.lastMoment = moment;
        // Where several boxes overlap in one picture the window adds them all up.
        const score = Math.min(1, scores[index]!);
        if (score > sequence.record.bestScore)
          sequence.record = { ...sequence.record, bestScore: score, bestImgId: imgId };
        frames.push(...extend(sequence, known === undefined));
        (known === undefined ? opened : grown).push(sequence.record.id);
        seen.push({ id: sequence.record.id, className, box, confidence });
      });
      return { opened, grown, closed, frames, seen };
    },
    expire,
    end: () => close(() => true),
    get: (id) => [...open.values()].find(({ record }) => record.id === id)?.record ?? null,
    identify: (id, individual) => {
      for (const sequence of open.values())
        if (sequence.record.id === id) sequence.record = { ...sequence.record, individual };
    },
    open: () => open.size,
    isExpecting: () => tracked > 0,
  };
}

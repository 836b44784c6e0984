// Which boxes of one picture are the animals (plumes, cars) of the picture before: each track moves on as it went, so that two that
// cross stay two, and one that is hidden for a moment is met again where it was to be expected.
import type { Box } from "../../device/detection.ts";
import { areaOf, intersectionOf, iou } from "../../models/boxes.ts";
import type { Found } from "../../models/vision.ts";

/** Something seen again and again. */
export type Track = {
  readonly id: number;
  readonly className: string;
  /** Pictures it was found on. */
  readonly hits: number;
  readonly firstNs: number;
  readonly lastNs: number;
  /** Where it was found last. */
  readonly box: Box;
};

export type Tracks = {
  /** Deals out the boxes of a picture: the track of each, in order; null: the same thing found twice. */
  readonly follow: (found: readonly Found[], atNs: number) => readonly (Track | null)[];
  /** Tracks nobody saw since `sinceNs` end; returns them. */
  readonly forget: (sinceNs: number) => readonly Track[];
};

type Moving = {
  -readonly [K in keyof Track]: Track[K];
} & {
  /** Where it is believed to be: as found, or as expected while it cannot be told from another. */
  place: Box;
  placeNs: number;
  /** Widths of the picture a second, heights a second. */
  speedX: number;
  speedY: number;
};

/** How much of a newly measured speed is believed. */
const speedTrust = 0.5;
/** Nobody is believed to go on at the same speed for longer. */
const mostCoastingS = 2;
/** A speed measured over less than this is noise. */
const leastSpeedS = 0.02;
/** Boxes that do not overlap may still be the same when their centres are within so many diagonals. */
const nearDiagonals = 0.8;
/** One side of the smaller box may be so many times smaller: animals turn, and trunks hide halves. */
const mostSizeRatio = 3.5;
/** Of two boxes of which one lies within the other to this share, or that overlap so, one is the same thing found again. */
const sameShare = 0.75;
const sameIou = 0.55;

export function createTracks(): Tracks {
  let tracks: Moving[] = [];
  let made = 0;

  const begin = ({ box, className }: Found, atNs: number): Moving => {
    made += 1;
    const track: Moving = {
      id: made,
      className,
      hits: 1,
      firstNs: atNs,
      lastNs: atNs,
      box,
      place: box,
      placeNs: atNs,
      speedX: 0,
      speedY: 0,
    };
    tracks.push(track);
    return track;
  };

  const follow: Tracks["follow"] = (found, atNs) => {
    const expected = new Map(tracks.map((track) => [track, expectedAt(track, atNs)]));
    const pairs = found.flatMap((each, index) =>
      [...expected].flatMap(([track, place]) => {
        const likeness = track.className === each.className ? likenessOf(place, each.box) : 0;
        return likeness > 0 ? [{ index, track, likeness: likeness + ageBonus(track) }] : [];
      }),
    );
    pairs.sort((a, b) => b.likeness - a.likeness);
    const owners: (Moving | null)[] = found.map(() => null);
    const taken = new Set<Moving>();
    for (const { index, track } of pairs) {
      if (owners[index] !== null || taken.has(track)) continue;
      owners[index] = track;
      taken.add(track);
    }
    owners.forEach((track, index) => {
      if (track === null) return;
      const { box } = found[index]!;
      const hidesAnother = [...expected].some(
        ([other, place]) =>
          !taken.has(other) && other.className === track.className && shareWithin(place, box) > 0.5,
      );
      move(track, { box, atNs, expected: expected.get(track)!, hidesAnother });
    });
    return found.map((each, index) => {
      const owner = owners[index];
      if (owner !== null && owner !== undefined) return owner;
      const isDouble = found.some(
        (other, at) =>
          at !== index &&
          other.className === each.className &&
          owners[at] !== null &&
          (iou(other.box, each.box) > sameIou ||
            shareWithin(each.box, other.box) > sameShare ||
            shareWithin(other.box, each.box) > sameShare),
      );
      if (isDouble) return null;
      owners[index] = begin(each, atNs);
      return owners[index];
    });
  };

  return {
    follow,
    forget: (sinceNs) => {
      const over = tracks.filter(({ lastNs }) => lastNs < sinceNs);
      tracks = tracks.filter(({ lastNs }) => lastNs >= sinceNs);
      return over;
    },
  };
}

/** A track with a history wins over one that has just begun, when both fit nearly as well. */
function ageBonus({ hits }: Track): number {
  return 0.02 * Math.min(5, hits);
}

function move(
  track: Moving,
  seen: {
    readonly box: Box;
    readonly atNs: number;
    readonly expected: Box;
    /** Another one went missing inside this box: it may be two, and its middle is nobody's. */
    readonly hidesAnother: boolean;
  },
): void {
  const { box, atNs } = seen;
  const seconds = (atNs - track.placeNs) / 1e9;
  if (seen.hidesAnother) {
    track.place = seen.expected;
  } else {
    if (seconds >= leastSpeedS) {
      const [beforeX, beforeY] = centre(track.place);
      const [x, y] = centre(box);
      const trust = track.hits === 1 ? 1 : speedTrust;
      track.speedX += ((x - beforeX) / seconds - track.speedX) * trust;
      track.speedY += ((y - beforeY) / seconds - track.speedY) * trust;
    }
    track.place = box;
  }
  track.placeNs = atNs;
  track.lastNs = atNs;
  track.hits += 1;
  track.box = box;
}

function expectedAt({ place, placeNs, speedX, speedY }: Moving, atNs: number): Box {
  const seconds = Math.min(mostCoastingS, Math.max(0, (atNs - placeNs) / 1e9));
  const [x, y] = [speedX * seconds, speedY * seconds];
  return { left: place.left + x, right: place.right + x, top: place.top + y, bottom: place.bottom + y };
}

/** 0: not the same; else the higher the likelier. */
function likenessOf(expected: Box, box: Box): number {
  const ratios = [widthOf(expected) / widthOf(box), heightOf(expected) / heightOf(box)];
  if (ratios.some((ratio) => !(ratio < mostSizeRatio && ratio > 1 / mostSizeRatio))) return 0;
  const overlap = iou(expected, box);
  if (overlap > 0.05) return 0.2 + overlap;
  const [ax, ay] = centre(expected);
  const [bx, by] = centre(box);
  const diagonal = (Math.hypot(...sizeOf(expected)) + Math.hypot(...sizeOf(box))) / 2;
  const distance = Math.hypot(ax - bx, ay - by) / diagonal;
  return distance < nearDiagonals ? 0.2 * (1 - distance / nearDiagonals) + 0.001 : 0;
}

/** Share of `inner` that lies within `outer`, 0..1. */
export function shareWithin(inner: Box, outer: Box): number {
  const area = areaOf(inner);
  return area > 0 ? intersectionOf(inner, outer) / area : 0;
}

function centre({ left, top, right, bottom }: Box): [number, number] {
  return [(left + right) / 2, (top + bottom) / 2];
}

function sizeOf(box: Box): [number, number] {
  return [widthOf(box), heightOf(box)];
}

function widthOf({ left, right }: Box): number {
  return right - left;
}

function heightOf({ top, bottom }: Box): number {
  return bottom - top;
}

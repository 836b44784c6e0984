// Pairs of sightings whose individuals are known, with their similarities: what calibrations are fitted on. Pairs that are alike only
// because they were taken together are left out.
import { isFromDataset } from "../../device/frame.ts";
import { isNearDuplicate } from "../../device/picture-hashes.ts";
import { answers, type SightingRecord } from "../../device/sighting.ts";
import { readHashes } from "../../device/store/hashes.ts";
import type { Store } from "../../device/store/store.ts";
import type { LabelledPair } from "../../models/fit-fusion.ts";

export type LabelledPairs = {
  readonly pairs: readonly LabelledPair[];
  readonly hits: number;
  readonly sightings: number;
  readonly individuals: number;
  /** Pairs of one individual left out since they were taken together. */
  readonly together: number;
};

/** More sightings make it slower, not better: pairs grow with their square. */
const mostSightings = 1000;
/** Sightings of one camera closer than this were taken together. */
const togetherUs = 60e6;
/** What data sets call a run of pictures that were taken together. */
const runNames = ["video", "sequence", "burst", "sequence_id"];

/** Compares labelled and verified sightings that have a vector in one of the spaces, evenly thinned when they are too many. */
export function readLabelledPairs(store: Store, spaces: readonly string[]): LabelledPairs {
  const all = [...store.sightings.range()].filter(
    (sighting) => answers(sighting) && spaces.some((space) => store.sightings.has(sighting.id, space)),
  );
  const every = Math.max(1, all.length / mostSightings);
  const kept = Array.from({ length: Math.floor(all.length / every) }, (_, at) =>
    described(store, all[Math.floor(at * every)]!, spaces),
  );
  const groups = new Map<string, number>();
  for (const { sighting } of kept)
    if (!groups.has(sighting.individual!)) groups.set(sighting.individual!, groups.size);
  const pairs: LabelledPair[] = [];
  let hits = 0;
  let together = 0;
  for (const [at, left] of kept.entries()) {
    for (const right of kept.slice(at + 1)) {
      const isSame = left.sighting.individual === right.sighting.individual;
      if (isSame && wereTogether(left, right)) {
        together += 1;
        continue;
      }
      hits += isSame ? 1 : 0;
      pairs.push({
        similarities: Float64Array.from(spaces, (_, space) =>
          dot(left.vectors[space]!, right.vectors[space]!),
        ),
        isSame,
        group: groups.get(left.sighting.individual!)!,
      });
    }
  }
  return { pairs, hits, sightings: kept.length, individuals: groups.size, together };
}

type Described = ReturnType<typeof described>;

function described(store: Store, sighting: SightingRecord, spaces: readonly string[]) {
  const frame = store.frames.get(sighting.imgId);
  // The time of a data set's picture is often that of its unpacking; that of a camera is to be believed.
  const isTimed = frame !== null && !isFromDataset(frame);
  return {
    sighting,
    vectors: spaces.map((space) => store.sightings.vector(sighting.id, space)),
    taken: isTimed ? { camera: frame.camera, atUs: frame.moment.wallUs } : null,
    // A still scene is its own near duplicate whoever walks through it.
    hashes: isTimed ? null : readHashes(store.seen.hashes.get(sighting.imgId)),
  };
}

function wereTogether(left: Described, right: Described): boolean {
  const [a, b] = [left.sighting, right.sighting];
  if (a.imgId === b.imgId || (a.sequence !== null && a.sequence === b.sequence)) return true;
  if (runNames.some((name) => a.metadata[name] != null && a.metadata[name] === b.metadata[name])) return true;
  if (left.taken !== null && right.taken !== null && left.taken.camera === right.taken.camera)
    return Math.abs(left.taken.atUs - right.taken.atUs) < togetherUs;
  return left.hashes !== null && right.hashes !== null && isNearDuplicate(left.hashes, right.hashes);
}

function dot(left: Float32Array | null, right: Float32Array | null): number {
  if (left === null || right === null || left.length !== right.length) return Number.NaN;
  let sum = 0;
  for (let at = 0; at < left.length; at += 1) sum += left[at]! * right[at]!;
  return sum;
}

// Which boxes the sequences of a run call their own: an object that was split off and is the own one of another sequence would come in twice.
import type { ImportSequence } from "./import-sequence.ts";

export type OwnBoxes = {
  /** Notes a sequence as the platform has it, before it is split. */
  readonly note: (sequence: ImportSequence) => void;
  /** Id at the source of another sequence of which some box is this object's; null: none. Complete once every sequence is noted. */
  readonly ownerOf: (object: ImportSequence) => number | null;
};

export function createOwnBoxes(): OwnBoxes {
  const owners = new Map<string, Set<number>>();
  return {
    note: (sequence) => {
      for (const key of keysOf(sequence)) {
        const there = owners.get(key);
        if (there === undefined) owners.set(key, new Set([sequence.sourceId]));
        else there.add(sequence.sourceId);
      }
    },
    ownerOf: (object) => {
      for (const key of keysOf(object))
        for (const owner of owners.get(key) ?? []) if (owner !== object.sourceId) return owner;
      return null;
    },
  };
}

/** The platform names a picture alike in every sequence that it is in. */
function* keysOf({ detections }: ImportSequence): Iterable<string> {
  for (const { picture, algo_predictions } of detections) {
    if (picture.bucketKey === null) continue;
    for (const { xyxyn } of algo_predictions)
      yield `${picture.bucketKey} ${xyxyn.map((edge) => Math.round(edge * 1e4)).join(" ")}`;
  }
}

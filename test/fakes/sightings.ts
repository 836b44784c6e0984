// Sightings and vectors for tests: unit vectors that follow from a seed, and records with sensible defaults.
import type { SightingRecord } from "../../device/sighting.ts";
import { frameId } from "./store.ts";

/** Id of test sighting `n`: ULIDs in order. */
export function sightingId(n: number): string {
  return `01HTEST${String(n).padStart(19, "0")}`;
}

/** Test sighting `n`, on test frame `n`. */
export function sighting(n: number, options: Partial<SightingRecord> = {}): SightingRecord {
  return {
    id: sightingId(n),
    imgId: frameId(n),
    box: { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 },
    individual: null,
    state: "labelled",
    score: null,
    side: "unknown",
    by: "test",
    atUs: Date.UTC(2024, 4, 1) * 1000 + n * 1000,
    sequence: null,
    metadata: {},
    ...options,
  };
}

/** Numbers in [0, 1) that follow from a seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A unit vector; with `near`, one that is `noise` away from it. */
export function unitVector(
  size: number,
  random: () => number,
  options: { readonly near?: Float32Array; readonly noise?: number } = {},
): Float32Array {
  const { near, noise = 1 } = options;
  const vector = Float32Array.from({ length: size }, (_, at) => {
    // A sum of four is close enough to a normal distribution.
    const wobble = random() + random() + random() + random() - 2;
    return (near?.[at] ?? 0) + (near === undefined ? wobble : (wobble * noise) / Math.sqrt(size));
  });
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

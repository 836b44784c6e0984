// What was seen so far, by camera and class, out of the store's counts.
import type { Counters } from "../../device/store/counters.ts";
import { seenCounts } from "./look-keeper.ts";

/** What was seen on one camera of one class of things, since the store was made. */
export type WatchedStats = {
  readonly camera: string;
  readonly className: string;
  readonly detections: number;
  readonly sequences: number;
  readonly sightings: number;
};

/** Sorted by camera and class. */
export function watchedStats(counters: Pick<Counters, "list">): readonly WatchedStats[] {
  const rows = new Map<string, { -readonly [K in keyof WatchedStats]: WatchedStats[K] }>();
  for (const [name, count] of Object.entries(counters.list(seenCounts))) {
    // `<what>/<camera>/<class>`; a class may have a slash in its name.
    const [what = "", camera = "", ...rest] = name.split("/");
    const className = rest.join("/");
    const key = `${camera}/${className}`;
    const row = rows.get(key) ?? { camera, className, detections: 0, sequences: 0, sightings: 0 };
    if (what === "detections" || what === "sequences" || what === "sightings") row[what] = count;
    rows.set(key, row);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** A line each, for a person. */
export function describeWatched(rows: readonly WatchedStats[]): readonly string[] {
  return rows.map(
    ({ camera, className, detections, sequences, sightings }) =>
      `watched   ${camera}: ${className}: detections ${detections}, sequences ${sequences}, sightings ${sightings}`,
  );
}

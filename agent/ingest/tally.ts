// What an ingestion did, in numbers: of one data set, and of all.
import type { SourcePicture } from "../../sync/sources/source.ts";
import type { Placed } from "./place.ts";

/** Fields are added, never renamed; the first five are those of the existing tool. */
export type IngestStats = {
  readonly tigers_created: number;
  /** Individuals that were there and were seen on new pictures, or learned something. */
  readonly tigers_updated: number;
  /** Pictures that were read and put in: new ones, duplicates and updated ones. */
  readonly images_processed: number;
  /** Pictures that are as they were when they were last ingested, or that a person erased here. */
  readonly images_skipped: number;
  /** Pictures that cannot be read, and lines of lists that cannot be used. */
  readonly errors: number;
  /** Of those processed: the same bytes were there under another path. */
  readonly duplicates: number;
  /** Of those processed: ingested before, read again. */
  readonly images_updated: number;
  readonly sightings_created: number;
  /** Sightings that went to another individual, for the data set changed its mind. */
  readonly sightings_moved: number;
  /** Sightings left alone although the data set says otherwise now: a person here had decided. */
  readonly sightings_decided: number;
  /** By reason. */
  readonly errors_by_reason: Readonly<Record<string, number>>;
};

export type Problem = { readonly what: string; readonly reason: string };

export type Tally = {
  /** A picture that the data set names, whatever becomes of it. */
  readonly found: (picture: SourcePicture) => void;
  readonly placed: (placed: Placed) => void;
  readonly unchanged: () => void;
  /** @param kind for counting, e.g. "truncated" or "listed". */
  readonly problem: (problem: Problem, kind: string) => void;
  readonly stats: () => IngestStats;
  /** How many animals the data set tells apart. */
  readonly individuals: () => number;
  /** The first of them. */
  readonly problems: () => readonly Problem[];
  /** Pictures done, whatever became of them. */
  readonly pictures: () => number;
};

/** Problems kept by name; all are counted, and all go to the log. */
const mostNamed = 1000;

export function createTally(): Tally {
  const named = new Set<string>();
  const made = new Set<string>();
  const changed = new Set<string>();
  const problems: Problem[] = [];
  const byReason: Record<string, number> = {};
  const counts = {
    processed: 0,
    skipped: 0,
    errors: 0,
    duplicates: 0,
    updated: 0,
    added: 0,
    moved: 0,
    decided: 0,
  };
  return {
    found: ({ subjects }) => {
      for (const { individual } of subjects)
        if (individual != null) named.add(`${individual.scope}\0${individual.identity}`);
    },
    placed: (placed) => {
      if (placed.outcome === "erased") counts.skipped += 1;
      else counts.processed += 1;
      if (placed.outcome === "duplicate") counts.duplicates += 1;
      if (placed.outcome === "updated") counts.updated += 1;
      counts.added += placed.sightingsAdded;
      counts.moved += placed.moved;
      counts.decided += placed.decided;
      for (const id of placed.made) made.add(id);
      for (const id of placed.changed) changed.add(id);
    },
    unchanged: () => {
      counts.skipped += 1;
    },
    problem: (problem, kind) => {
      counts.errors += 1;
      byReason[kind] = (byReason[kind] ?? 0) + 1;
      if (problems.length < mostNamed) problems.push(problem);
    },
    stats: () => ({
      tigers_created: made.size,
      tigers_updated: [...changed].filter((id) => !made.has(id)).length,
      images_processed: counts.processed,
      images_skipped: counts.skipped,
      errors: counts.errors,
      duplicates: counts.duplicates,
      images_updated: counts.updated,
      sightings_created: counts.added,
      sightings_moved: counts.moved,
      sightings_decided: counts.decided,
      errors_by_reason: { ...byReason },
    }),
    individuals: () => named.size,
    problems: () => problems,
    pictures: () => counts.processed + counts.skipped + counts.errors,
  };
}

/** The sum of several. */
export function addStats(all: readonly IngestStats[]): IngestStats {
  const sum = (name: Exclude<keyof IngestStats, "errors_by_reason">): number =>
    all.reduce((total, each) => total + each[name], 0);
  const reasons: Record<string, number> = {};
  for (const { errors_by_reason: each } of all)
    for (const [reason, count] of Object.entries(each)) reasons[reason] = (reasons[reason] ?? 0) + count;
  return {
    tigers_created: sum("tigers_created"),
    tigers_updated: sum("tigers_updated"),
    images_processed: sum("images_processed"),
    images_skipped: sum("images_skipped"),
    errors: sum("errors"),
    duplicates: sum("duplicates"),
    images_updated: sum("images_updated"),
    sightings_created: sum("sightings_created"),
    sightings_moved: sum("sightings_moved"),
    sightings_decided: sum("sightings_decided"),
    errors_by_reason: reasons,
  };
}

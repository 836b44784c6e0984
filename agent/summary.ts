// What a run of the agent comes to, in numbers.
import { lanes } from "../device/store/outbox.ts";
import type { Agent } from "./agent.ts";
import type { WatchState } from "./watch/watcher.ts";

/** Pictures, labels, sequences and alerts count once each per target; events are not counted. */
export type Summary = {
  readonly stored: number;
  readonly labels: number;
  readonly erased: number;
  readonly delivered: number;
  readonly waiting: number;
  /** Refused by a target (now or before, until somebody retries), or not kept. */
  readonly failed: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly labelSkewMs: { readonly p50: number | null; readonly p99: number | null };
  /** What was seen; null: no camera is watched. */
  readonly watch: WatchSummary | null;
};

/** Of all cameras together. */
export type WatchSummary = {
  readonly frames: number;
  readonly looked: number;
  /** Frames not looked at, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly kept: number;
  /** Frames that should have been kept and could not be. */
  readonly lost: number;
  /** By class. */
  readonly detections: Readonly<Record<string, number>>;
  readonly sequences: number;
  readonly sightings: number;
};

/** Gives the figures since now: what the targets have got before does not count. */
export function createSummaries(
  parts: Pick<Agent, "recorder" | "watcher" | "targets" | "store">,
): () => Summary {
  const before = deliveredTo(parts);
  return () => {
    const { recorder, targets, store } = parts;
    const { frames, labels, erased, dropped, labelSkewMs } = recorder.state();
    const waiting = store.outbox.waiting();
    const watch = parts.watcher === null ? null : sumWatch(parts.watcher.state());
    return {
      stored: frames + (watch?.kept ?? 0),
      labels,
      erased,
      delivered: deliveredTo(parts) - before,
      waiting: sum(
        [...namesOf(targets)].map((name) => sum(lanes.map((lane) => waiting[name]?.[lane].entries ?? 0))),
      ),
      failed: store.counters.get("parked") + sum(Object.values(dropped)) + (watch?.lost ?? 0),
      dropped,
      labelSkewMs,
      watch,
    };
  };
}

/** The figures of all cameras, added up. */
export function sumWatch({ cameras }: Pick<WatchState, "cameras">): WatchSummary {
  return addWatches(cameras);
}

type WatchFigures = Omit<WatchSummary, "skipped"> & Pick<WatchState["cameras"][number], "skipped">;

function addWatches(parts: readonly WatchFigures[]): WatchSummary {
  return {
    frames: sum(parts.map(({ frames }) => frames)),
    looked: sum(parts.map(({ looked }) => looked)),
    skipped: addUp(parts.map(({ skipped }) => skipped)),
    kept: sum(parts.map(({ kept }) => kept)),
    lost: sum(parts.map(({ lost }) => lost)),
    detections: addUp(parts.map(({ detections }) => detections)),
    sequences: sum(parts.map(({ sequences }) => sequences)),
    sightings: sum(parts.map(({ sightings }) => sightings)),
  };
}

function addUp(counts: readonly Readonly<Record<string, number | undefined>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const each of counts)
    for (const [name, count] of Object.entries(each)) total[name] = (total[name] ?? 0) + (count ?? 0);
  return total;
}

/** What was seen, in one line for a person. */
export function describeWatch(watch: WatchSummary): string {
  const { frames, looked, skipped, lost, detections, sequences, sightings } = watch;
  return [
    `watched ${frames} frames, looked at ${looked}${listOf(skipped, ", skipped ")}`,
    `detections ${Object.keys(detections).length === 0 ? "none" : listOf(detections, "")}`,
    `sequences ${sequences}, sightings ${sightings}`,
    ...(lost === 0 ? [] : [`not kept ${lost}, as the disk did not take them`]),
  ].join("; ");
}

function listOf(counts: Readonly<Record<string, number>>, before: string): string {
  const words = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return words.length === 0 ? "" : `${before}${words.join(", ")}`;
}

function deliveredTo({ targets, store }: Pick<Agent, "targets" | "store">): number {
  const delivered = store.outbox.delivered();
  return sum([...namesOf(targets)].map((name) => delivered[name] ?? 0));
}

function namesOf({ plan }: Agent["targets"]): ReadonlySet<string> {
  return new Set([
    ...plan.pictureTargets,
    ...plan.labelTargets,
    ...plan.sequenceTargets,
    ...plan.alertTargets.map(({ name }) => name),
  ]);
}

/** One line for a person; its form is promised. */
export function describeSummary({ stored, labels, delivered, waiting, failed }: Summary): string {
  return `stored ${stored} frames, ${labels} labels; delivered ${delivered}, waiting ${waiting}, failed ${failed}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** The figures of two agents, one after the other, as of one; what waits and skews is as the later one says. */
export function addSummaries(before: Summary, after: Summary): Summary {
  return {
    ...after,
    stored: before.stored + after.stored,
    labels: before.labels + after.labels,
    erased: before.erased + after.erased,
    delivered: before.delivered + after.delivered,
    // What targets refused is counted in the store; what was not kept by each agent.
    failed: after.failed + sum(Object.values(before.dropped)) + (before.watch?.lost ?? 0),
    dropped: addUp([before.dropped, after.dropped]),
    watch:
      before.watch === null || after.watch === null
        ? (after.watch ?? before.watch)
        : addWatches([before.watch, after.watch]),
  };
}

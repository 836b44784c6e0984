// What a run of the agent comes to, in numbers.
import { lanes } from "../device/store/outbox.ts";
import type { Agent } from "./agent.ts";

/** Pictures and labels count once each per target; events are not counted. */
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
};

/** Gives the figures since now: what the targets have got before does not count. */
export function createSummaries(parts: Pick<Agent, "recorder" | "targets" | "store">): () => Summary {
  const before = deliveredTo(parts);
  return () => {
    const { recorder, targets, store } = parts;
    const { frames, labels, erased, dropped, labelSkewMs } = recorder.state();
    const waiting = store.outbox.waiting();
    return {
      stored: frames,
      labels,
      erased,
      delivered: deliveredTo(parts) - before,
      waiting: sum(
        [...namesOf(targets)].map((name) => sum(lanes.map((lane) => waiting[name]?.[lane].entries ?? 0))),
      ),
      failed: store.counters.get("parked") + sum(Object.values(dropped)),
      dropped,
      labelSkewMs,
    };
  };
}

function deliveredTo({ targets, store }: Pick<Agent, "targets" | "store">): number {
  const delivered = store.outbox.delivered();
  return sum([...namesOf(targets)].map((name) => delivered[name] ?? 0));
}

function namesOf({ plan }: Agent["targets"]): ReadonlySet<string> {
  return new Set([...plan.pictureTargets, ...plan.labelTargets]);
}

/** One line for a person; its form is promised. */
export function describeSummary({ stored, labels, delivered, waiting, failed }: Summary): string {
  return `stored ${stored} frames, ${labels} labels; delivered ${delivered}, waiting ${waiting}, failed ${failed}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

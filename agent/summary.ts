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
  /** Parked by a target, or not kept. */
  readonly failed: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly labelSkewMs: { readonly p50: number | null; readonly p99: number | null };
};

/** The figures of this process; `before` holds what was delivered when it began. */
export function summarise(agent: Agent, before: Summary | null): Summary {
  const { recorder, targets, store } = agent;
  const { frames, labels, erased, dropped, labelSkewMs } = recorder.state();
  const { pictureTargets, labelTargets } = targets.plan;
  const names = new Set([...pictureTargets, ...labelTargets]);
  const delivered = sum(
    Object.entries(store.outbox.delivered()).map(([target, count]) => (names.has(target) ? count : 0)),
  );
  const waiting = sum(
    Object.entries(store.outbox.waiting()).map(([target, counts]) =>
      names.has(target) ? sum(lanes.map((lane) => counts[lane].entries)) : 0,
    ),
  );
  return {
    stored: frames,
    labels,
    erased,
    delivered: delivered - (before?.delivered ?? 0),
    waiting,
    failed: store.outbox.parked({ limit: 100_000 }).length + sum(Object.values(dropped)),
    dropped,
    labelSkewMs,
  };
}

/** One line for a person; its form is promised. */
export function describeSummary({ stored, labels, delivered, waiting, failed }: Summary): string {
  return `stored ${stored} frames, ${labels} labels; delivered ${delivered}, waiting ${waiting}, failed ${failed}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

// Whether the event loop turns: how late its timers are. A loop that stands cannot say so, so nothing here alarms by itself;
// what has to notice from outside is the watchdog, which only a turning loop feeds.
import { monitorEventLoopDelay } from "node:perf_hooks";

export type LoopLag = {
  /** 99th percentile of the lateness over the last 10–20 s, ms. */
  readonly p99Ms: number;
  /** The longest stand of the last 10–20 s, ms. */
  readonly worstMs: number;
  /** Stands of more than a second since the process began. */
  readonly stalls: number;
};

/** Life: create (it measures at once) → close. */
export type LoopWatch = {
  readonly lag: () => LoopLag;
  readonly close: () => Promise<void>;
};

const windowMs = 10_000;
const beatMs = 100;
const stallMs = 1_000;

export function createLoopWatch(monotonicNs: () => number): LoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  let before = { p99Ms: 0, worstMs: 0 };
  let worstMs = 0;
  let stalls = 0;
  let beatNs = monotonicNs();
  let windowNs = beatNs;
  const p99Ms = (): number => {
    const ms = histogram.percentile(99) / 1e6;
    return Number.isFinite(ms) && histogram.count > 0 ? ms : 0;
  };
  const timer = setInterval(() => {
    const nowNs = monotonicNs();
    const lateMs = Math.max(0, (nowNs - beatNs) / 1e6 - beatMs);
    beatNs = nowNs;
    worstMs = Math.max(worstMs, lateMs);
    if (lateMs >= stallMs) stalls += 1;
    if ((nowNs - windowNs) / 1e6 < windowMs) return;
    before = { p99Ms: p99Ms(), worstMs };
    worstMs = 0;
    windowNs = nowNs;
    histogram.reset();
  }, beatMs);
  timer.unref();
  return {
    lag: () => ({
      p99Ms: Math.max(before.p99Ms, p99Ms()),
      worstMs: Math.max(before.worstMs, worstMs),
      stalls,
    }),
    close: async () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

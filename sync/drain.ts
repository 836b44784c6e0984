// The drain: takes from the outbox, lane by lane, delivers to each target with bounded concurrency, and books every outcome.
// A target that is away rests by itself; it never holds up another, and nothing of it is lost.
import { setMaxListeners } from "node:events";
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Store } from "../device/store/store.ts";
import { type Bandwidth, createBandwidth } from "./bandwidth.ts";
import { createGate } from "./gate.ts";
import { noLimits, type SyncLimits } from "./limits.ts";
import { createTargetLine, type TargetStatus } from "./target-line.ts";
import type { Target } from "./targets/target.ts";

export type { TargetStatus } from "./target-line.ts";

export type DrainOptions = {
  readonly store: Store;
  /** A target stands after those it waits for. */
  readonly targets: readonly Target[];
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly limits?: SyncLimits;
  /** The cap that bodies are paced by, too; not given: the drain has its own. */
  readonly bandwidth?: Bandwidth;
  /** What the system says of the link, asked when `metered` is auto; not given: it costs nothing. */
  readonly isMetered?: () => boolean;
};

export type RunOptions = {
  /** false: end when nothing is left that can be delivered now (held-back entries are sent, a target that keeps failing is given up after `attempts`). */
  readonly follow: boolean;
  readonly attempts?: number;
  readonly signal: AbortSignal;
};

export type Drain = {
  /** Delivers. Resolves with the state of every target at the end; rejects only for a broken store. One call at a time. */
  readonly run: (options: RunOptions) => Promise<readonly TargetStatus[]>;
  /** Says that something new waits, or (`linkUp`) that the network is back: rests end at once. */
  readonly wake: (options?: { linkUp?: boolean }) => void;
  /** Nothing more goes, alerts neither; what is in flight ends. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly isPaused: () => boolean;
  /** Other limits from now on; what is not named stays. Lost at the end of the process: the configuration keeps them. */
  readonly setLimits: (limits: Partial<SyncLimits>) => void;
  readonly limits: () => SyncLimits;
  readonly status: () => readonly TargetStatus[];
};

export function createDrain(options: DrainOptions): Drain {
  let running = false;
  let paused = false;
  let limits = options.limits ?? noLimits;
  const bandwidth = options.bandwidth ?? createBandwidth(options.clock, null);
  bandwidth.setCap(limits.bytesPerSecond);
  const gate = createGate({
    limits: () => limits,
    isPaused: () => paused,
    isMetered: options.isMetered ?? (() => false),
    clock: options.clock,
  });
  const lines = options.targets.map((target) =>
    createTargetLine(target, {
      ...options,
      gate,
      bandwidth,
      lowestShare: () => limits.lowestShare,
      onBooked: (entries) => {
        const imgIds = entries.flatMap(({ kind, imgId }) =>
          kind === "picture" && imgId !== null ? [imgId] : [],
        );
        if (imgIds.length === 0) return;
        options.targets.forEach(({ waitsFor }, index) => {
          if (waitsFor.includes(target.name)) lines[index]!.arrived(imgIds);
        });
      },
    }),
  );
  const wakeAll = (linkUp: boolean): void => {
    for (const line of lines) line.wake(linkUp);
  };
  return {
    run: async (run) => {
      if (running) throw new Error("The drain runs already");
      running = true;
      // Every request in flight listens to it.
      setMaxListeners(0, run.signal);
      const runs = new Map<string, Promise<void>>();
      // Following nothing is waiting too: a caller that follows again and again must not spin.
      if (run.follow && lines.length === 0) runs.set("", aborted(run.signal));
      options.targets.forEach((target, index) => {
        const first = run.follow ? [] : target.waitsFor.flatMap((name) => runs.get(name) ?? []);
        runs.set(
          target.name,
          Promise.all(first).then(() => lines[index]!.run(run)),
        );
      });
      // All of them end before we do, also when one fails: none may deliver behind the caller's back.
      const ends = await Promise.allSettled(runs.values());
      running = false;
      for (const end of ends) if (end.status === "rejected") throw end.reason;
      return lines.map((line) => line.status());
    },
    wake: ({ linkUp = false } = {}) => wakeAll(linkUp),
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      wakeAll(false);
    },
    isPaused: () => paused,
    setLimits: (changed) => {
      limits = { ...limits, ...changed };
      bandwidth.setCap(limits.bytesPerSecond);
      wakeAll(false);
    },
    limits: () => limits,
    status: () => lines.map((line) => line.status()),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

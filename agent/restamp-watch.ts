// Follows the clock while the agent lives: remembers per boot what it said when, tells of steps, and has frames of an unset clock
// stamped anew when it is set.
import type { Clock } from "../device/clock.ts";
import { anchorOf, type ClockAnchor, type ClockChange, createClockLook } from "../device/clock-watch.ts";
import type { Log } from "../device/log.ts";
import type { Store } from "../device/store/store.ts";
import type { Emit } from "./events.ts";
import { restampFrames } from "./restamp.ts";

/** What health says of the clock. */
export type ClockFigures = {
  /** Steps of more than two seconds since the process began. */
  readonly steps: number;
  /** Size of the newest step, ms; null: there was none. */
  readonly lastStepMs: number | null;
  /** Frames whose time was put right. */
  readonly restamped: number;
};

/** Life: create → follow once. */
export type ClockKeeper = {
  /** Goes on until the signal aborts; never throws. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  readonly figures: () => ClockFigures;
};

/** Milliseconds between two looks. */
const lookEveryMs = 1_000;
/** Anchors kept of a boot: a clock that steps more often tells nobody anything. */
const mostAnchors = 100;

export function createClockKeeper(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
}): ClockKeeper {
  const { store, clock, log, emit } = deps;
  const { bootId } = clock.now();
  const note = `clock/${bootId}`;
  const anchors = (): readonly ClockAnchor[] =>
    (store.notes.get(note) as readonly ClockAnchor[] | null) ?? [];
  let figures: ClockFigures = { steps: 0, lastStepMs: null, restamped: 0 };

  const remember = (anchor: ClockAnchor): Promise<void> =>
    store.commit(() => store.notes.put(note, [...anchors(), anchor].slice(-mostAnchors)));

  /** Every stretch of this boot that ended with a clock nobody had set; repeating it changes nothing. */
  const restampAll = async (signal: AbortSignal): Promise<void> => {
    const known = anchors();
    const truth = known.at(-1);
    if (truth?.synchronised !== true) return;
    let stamped = 0;
    for (const [at, anchor] of known.entries()) {
      const next = known[at + 1];
      if (anchor.synchronised || next === undefined) continue;
      const stretch = { bootId, anchor, untilNs: next.monotonicNs };
      stamped += await restampFrames(store, stretch, { truth, signal });
    }
    if (stamped === 0) return;
    figures = { ...figures, restamped: figures.restamped + stamped };
    log.warn(
      { frames: stamped },
      "the clock is set: frames from before have their true time beside the first one",
    );
    await store.commit(() => store.journal.write("clock.restamped", { frames: stamped, bootId }));
    await emit("clock.restamped", { frames: stamped });
  };

  const tell = async ({ stepUs, before, after }: ClockChange): Promise<void> => {
    if (stepUs !== 0)
      figures = { ...figures, steps: figures.steps + 1, lastStepMs: Math.round(stepUs / 1000) };
    const details = {
      stepMs: Math.round(stepUs / 1000),
      wasSynchronised: before.synchronised,
      synchronised: after.synchronised,
    };
    log.warn(details, stepUs === 0 ? "what is known of the clock changed" : "the clock was set");
    await store.commit(() => store.journal.write("clock.jumped", details));
    await emit("clock.jumped", details);
  };

  return {
    figures: () => figures,
    follow: async (signal) => {
      const known = anchors();
      const look = createClockLook(clock, known.at(-1) ?? null);
      /** What the disk did not take is done at the next look. */
      const owed: (() => Promise<void>)[] = [
        ...(known.length === 0 ? [() => remember(anchorOf(clock.now()))] : []),
        () => restampAll(signal),
      ];
      while (!signal.aborted) {
        const change = look();
        if (change !== null)
          owed.push(
            () => remember(change.after),
            () => tell(change),
            () => restampAll(signal),
          );
        try {
          for (; owed.length > 0; owed.shift()) await owed[0]!();
        } catch (cause) {
          log.debug({ cause }, "what the clock did could not be booked; tried again");
        }
        await clock.sleep(lookEveryMs, signal).catch(() => undefined);
      }
    },
  };
}

// The models of the watcher: opened, and opened again with patience when they fail. Cameras and recorder never wait for them.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { PictureHashes } from "../../device/picture-hashes.ts";
import type { Detector, Picture, VisionStatus } from "../../models/vision.ts";
import type { Identifier } from "../identify/identifier.ts";

/** Open models. Life: open → use → close. */
export type WatchModels = {
  readonly detectorOf: (camera: string) => Detector;
  /** Tells individuals apart; null: not wanted. */
  readonly identifier: Identifier | null;
  /** Perceptual hashes of a picture; null: not wanted. */
  readonly hash: ((picture: Picture, signal: AbortSignal) => Promise<PictureHashes>) | null;
  readonly status: () => VisionStatus;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

export type ModelKeeper = {
  /** null: not open (yet, or any more). */
  readonly current: () => WatchModels | null;
  /** Resolves with open models; null: the signal aborted. */
  readonly ready: (signal: AbortSignal) => Promise<WatchModels | null>;
  /** The models answered. */
  readonly worked: () => void;
  /** They did not: after a few times in a row they are closed and opened anew. */
  readonly failed: (cause: unknown) => void;
  readonly problem: () => string | null;
  /** Opens and keeps them open until the signal aborts, then closes them. @throws the first failure, when they must open. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type ModelKeeperOptions = {
  readonly open: (signal: AbortSignal) => Promise<WatchModels>;
  readonly clock: Clock;
  readonly log: Log;
  /** true: models that cannot be opened the first time are an error, not a reason to wait. */
  readonly mustOpen: boolean;
  /** Told of a new problem, and with null when it is over. */
  readonly onProblem: (problem: string | null) => void;
};

const mostFailures = 3;
const firstRestMs = 2_000;
const longestRestMs = 120_000;

export function createModelKeeper(options: ModelKeeperOptions): ModelKeeper {
  const { clock, log } = options;
  let models: WatchModels | null = null;
  let problem: string | null = null;
  let failures = 0;
  let isOver = false;
  let giveUp = (): void => undefined;
  const waiting = new Set<() => void>();

  const wakeAll = (): void => {
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const say = (words: string | null): void => {
    if (words === problem) return;
    problem = words;
    options.onProblem(words);
  };
  const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

  /** Uses models until they fail too often. */
  const use = async (signal: AbortSignal): Promise<void> => {
    models = await options.open(signal);
    failures = 0;
    say(null);
    wakeAll();
    try {
      await new Promise<void>((resolve) => {
        giveUp = resolve;
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      const closing = models;
      models = null;
      await closing.close();
    }
  };

  return {
    current: () => models,
    ready: async (signal) => {
      const wake = (): void => wakeAll();
      signal.addEventListener("abort", wake, { once: true });
      while (models === null && !signal.aborted && !isOver)
        await new Promise<void>((resolve) => waiting.add(resolve));
      signal.removeEventListener("abort", wake);
      return signal.aborted ? null : models;
    },
    worked: () => {
      failures = 0;
      say(null);
    },
    failed: (cause) => {
      failures += 1;
      // One failure is the worker's own business, who starts again by itself.
      if (failures < mostFailures) return;
      say(wordsOf(cause));
      log.error({ cause }, "the models failed again and again; they are opened anew");
      giveUp();
    },
    problem: () => problem,
    run: async (signal) => {
      try {
        for (let attempt = 0; !signal.aborted; attempt += 1) {
          try {
            await use(signal);
            attempt = 0;
          } catch (cause) {
            if (signal.aborted) return;
            if (options.mustOpen) throw cause;
            say(wordsOf(cause));
            log.error(
              { cause },
              "the models cannot be opened; cameras and recorder go on, it is tried again",
            );
          }
          const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(attempt, 10));
          if (!signal.aborted) await clock.sleep(restMs, signal).catch(() => undefined);
        }
      } finally {
        isOver = true;
        wakeAll();
      }
    },
  };
}

// Opens and keeps a worker that runs models: starts it again when it is lost, opens its models again, and says how it is.

import { type Clock, createSystemClock } from "../device/clock.ts";
import type { Box } from "../device/detection.ts";
import type { Log } from "../device/log.ts";
import { histogramSize, histogramSpace } from "./colour-histogram.ts";
import { embeddingSpace } from "./embedder.ts";
import type { Model } from "./manifest.ts";
import { preparePictureDecoding } from "./picture.ts";
import { type Session, type StartThread, startSession } from "./session.ts";
import type { Question } from "./session-messages.ts";
import {
  type Describer,
  type Detector,
  ModelError,
  type Picture,
  type Vision,
  type VisionStatus,
} from "./vision.ts";

export type CreateVisionOptions = {
  readonly log: Log;
  /** Not given: the machine's. */
  readonly clock?: Pick<Clock, "sleep">;
  /** Threads of one run; 0: as many as there are cores. */
  readonly threads: number;
  /** A run that takes longer is given up, and its worker replaced, ms. */
  readonly timeoutMs: number;
  /** Not given: a worker thread of this program. */
  readonly startThread?: StartThread;
};

/** Opening reads, checks and optimises a file, which takes its time on a small machine, ms. */
const leastOpenTimeoutMs = 120_000;

/** After so many losses without an answer in between, somebody should look. */
const failedAfter = 3;

type KeptModel = { readonly key: number; readonly model: Model };

/** Life: create → open and ask … → close. The worker starts with the first model. */
export function createVision(options: CreateVisionOptions): Vision {
  const { log, timeoutMs, threads, startThread, clock = createSystemClock() } = options;
  const stop = new AbortController();
  const kept: KeptModel[] = [];
  const opened = new WeakMap<Session, Map<number, Promise<void>>>();
  let current: Session | null = null;
  let starting: Promise<Session> | null = null;
  let restarts = 0;
  let lossesInARow = 0;
  let isAnswering = true;
  let problem: string | null = null;

  preparePictureDecoding();

  const session = (): Promise<Session> => {
    if (stop.signal.aborted) return Promise.reject(new ModelError("Expected open models, got closed ones"));
    starting ??= start();
    return starting;
  };

  const start = async (): Promise<Session> => {
    const waitMs = restartWaitMs(lossesInARow);
    if (waitMs > 0) await clock.sleep(waitMs, stop.signal);
    stop.signal.throwIfAborted();
    const started = startSession({ clock, threads, startThread });
    opened.set(started, new Map());
    current = started;
    void started.lost.then((reason) => {
      if (reason !== null) replace(reason);
    });
    return started;
  };

  /** Starts another worker at once, so that it is ready for the next picture. */
  const replace = (reason: string): void => {
    current = null;
    starting = null;
    isAnswering = false;
    restarts += 1;
    lossesInARow += 1;
    problem = reason;
    log.warn({ restarts }, `models: ${reason}; starting the worker again`);
    void reopen().catch((cause: unknown) => {
      if (!stop.signal.aborted) log.warn({ cause }, "models: the worker could not be started again");
    });
  };

  const reopen = async (): Promise<void> => {
    const started = await session();
    for (const each of kept)
      await open(started, each).catch((cause: Error) => {
        // Told again when somebody asks for it.
        problem = cause.message;
        if (!stop.signal.aborted) log.warn({ model: each.model.manifest.id }, `models: ${cause.message}`);
      });
  };

  /** Opens a model in a worker once; one that failed is tried again. */
  const open = (started: Session, { key, model }: KeptModel): Promise<void> => {
    const there = opened.get(started)!;
    const before = there.get(key);
    if (before !== undefined) return before;
    const about = model.manifest.id;
    const opening = started
      .ask({ kind: "open", key, model }, { about, timeoutMs: Math.max(leastOpenTimeoutMs, timeoutMs) })
      .then(() => undefined);
    there.set(key, opening);
    opening.catch(() => there.delete(key));
    return opening;
  };

  const keep = async (model: Model): Promise<KeptModel> => {
    const each = { key: nextKey++, model };
    await open(await session(), each);
    kept.push(each);
    return each;
  };
  let nextKey = 1;

  const ask = async <Q extends Exclude<Question, { kind: "open" | "version" }>>(
    question: Q,
    {
      about,
      model,
      signal,
    }: { readonly about: string; readonly model?: KeptModel; readonly signal: AbortSignal },
  ) => {
    const started = await untilAborted(session(), signal);
    if (model !== undefined) await untilAborted(open(started, model), signal);
    const answer = await started.ask(question, { about, timeoutMs, signal });
    isAnswering = true;
    lossesInARow = 0;
    return answer;
  };

  return {
    openDetector: async (model): Promise<Detector> => {
      expectTask(model, "detect");
      const each = await keep(model);
      const about = model.manifest.id;
      return {
        model,
        detect: (picture, { signal, score = null }) =>
          ask({ kind: "detect", key: each.key, picture, score }, { about, model: each, signal }),
      };
    },
    openEmbedder: async (model): Promise<Describer> => {
      expectTask(model, "embed");
      const space = embeddingSpace(model.manifest);
      const each = await keep(model);
      return {
        space,
        size: model.manifest.embedding!.size,
        describe: (picture: Picture, boxes: readonly Box[], { signal }) =>
          ask(
            { kind: "embed", key: each.key, picture, boxes },
            { about: model.manifest.id, model: each, signal },
          ),
      };
    },
    openHistogram: async (): Promise<Describer> => ({
      space: histogramSpace,
      size: histogramSize,
      describe: (picture, boxes, { signal }) =>
        ask({ kind: "histogram", picture, boxes }, { about: "colour histogram", signal }),
    }),
    hash: (picture, { signal }) => ask({ kind: "hash", picture }, { about: "picture hashes", signal }),
    status: (): VisionStatus => ({ state: stateOf(), restarts, problem }),
    close: async () => {
      stop.abort(new ModelError("Expected open models, got closed ones"));
      await current?.close();
    },
  };

  function stateOf(): VisionStatus["state"] {
    if (lossesInARow >= failedAfter) return "failed";
    if (!isAnswering) return "starting";
    return current?.isBusy() ? "busy" : "idle";
  }
}

/** None after the first loss, then doubling up to half a minute, ms. */
function restartWaitMs(lossesInARow: number): number {
  return lossesInARow < 2 ? 0 : Math.min(30_000, 500 * 2 ** (lossesInARow - 2));
}

function expectTask({ manifest, file }: Model, task: "detect" | "embed"): void {
  if (manifest.task !== task)
    throw new ModelError(`${file}: Expected a model that can ${task}, got one that can ${manifest.task}`);
}

/** @throws the signal's reason when it aborts first; the promise goes on. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

// Opens and keeps a worker that runs models: starts it again when it is lost, opens its models again, and says how it is.

import { type Clock, createSystemClock } from "../device/clock.ts";
import type { Box } from "../device/detection.ts";
import type { Log } from "../device/log.ts";
import { histogramSize, histogramSpace } from "./colour-histogram.ts";
import { embeddingSpace } from "./embedder.ts";
import type { Model, ModelManifest } from "./manifest.ts";
import { preparePictureDecoding } from "./picture.ts";
import type { Session, StartThread } from "./session.ts";
import { keepSession } from "./session-keeper.ts";
import type { Question } from "./session-messages.ts";
import {
  type Describer,
  type Detector,
  ModelError,
  type Picture,
  type Steerer,
  type Vision,
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

type KeptModel = { readonly key: number; readonly model: Model };

/** Life: create → open and ask … → close. The worker starts with the first model. */
export function createVision(options: CreateVisionOptions): Vision {
  const { log, timeoutMs, threads, startThread, clock = createSystemClock() } = options;
  const kept: KeptModel[] = [];
  const opened = new WeakMap<Session, Map<number, Promise<void>>>();
  let nextKey = 1;

  preparePictureDecoding();

  const reopen = async (session: Session): Promise<void> => {
    for (const each of kept)
      await open(session, each).catch((cause: Error) => {
        // Told again when somebody asks for it.
        keeper.noteProblem(cause.message);
        log.warn({ model: each.model.manifest.id }, `models: ${cause.message}`);
      });
  };

  const keeper = keepSession({ log, clock, threads, startThread, onReplacement: reopen });

  /** Opens a model in a worker once; one that failed is tried again. */
  const open = (started: Session, { key, model }: KeptModel): Promise<void> => {
    const there = opened.get(started) ?? new Map<number, Promise<void>>();
    opened.set(started, there);
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
    await open(await keeper.session(), each);
    kept.push(each);
    return each;
  };

  const ask = async <Q extends Exclude<Question, { kind: "open" | "version" }>>(
    question: Q,
    {
      about,
      model,
      signal,
    }: { readonly about: string; readonly model?: KeptModel; readonly signal: AbortSignal },
  ) => {
    const started = await untilAborted(keeper.session(), signal);
    if (model !== undefined) await untilAborted(open(started, model), signal);
    const answer = await started.ask(question, { about, timeoutMs, signal });
    keeper.noteAnswer();
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
    openSteerer: async (model): Promise<Steerer> => {
      expectTask(model, "steer");
      const each = await keep(model);
      const about = model.manifest.id;
      return {
        model,
        steer: (picture, { signal }) =>
          ask({ kind: "steer", key: each.key, picture }, { about, model: each, signal }),
      };
    },
    openHistogram: async (): Promise<Describer> => ({
      space: histogramSpace,
      size: histogramSize,
      describe: (picture, boxes, { signal }) =>
        ask({ kind: "histogram", picture, boxes }, { about: "colour histogram", signal }),
    }),
    hash: (picture, { signal }) => ask({ kind: "hash", picture }, { about: "picture hashes", signal }),
    status: keeper.status,
    close: keeper.close,
  };
}

function expectTask({ manifest, file }: Model, task: ModelManifest["task"]): void {
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

// What a detector costs on this machine, by stage, and what the program adds to it: the whole way of a picture against a loop that only
// decodes the JPEG and runs the graph, measured in turns in one run.
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore, type Store } from "../../device/store/store.ts";
import { createVision } from "../../models/create-vision.ts";
import type { Model } from "../../models/manifest.ts";
import { decodePicture } from "../../models/picture.ts";
import { startSession } from "../../models/session.ts";
import type { Detector, Picture } from "../../models/vision.ts";
import { createFrameMaker } from "../bench/frames.ts";
import { median } from "../bench/median.ts";
import { createDeliveryPlan } from "../deliveries.ts";

export type ModelBench = {
  readonly model: string;
  readonly threads: number;
  readonly pictures: number;
  /** Milliseconds, medians: other work on the machine makes means wander. */
  readonly stagesMs: Readonly<
    Record<"decode" | "preprocess" | "infer" | "decodeBoxes" | "suppress" | "store", number>
  >;
  /** A loop that decodes and runs the graph, nothing else: a picture, and the run in it. */
  readonly bareMs: number;
  readonly bareInferMs: number;
  /** One picture after the other, from JPEG to the store. */
  readonly endToEndMs: number;
  /** endToEndMs / bareMs; the goal is 1.25. */
  readonly endToEndRatio: number;
  /** Pictures a second when the next is decoded while one is looked at. */
  readonly pipelinedFps: number;
  /** pipelinedFps against the slower of decoding and looking, alone; the goal is 0.9. */
  readonly pipelinedRatio: number;
  /** 99th percentile of how late the main thread was meanwhile, ms; the goal is 10. */
  readonly mainThreadP99Ms: number;
  readonly rssMb: number;
};

export type ModelBenchOptions = {
  readonly model: Model;
  readonly threads: number;
  readonly pictures: readonly Uint8Array[];
  /** Pictures a round; three rounds count. */
  readonly runs: number;
  readonly work: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

const rounds = 3;
const timeoutMs = 600_000;

/** Measures a detector. @throws ModelError when it cannot run. */
export async function benchModel(options: ModelBenchOptions): Promise<ModelBench> {
  const { model, threads, pictures, runs, clock, log, signal } = options;
  const session = startSession({ threads, clock });
  const vision = createVision({ log, clock, threads, timeoutMs });
  const store = openStore({ directory: join(options.work, model.manifest.id), clock, log });
  try {
    const about = model.manifest.id;
    await session.ask({ kind: "open", key: 1, model }, { about, timeoutMs, signal });
    const detector = await vision.openDetector(model);
    // Code is compiled and caches are filled before anything counts.
    await session.ask({ kind: "time", key: 1, pictures, runs: 5 }, { about, timeoutMs, signal });
    const endToEnd = createEndToEnd({ detector, store, clock });
    await endToEnd.oneByOne(pictures, 5, signal);
    const figures = {
      bare: [] as number[],
      bareInfer: [] as number[],
      one: [] as number[],
      pipelined: [] as number[],
      store: [] as number[],
    };
    const stages = {
      read: [] as number[],
      preprocess: [] as number[],
      infer: [] as number[],
      decode: [] as number[],
      suppress: [] as number[],
    };
    const delay = monitorEventLoopDelay({ resolution: 1 });
    for (let round = 0; round < rounds; round += 1) {
      signal.throwIfAborted();
      const times = await session.ask({ kind: "time", key: 1, pictures, runs }, { about, timeoutMs, signal });
      figures.bare.push(median(times.bare.read.map((read, run) => read + times.bare.infer[run]!)));
      figures.bareInfer.push(median(times.bare.infer));
      for (const stage of ["read", "preprocess", "infer", "decode", "suppress"] as const)
        stages[stage].push(median(times.stages[stage]));
      figures.store.push(await endToEnd.storeOnly(pictures, runs));
      figures.one.push(await endToEnd.oneByOne(pictures, runs, signal));
      delay.enable();
      figures.pipelined.push(await endToEnd.pipelined(pictures, runs, signal));
      delay.disable();
    }
    const decode = median(stages.read);
    const bareMs = median(figures.bare);
    const looking =
      median(stages.preprocess) + median(stages.infer) + median(stages.decode) + median(stages.suppress);
    const one = median(figures.one);
    const pipelined = median(figures.pipelined);
    return {
      model: about,
      threads,
      pictures: runs,
      stagesMs: {
        decode,
        preprocess: median(stages.preprocess),
        infer: median(stages.infer),
        decodeBoxes: median(stages.decode),
        suppress: median(stages.suppress),
        store: median(figures.store),
      },
      bareMs,
      bareInferMs: median(figures.bareInfer),
      endToEndMs: one,
      endToEndRatio: one / bareMs,
      pipelinedFps: 1000 / pipelined,
      pipelinedRatio: Math.max(decode, looking) / pipelined,
      mainThreadP99Ms: delay.percentile(99) / 1e6,
      rssMb: process.memoryUsage.rss() / 1e6,
    };
  } finally {
    await session.close();
    await vision.close();
    await store.close();
  }
}

/** The whole way of a picture; each way of going it gives milliseconds a picture. */
function createEndToEnd({ detector, store, clock }: { detector: Detector; store: Store; clock: Clock }) {
  const plan = createDeliveryPlan({ pictureTargets: [], labelTargets: [], eventTargets: [], holdBackMs: 0 });
  const make = createFrameMaker({ event: "bench", plan, clock, isTaken: store.frames.has });
  const model = detector.model.manifest.id;

  /** Not waited for, as a camera does not wait: the store groups what comes and settles at the end. */
  const keep = (bytes: Uint8Array, found: Awaited<ReturnType<Detector["detect"]>>): Promise<void> => {
    const entry = make(bytes);
    const { imgId } = entry.frame;
    return store.keep({
      ...entry,
      labels: [],
      detections: found.map((each, index) => ({ imgId, model, index, ...each })),
    });
  };
  const perPicture = async (runs: number, work: () => Promise<void>): Promise<number> => {
    const from = performance.now();
    await work();
    await store.settle();
    return (performance.now() - from) / runs;
  };

  return {
    storeOnly: (pictures: readonly Uint8Array[], runs: number) =>
      perPicture(runs, async () => {
        await Promise.all(
          Array.from({ length: runs }, (_, run) => keep(pictures[run % pictures.length]!, [])),
        );
      }),
    oneByOne: async (pictures: readonly Uint8Array[], runs: number, signal: AbortSignal) => {
      const kept: Promise<void>[] = [];
      const times: number[] = [];
      for (let run = 0; run < runs; run += 1) {
        const from = performance.now();
        const bytes = pictures[run % pictures.length]!;
        kept.push(keep(bytes, await detector.detect(await decodePicture(bytes), { signal })));
        times.push(performance.now() - from);
      }
      await Promise.all(kept);
      return median(times);
    },
    pipelined: (pictures: readonly Uint8Array[], runs: number, signal: AbortSignal) =>
      perPicture(runs, async () => {
        const kept: Promise<void>[] = [];
        let looking: Promise<void> = Promise.resolve();
        let next: Promise<Picture> = decodePicture(pictures[0]!);
        for (let run = 0; run < runs; run += 1) {
          const picture = await next;
          const bytes = pictures[run % pictures.length]!;
          if (run + 1 < runs) next = decodePicture(pictures[(run + 1) % pictures.length]!);
          const before = looking;
          const found = detector.detect(picture, { signal });
          looking = found.then((each) => {
            kept.push(keep(bytes, each));
          });
          // One is looked at, one is decoded; a third would only take memory.
          await before;
        }
        await looking;
        await Promise.all(kept);
      }),
  };
}

/** The figures for a person. */
export function describeModelBench(bench: ModelBench): string {
  const { stagesMs: ms } = bench;
  const n = (value: number): string => value.toFixed(2);
  return [
    `${bench.model}, ${bench.threads} thread${bench.threads === 1 ? "" : "s"}, ${bench.pictures} pictures a round`,
    `  ms: decode ${n(ms.decode)}, preprocess ${n(ms.preprocess)}, infer ${n(ms.infer)} (bare ${n(bench.bareInferMs)}), boxes ${n(ms.decodeBoxes)}, suppress ${n(ms.suppress)}, store ${n(ms.store)}`,
    `  end to end ${n(bench.endToEndMs)} ms, ${bench.endToEndRatio.toFixed(2)} times a loop that only decodes and runs the graph (${n(bench.bareMs)} ms; goal: at most 1.25)`,
    `  pipelined ${bench.pipelinedFps.toFixed(1)} pictures a second, ${bench.pipelinedRatio.toFixed(2)} of the slower stage alone (goal: at least 0.9)`,
    `  main thread late by ${n(bench.mainThreadP99Ms)} ms in the 99th percentile (goal: below 10); RSS ${bench.rssMb.toFixed(0)} MB`,
  ].join("\n");
}

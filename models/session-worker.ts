// The worker thread that runs models, and the only importer of onnxruntime-node: its runs are synchronous and would stop everything
// else in the thread they are in. Answers every question in its turn; a question that cannot be done does not end it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { describeColours } from "./colour-histogram.ts";
import type { Tensor } from "./detectors/decoder.ts";
import { decoderOf } from "./detectors/decoders.ts";
import { createEmbedder, type Describe } from "./embedder.ts";
import { createDetect, type Detect, type Stage } from "./found-boxes.ts";
import type { Feed, Graph, Port } from "./graph.ts";
import { hashPicture } from "./hashes/hash-picture.ts";
import type { Model } from "./manifest.ts";
import { decodePicture } from "./picture.ts";
import type {
  Answers,
  DetectorTimes,
  FromWorker,
  PackedQuestion,
  SentPicture,
  ToWorker,
  WorkerSettings,
} from "./session-messages.ts";
import { createSteer, type Steer } from "./steer.ts";
import { ModelError, type Picture } from "./vision.ts";

type Runtime = typeof import("onnxruntime-node");

type Opened = {
  readonly graph: Graph;
  readonly detect: Detect | null;
  readonly describe: Describe | null;
  readonly steer: Steer | null;
};

// The thread's whole work; the file does nothing when something else imports it.
if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);

function serve(port: MessagePort, settings: WorkerSettings): void {
  const answer = createAnswerer(settings);
  let turn: Promise<void> = Promise.resolve();
  const take = async (message: ToWorker): Promise<void> => {
    if (message.id === null) {
      await answer.close();
      return port.postMessage({ id: null } satisfies FromWorker);
    }
    const { id, question } = message;
    try {
      const given = await answer.to(question);
      const spare = answer.takeSpare();
      const done: FromWorker = { id, answer: given, spare };
      port.postMessage(done, spare === null ? [] : [spare]);
    } catch (cause) {
      port.postMessage({ id, problem: firstLine(cause) } satisfies FromWorker);
    }
  };
  port.on("message", (message: ToWorker) => {
    turn = turn.then(() => take(message));
  });
}

function createAnswerer(settings: WorkerSettings) {
  const models = new Map<number, Opened>();
  let lastPicture: { readonly memory: ArrayBuffer; readonly picture: Picture } | null = null;
  let spare: ArrayBuffer | null = null;

  const pictureOf = ({ width, height, pixels }: SentPicture): Picture => {
    if (pixels !== null) {
      spare = lastPicture?.memory ?? null;
      lastPicture = { memory: pixels, picture: { width, height, pixels: new Uint8Array(pixels) } };
    }
    return lastPicture!.picture;
  };

  const to = async (question: PackedQuestion): Promise<Answers[keyof Answers]> => {
    switch (question.kind) {
      case "version": {
        const { env } = await loadRuntime();
        return env.versions.node ?? env.versions.common;
      }
      case "open": {
        await models.get(question.key)?.graph.close();
        models.set(question.key, await openModel(question.model, settings));
        return null;
      }
      case "detect": {
        const picture = pictureOf(question.picture);
        return await models.get(question.key)!.detect!(picture, question.score);
      }
      case "embed": {
        const picture = pictureOf(question.picture);
        return await models.get(question.key)!.describe!(picture, question.boxes);
      }
      case "steer":
        return await models.get(question.key)!.steer!(pictureOf(question.picture));
      case "histogram":
        return describeColours(pictureOf(question.picture), question.boxes);
      case "time":
        return await timeDetector(models.get(question.key)!, question);
      case "hash":
        return hashPicture(pictureOf(question.picture));
    }
  };

  return {
    to,
    takeSpare: (): ArrayBuffer | null => {
      const taken = spare;
      spare = null;
      return taken;
    },
    close: async () => {
      for (const { graph } of models.values()) await graph.close();
      models.clear();
    },
  };
}

async function loadRuntime(): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new ModelError(`The inference runtime cannot be loaded: ${firstLine(cause)}`, { cause });
  }
}

/** Opens a model and runs it once: what comes out is known to fit, and the first real picture is not the slow one. */
async function openModel(model: Model, settings: WorkerSettings): Promise<Opened> {
  const { manifest, file } = model;
  const graph = await openGraph(model, await loadRuntime(), settings);
  try {
    if (manifest.task === "embed") {
      const describe = createEmbedder(graph, model);
      await describe(trialPicture(), [{ left: 0, top: 0, right: 1, bottom: 1 }]);
      return { graph, detect: null, describe, steer: null };
    }
    if (manifest.task === "steer") {
      const steer = createSteer(graph, model);
      await steer(trialPicture());
      return { graph, detect: null, describe: null, steer };
    }
    if (manifest.family === null) throw new ModelError(`${file}: Expected a detector of a known family`);
    const detect = createDetect(graph, model, decoderOf(manifest.family));
    await detect(trialPicture(), null);
    return { graph, detect, describe: null, steer: null };
  } catch (cause) {
    await graph.close();
    throw cause;
  }
}

async function timeDetector(
  { graph, detect }: Opened,
  { pictures, runs }: { readonly pictures: readonly Uint8Array[]; readonly runs: number },
): Promise<DetectorTimes> {
  const stages = { read: [], preprocess: [], infer: [], decode: [], suppress: [] } as Record<
    Stage | "read",
    number[]
  >;
  const bare = { read: [] as number[], infer: [] as number[] };
  let feeds: Parameters<Graph["run"]>[0] = {};
  let from = performance.now();
  const lapInto = (times: number[]): void => {
    const now = performance.now();
    times.push(now - from);
    from = now;
  };
  const measure = {
    lap: (stage: Stage) => lapInto(stages[stage]),
    onFeeds: (given: typeof feeds) => {
      feeds = given;
    },
  };
  for (let run = 0; run < runs; run += 1) {
    from = performance.now();
    const picture = await decodePicture(pictures[run % pictures.length]!);
    lapInto(stages.read);
    await detect!(picture, null, measure);
  }
  for (let run = 0; run < runs; run += 1) {
    from = performance.now();
    await decodePicture(pictures[run % pictures.length]!);
    lapInto(bare.read);
    await graph.run(feeds);
    lapInto(bare.infer);
  }
  return { stages, bare };
}

/** Small, and not the same everywhere: a vector of it has a direction. */
function trialPicture(): Picture {
  const [width, height] = [16, 16];
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 37) % 200);
  return { width, height, pixels };
}

async function openGraph(
  { manifest, file }: Model,
  runtime: Runtime,
  settings: WorkerSettings,
): Promise<Graph> {
  const bytes = await readModelFile(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== manifest.sha256)
    throw new ModelError(`${file}: Expected sha256 ${manifest.sha256}, got ${sha256}`);
  let session: InferenceSession;
  try {
    // The bytes that were checked, not the file once more.
    session = await runtime.InferenceSession.create(bytes, {
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      // What goes wrong is told by errors; the runtime would write it to stderr as well.
      logSeverityLevel: 4,
      // Threads that spin between pictures cost heat, and the recorder its cores.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  } catch (cause) {
    throw new ModelError(`${file}: not a model that can be run here: ${firstLine(cause)}`, { cause });
  }
  return {
    inputs: session.inputMetadata.map(portOf),
    outputs: session.outputMetadata.map(portOf),
    run: async (feeds) => {
      const tensors = Object.entries(feeds).map(([name, feed]) => [name, toRuntime(feed, runtime)] as const);
      try {
        const outputs = await session.run(Object.fromEntries(tensors), { logSeverityLevel: 4 });
        return new Map(Object.entries(outputs).flatMap(([name, tensor]) => fromRuntime(name, tensor)));
      } catch (cause) {
        throw new ModelError(`${file}: the model cannot be run: ${firstLine(cause)}`, { cause });
      }
    },
    close: () => session.release(),
  };
}

async function readModelFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new ModelError(`${file}: cannot be read: ${firstLine(cause)}`, { cause });
  }
}

function portOf(metadata: InferenceSession.ValueMetadata): Port {
  if (!metadata.isTensor) return { name: metadata.name, type: "not a tensor", dims: [] };
  return { name: metadata.name, type: metadata.type, dims: metadata.shape };
}

function toRuntime({ data, dims }: Feed, { Tensor: Created }: Runtime): RuntimeTensor {
  if (data instanceof Float32Array) return new Created("float32", data, dims);
  if (data instanceof Uint8Array) return new Created("uint8", data, dims);
  if (data instanceof Int32Array) return new Created("int32", data, dims);
  return new Created("int64", data, dims);
}

/** Outputs of kinds that nothing here reads (text, bits) are left out. */
function fromRuntime(name: string, { data, dims }: RuntimeTensor): [string, Tensor][] {
  const isRead =
    data instanceof Float32Array ||
    data instanceof Int32Array ||
    data instanceof Uint8Array ||
    data instanceof BigInt64Array;
  return isRead ? [[name, { dims, data }]] : [];
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.trim();
}

// How well a detector finds, or individuals are told apart, on a labelled folder.
//   npx outrider models eval --detector animal-v1 --folder raccoons --format voc --ingest
//   npx outrider models eval --identity --folder ATRW
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { storeFolder } from "../agent/folders.ts";
import { type DatasetFormat, datasetFormats, namingSourceOf, sourceOf } from "../agent/ingest/datasets.ts";
import { createPictureReader } from "../agent/ingest/picture-reader.ts";
import { hasRoom } from "../agent/ingest/room.ts";
import { createLog } from "../agent/log.ts";
import { describeDetectorEvaluation, evalDetector } from "../agent/models/eval-detector.ts";
import { describeGoldenEvaluation, evalGolden } from "../agent/models/eval-golden.ts";
import { describeIdentityEvaluation, evalIdentity } from "../agent/models/eval-identity.ts";
import { describeItems } from "../agent/models/eval-items.ts";
import { ingestForEval, keepDetections } from "../agent/models/eval-store.ts";
import { openCatalog } from "../agent/models/open-catalog.ts";
import { withVision } from "../agent/models/with-vision.ts";
import { createRandom } from "../device/camera/sim/seeded-random.ts";
import { createSystemClock } from "../device/clock.ts";
import { openStore } from "../device/store/store.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, numberWithin, wholeNumber, withCommonOptions } from "./options.ts";

type Options = CommonOptions & {
  readonly folder: string;
  readonly format: DatasetFormat;
  readonly detector?: string;
  readonly identity?: boolean;
  readonly golden?: string;
  readonly embedder?: string;
  readonly score?: number;
  readonly class?: readonly string[];
  readonly split: "time" | "random";
  readonly seed: number;
  readonly ingest?: boolean;
};

export function createModelsEvalCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("eval"))
    .requiredOption(
      "--folder <dir>",
      "labelled pictures: VOC, COCO, a folder for each identity, ATRW, a CSV, …",
    )
    .addOption(new Option("--format <name>", "its layout").choices(datasetFormats).default("auto"))
    .option("--detector <id>", "judge this detector (default: the one of the configuration)")
    .option("--score <n>", "the confidence a person would use (default: the manifest's)", numberWithin(0, 1))
    .option("--class <from=to>", "a class of the data and the detector's name for it", collect)
    .option("--golden <file>", "compare the best boxes with recorded ones: [{file, class, score, xyxy}]")
    .option("--identity", "judge how individuals are told apart, instead")
    .option("--embedder <id>", "the embedder judged (default: the one of the configuration)")
    .addOption(
      new Option("--split <by>", "of each individual the later pictures are asked for, or any")
        .choices(["time", "random"])
        .default("time"),
    )
    .option("--seed <n>", "of everything drawn at random", wholeNumber(0, 2 ** 31), 1)
    .option("--ingest", "bring the pictures and what was detected into the store as well")
    .action((options: Options) => {
      const judge =
        options.golden !== undefined
          ? compareGolden
          : options.identity === true
            ? judgeIdentity
            : judgeDetector;
      return judge(context, options);
    });
}

/** The least score of a reference that counts, unless --score says otherwise. */
const sureScore = 0.3;

async function compareGolden(context: VerbContext, options: Options): Promise<void> {
  const config = configOf(context, options);
  const deps = {
    log: createLog({ level: config.log.level, stream: context.stderr }),
    clock: createSystemClock(),
  };
  const model = openCatalog(config).find(options.detector ?? config.watch.detector);
  const evaluation = await withVision(config.models, deps, async (vision) =>
    evalGolden({
      detector: await vision.openDetector(model),
      golden: resolve(options.golden!),
      folder: resolve(options.folder),
      score: options.score ?? sureScore,
      signal: context.signal,
    }),
  );
  printResult(context, options.json ?? false, evaluation, describeGoldenEvaluation(evaluation));
  if (evaluation.sameClass < evaluation.pictures) context.exit(1);
}

async function judgeDetector(context: VerbContext, options: Options): Promise<void> {
  const { config, deps, source, root } = await prepare(context, options);
  const model = openCatalog(config).find(options.detector ?? config.watch.detector);
  const store = options.ingest === true ? openStore({ directory: storeFolder(config.data), ...deps }) : null;
  try {
    if (store !== null) await bringIn(context, options, { config, store, root, deps });
    const kept: Promise<void>[] = [];
    const evaluation = await withVision(config.models, deps, async (vision) =>
      evalDetector({
        detector: await vision.openDetector(model),
        source,
        root,
        ...(options.score === undefined ? {} : { score: options.score }),
        classes: Object.fromEntries((options.class ?? []).map(readClass)),
        signal: context.signal,
        onPicture: ({ bytes, found }) => {
          if (store !== null) kept.push(keepDetections(store, { bytes, model: model.manifest.id, found }));
        },
      }),
    );
    await Promise.all(kept);
    printResult(context, options.json ?? false, evaluation, describeDetectorEvaluation(evaluation));
    // Figures on nothing are no figures.
    if (evaluation.report.objects === 0) context.exit(1);
    else if (evaluation.skipped.length > 0) context.exit(3);
  } finally {
    await store?.close();
  }
}

async function judgeIdentity(context: VerbContext, options: Options): Promise<void> {
  const { config, deps, source, root } = await prepare(context, options);
  const embedder = options.embedder ?? config.watch.embedder;
  const model = embedder === null ? null : openCatalog(config).find(embedder);
  const { spaces, items, skipped } = await withVision(config.models, deps, async (vision) => {
    const describers = [
      ...(model === null ? [] : [await vision.openEmbedder(model)]),
      await vision.openHistogram(),
    ];
    const described = await describeItems({ source, root, describers, signal: context.signal });
    return { ...described, spaces: describers.map(({ space }) => space) };
  });
  const evaluation = {
    ...evalIdentity({
      data: root,
      format: source.format,
      items,
      spaces,
      by: options.split,
      random: createRandom(options.seed, "models eval"),
    }),
    skipped,
  };
  const text = [
    describeIdentityEvaluation(evaluation),
    ...(skipped.length === 0 ? [] : [`skipped ${skipped.length}:`]),
    ...skipped.slice(0, 20).map(({ what, reason }) => `  ${what}: ${reason}`),
  ].join("\n");
  printResult(context, options.json ?? false, evaluation, text);
  if (skipped.length > 0) context.exit(3);
}

async function prepare(context: VerbContext, options: Options) {
  const config = configOf(context, options);
  const root = resolve(options.folder);
  const deps = {
    log: createLog({ level: config.log.level, stream: context.stderr }),
    clock: createSystemClock(),
  };
  const isFolder = await stat(root).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new UsageError(`Expected --folder to be a folder, got ${root}`, "outrider models eval --help");
  const find = options.identity === true ? namingSourceOf : sourceOf;
  const source = await find({ name: "eval", path: root, format: options.format }, context.signal);
  if (source === null)
    throw new UsageError(
      `Expected --folder to be laid out in a way that is known, got ${root}; say which with --format`,
      "outrider models eval --help",
    );
  return { config, deps, source, root };
}

async function bringIn(
  context: VerbContext,
  { format }: Options,
  {
    config,
    store,
    root,
    deps,
  }: Pick<Awaited<ReturnType<typeof prepare>>, "config" | "root" | "deps"> & {
    readonly store: ReturnType<typeof openStore>;
  },
): Promise<void> {
  const reader = createPictureReader({ threads: Math.min(4, availableParallelism()) });
  try {
    const images = await ingestForEval({
      ...deps,
      store,
      root,
      format,
      hasRoom: () => hasRoom(store, config),
      reader,
      onWarning: (sentence) => void context.stderr.write(`Warning: ${sentence}\n`),
      onProgress: () => undefined,
      signal: context.signal,
    });
    context.stderr.write(`${images} pictures are in the store\n`);
  } finally {
    await reader.close();
  }
}

function readClass(pair: string): readonly [string, string] {
  const [from, to, ...more] = pair.split("=");
  if (!from || !to || more.length > 0)
    throw new UsageError(`Expected --class FROM=TO, got "${pair}"`, "outrider models eval --help");
  return [from, to];
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

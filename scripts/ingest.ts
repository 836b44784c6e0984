// Brings data sets of known animals into the store: who they are and which pictures show them.
//   npx outrider ingest --dataset atrw --path ATRW
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { storeFolder } from "../agent/folders.ts";
import {
  chooseDatasets,
  DatasetError,
  type DatasetFormat,
  datasetFormats,
  knownDatasets,
} from "../agent/ingest/datasets.ts";
import { type IngestResult, ingest } from "../agent/ingest/ingest.ts";
import { createPictureReader } from "../agent/ingest/picture-reader.ts";
import { describeIngest } from "../agent/ingest/report.ts";
import { hasRoom } from "../agent/ingest/room.ts";
import { createLog } from "../agent/log.ts";
import { createStatusLine } from "../agent/status-line.ts";
import { createSystemClock } from "../device/clock.ts";
import { openStore } from "../device/store/store.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

type IngestFlags = CommonOptions & {
  readonly dataset: string;
  readonly path?: string;
  readonly format: DatasetFormat;
  readonly dryRun?: boolean;
  readonly force?: boolean;
};

/** Pictures on their way from file to store at once. */
const inFlight = 96;
const drawEveryMs = 250;

export function createIngestCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("ingest"))
    .option("--dataset <name>", `${knownDatasets.join(", ")}, all, or a name of your own with --path`, "all")
    .option("--path <dir>", "its folder (default: the one of the configuration)")
    .addOption(new Option("--format <name>", "its layout").choices(datasetFormats).default("auto"))
    .option("--dry-run", "go through everything, write nothing")
    .option("--force", "read again what was ingested before, and update it in place")
    .option("--skip-existing", "leave pictures that did not change (always so, unless --force)")
    .action(async (flags: IngestFlags) => {
      const config = configOf(context, flags);
      const datasets = choose(flags, config.ingest);
      const dryRun = flags.dryRun ?? false;
      const clock = createSystemClock();
      const log = createLog({
        level: config.log.level === "warn" ? "error" : config.log.level,
        stream: context.stderr,
      });
      const directory = storeFolder(config.data);
      // A dry run must not even make an empty store.
      const store =
        dryRun && !existsSync(join(directory, "data.mdb"))
          ? null
          : openStore({
              directory,
              clock,
              log,
              readOnly: dryRun,
              commitWindowMs: config.store.commitWindowMs,
            });
      const reader = createPictureReader({ threads: Math.min(4, availableParallelism()) });
      let line: readonly string[] = ["starting"];
      const status = context.stderr.isTTY ? createStatusLine(context.stderr, () => line) : null;
      const timer = setInterval(() => status?.draw(), drawEveryMs);
      const tell = (text: string): void =>
        status === null ? void context.stderr.write(`${text}\n`) : status.print(text);
      try {
        if (dryRun) tell("Running in DRY RUN mode - no changes will be made");
        const result = await ingest({
          store,
          datasets,
          dryRun,
          force: flags.force ?? false,
          hasRoom: () => store === null || hasRoom(store, config),
          reader,
          inFlight,
          clock,
          log,
          onWarning: (sentence) => tell(`Warning: ${sentence}`),
          onProgress: ({ dataset, images }) => {
            line = [`${dataset}: ${images} pictures`];
          },
          signal: context.signal,
        });
        status?.end();
        printResult(context, flags.json ?? false, result, describeIngest(result));
        context.exit(exitCodeOf(result, flags.dataset));
      } finally {
        clearInterval(timer);
        status?.end();
        await reader.close();
        await store?.close();
      }
    });
}

function choose(flags: IngestFlags, config: Parameters<typeof chooseDatasets>[1]) {
  try {
    return chooseDatasets(flags, config);
  } catch (cause) {
    if (cause instanceof DatasetError) throw new UsageError(cause.message, "outrider ingest --help");
    throw cause;
  }
}

/** 3: some pictures could not be read. 1: nothing came of what was asked for by name. */
function exitCodeOf({ stopped, results, stats, success }: IngestResult, asked: string): 0 | 1 | 3 | 130 {
  if (stopped) return 130;
  const isDone = Object.values(results).some(({ status }) => status === "success");
  if (!success) return isDone ? 3 : 1;
  if (asked !== "all" && !isDone) return 1;
  return stats.errors > 0 ? 3 : 0;
}

// Brings data sets of known animals into the store: who they are and which pictures show them.
//   npx outrider ingest --dataset atrw --path ATRW
import { Command, Option } from "commander";
import {
  chooseDatasets,
  DatasetError,
  type DatasetFormat,
  datasetFormats,
  knownDatasets,
} from "../agent/ingest/datasets.ts";
import type { IngestResult } from "../agent/ingest/ingest.ts";
import { ingestIntoStore } from "../agent/ingest/ingest-into-store.ts";
import { describeIngest } from "../agent/ingest/report.ts";
import { createLog } from "../agent/log.ts";
import { createStatusLine } from "../agent/status-line.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

type IngestFlags = CommonOptions & {
  readonly dataset: string;
  readonly path?: string;
  readonly format: DatasetFormat;
  readonly dryRun?: boolean;
  readonly force?: boolean;
};

const drawEveryMs = 250;

export function createIngestCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("ingest"))
    .option("--dataset <name>", `${knownDatasets.join(", ")}, all, or a name of your own with --path`, "all")
    .option("--path <dir>", "its folder (default: the one of the configuration)")
    .addOption(new Option("--format <name>", "its layout").choices(datasetFormats).default("auto"))
    .option("--dry-run", "go through everything, write nothing")
    .option("--force", "read again what was ingested before, and update it in place")
    .option("--skip-existing", "leave pictures that did not change (always so, unless --force)")
    .action((flags: IngestFlags) => run(context, flags));
}

async function run(context: VerbContext, flags: IngestFlags): Promise<void> {
  const config = configOf(context, flags);
  const dryRun = flags.dryRun ?? false;
  const clock = createSystemClock();
  const { level } = config.log;
  // What is left out is named in the result; a log of it is for those who ask for one.
  const log = createLog({ level: level === "warn" ? "error" : level, stream: context.stderr });
  let line: readonly string[] = ["starting"];
  const status = context.stderr.isTTY ? createStatusLine(context.stderr, () => line) : null;
  const timer = setInterval(() => status?.draw(), drawEveryMs);
  const tell = (text: string): void =>
    status === null ? void context.stderr.write(`${text}\n`) : status.print(text);
  try {
    if (dryRun) tell("Running in DRY RUN mode - no changes will be made");
    const result = await ingestIntoStore({
      config,
      datasets: choose(flags, config.ingest),
      dryRun,
      force: flags.force ?? false,
      clock,
      log,
      onWarning: (sentence) => tell(`Warning: ${sentence}`),
      onProgress: ({ dataset, images, perSecond }) => {
        line = [`${dataset}: ${images} pictures`, `${perSecond.toFixed(0)}/s`];
      },
      signal: context.signal,
    });
    status?.end();
    printResult(context, flags.json ?? false, result, describeIngest(result));
    context.exit(exitCodeOf(result, flags.dataset));
  } finally {
    clearInterval(timer);
    status?.end();
  }
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

// Brings sequences of an alert platform into an annotation API, clustered and ready to review, or into this device's own store.
//   npx outrider import --date-from 2024-01-01 --date-end 2024-01-02
import { join } from "node:path";
import { Command, Option } from "commander";
import { createSecretHider } from "../agent/hide-secrets.ts";
import { readImportAccounts } from "../agent/import/accounts.ts";
import { withEnvironmentFile } from "../agent/import/environment-file.ts";
import { importHelp } from "../agent/import/help.ts";
import { type ImportFlags, importDefaults, readImportOptions } from "../agent/import/options.ts";
import { describeCount, describeImport, judgeImport } from "../agent/import/report.ts";
import { runImport } from "../agent/import/run-import.ts";
import { createLog, type LogLevel } from "../agent/log.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";
import { createTerminalPerson } from "./terminal-person.ts";

type Flags = CommonOptions & ImportFlags & { readonly yes?: boolean; readonly loglevel: string };

const levels: Readonly<Record<string, LogLevel>> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
};

/** Values are read with all others, so that every mistake is told at once. */
export function createImportCommand(context: VerbContext): Command {
  const is = importDefaults;
  return withCommonOptions(new Command("import"))
    .option("--date-from <day>", "first day, YYYY-MM-DD, UTC")
    .option("--date-end <day>", "last day, included (default: today, UTC)")
    .option("--url-api-platform <url>", `alert platform (default: ${is.urlApiPlatform})`)
    .option("--url-api-annotation <url>", `annotation API (default: ${is.urlApiAnnotation})`)
    .option("--detections-limit <n>", `pictures of a sequence at most (default: ${is.detectionsLimit})`)
    .option("--detections-order-by <order>", `asc or desc by creation (default: ${is.detectionsOrderBy})`)
    .option(
      "--confidence-threshold <0..1>",
      `boxes below are in no object (default: ${is.confidenceThreshold})`,
    )
    .option("--iou-threshold <0..1>", `overlap that makes boxes one object (default: ${is.iouThreshold})`)
    .option("--min-cluster-size <n>", `boxes an object needs (default: ${is.minClusterSize})`)
    .option("--strict-iou", "the overlap has to be above the threshold, not at it")
    .option("--server-clustering", "as newer servers cluster: --strict-iou, and 0 as its threshold")
    .option("--dry-run", "show what would be made; nothing is written")
    .option("--skip-platform-fetch", "only annotate what the annotation API has of those days")
    .option("--max-sequences <n>", "the first of them, oldest first; 0: all (default: 0)")
    .option("--sequence-list <ids|file>", "these sequences, by id; then no dates are needed")
    .option("--max-workers <n>", `days and sequences at once (default: ${is.maxWorkers})`)
    .option("--risk-score <class>", `fire weather to see with, or none (default: ${is.riskScore})`)
    .option("--split-objects", "one sequence an object, each with an id of its own")
    .option("--skip-boxless", "park alerts without any box")
    .option("--source-api <name>", "pyronear_french, alert_wildfire, api_cenia (default: by the platform)")
    .option("--picture-transfer <how>", `upload, url or bucket-copy (default: ${is.pictureTransfer})`)
    .option("--source-annotation-url <url>", "clone from this annotation API instead of the platform")
    .option("--clone-processing-stage <stage>", `what to clone, or all (default: ${is.cloneProcessingStage})`)
    .option("--clone-count-only", "only count what would be cloned")
    .option("--overwrite", "replace what people did, after asking")
    .option("-y, --yes", "answer every question with yes")
    .option("--to <place>", `annotation, or store: this device's own (default: ${is.to})`)
    .addOption(
      new Option("--loglevel <level>", "how much is told").choices(Object.keys(levels)).default("info"),
    )
    .addHelpText("after", `\n${importHelp}`)
    .action((flags: Flags) => run(context, flags));
}

async function run(context: VerbContext, flags: Flags): Promise<void> {
  const env = withEnvironmentFile(context.env, process.cwd());
  const clock = createSystemClock();
  const { options, problems } = readImportOptions(flags, clock.now().wallUs / 1000);
  const read = options === null ? null : readImportAccounts(options, env);
  const wrong = [...problems, ...(read?.problems ?? [])];
  if (options === null || read?.accounts == null)
    throw new UsageError(
      [
        ...wrong,
        ...(read?.problems.length
          ? [`Set them in the environment, or in ${join(process.cwd(), ".env")}`]
          : []),
      ].join("\n"),
      "outrider import --help",
    );
  const hide = createSecretHider(env);
  const person = createTerminalPerson(context, { yes: flags.yes ?? false });
  const log = createLog({ level: levels[flags.loglevel]!, stream: aboveTheBar(context), hide });
  for (const warning of read.warnings) log.warn({}, warning);
  try {
    const result = await runImport({
      options,
      accounts: read.accounts,
      config: configOf(context, flags),
      person,
      clock,
      random: Math.random,
      log,
      signal: context.signal,
    });
    const counts = options.clone?.countOnly && !result.stopped ? options.clone : null;
    const text = counts === null ? describeImport(result) : describeCount(result, counts);
    printResult(context, flags.json ?? false, result, hide(text));
    context.exit(judgeImport(result));
  } finally {
    person.close();
  }
}

/** On a terminal a line of the log takes the place of the progress bar, which is drawn again below it. */
function aboveTheBar({ stderr }: VerbContext): { readonly isTTY: boolean; write: (text: string) => unknown } {
  const isTTY = stderr.isTTY === true;
  return { isTTY, write: (text) => stderr.write(isTTY ? `\r\x1b[2K${text}` : text) };
}

// Writes the store's frames and labels as a picture folder that the existing tools read, or brings such a folder in.
//   npx outrider labels export -o pictures
import { dirname } from "node:path";
import { Command } from "commander";
import { exportFolder } from "../agent/export-folder.ts";
import { storeFolder } from "../agent/folders.ts";
import { importFolder } from "../agent/import-folder.ts";
import { createLog } from "../agent/log.ts";
import { openTargets } from "../agent/targets.ts";
import { createSystemClock } from "../device/clock.ts";
import { describeSuperseded, readLabelsFile } from "../device/labels-file.ts";
import { openStore } from "../device/store/store.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { createRenewCommand } from "./labels-renew.ts";
import { beginningOfImageId, type CommonOptions, configOf, withCommonOptions } from "./options.ts";
import { createTerminalPerson } from "./terminal-person.ts";

export function createLabelsCommand(context: VerbContext): Command {
  const command = new Command("labels");
  withCommonOptions(
    command
      .command("export")
      .description("frames and labels of the store as pictures and labels_<time>.json"),
  )
    .requiredOption("-o, --output <dir>", "picture folder (made when missing)")
    .option(
      "--since <img_id>",
      "from this img_id on (YYYYMMDDTHH-MM-SS-ffffff, or the beginning of one)",
      beginningOfImageId,
    )
    .option("--until <img_id>", "up to, not including, this img_id", beginningOfImageId)
    .action((options: CommonOptions & { output: string; since?: string; until?: string }) =>
      runExport(context, options),
    );
  withCommonOptions(
    command.command("import").description("a labels file and the pictures beside it, into the store"),
  )
    .argument("<labels.json>", "labels file; its pictures lie in the same folder")
    .action((file: string, options: CommonOptions) => runImport(context, file, options));
  return command.addCommand(createRenewCommand(context));
}

async function runExport(
  context: VerbContext,
  options: CommonOptions & { output: string; since?: string; until?: string },
): Promise<void> {
  const config = configOf(context, options);
  const clock = createSystemClock();
  const log = createLog({ level: config.log.level, stream: context.stderr });
  const store = openStore({ directory: storeFolder(config.data), clock, log, readOnly: true });
  try {
    const bounds = {
      ...(options.since === undefined ? {} : { start: options.since }),
      ...(options.until === undefined ? {} : { end: options.until }),
    };
    const result = await exportFolder({
      store,
      directory: options.output,
      frames: store.frames.range(bounds),
      wallUs: clock.now().wallUs,
      signal: context.signal,
    });
    for (const each of result.superseded) context.stderr.write(`${describeSuperseded(each)}\n`);
    for (const imgId of result.taken)
      context.stderr.write(
        `${imgId}: another picture has that name in ${options.output}; it was left alone\n`,
      );
    const text = `wrote ${result.pictures} pictures, skipped ${result.alreadyThere} (already there), failed ${result.unreadable.length + result.taken.length}; ${result.labels} labels → ${result.labelsFile ?? "no labels, so no file"}`;
    printResult(context, options.json ?? false, result, text);
    if (result.unreadable.length + result.taken.length > 0) context.exit(3);
  } finally {
    await store.close();
  }
}

async function runImport(context: VerbContext, file: string, options: CommonOptions): Promise<void> {
  const config = configOf(context, options);
  const clock = createSystemClock();
  const log = createLog({ level: config.log.level, stream: context.stderr });
  const labels = readLabelsFile(file);
  for (const note of labels.notes) context.stderr.write(`${note}\n`);
  const store = openStore({ directory: storeFolder(config.data), clock, log });
  const targets = openTargets({ config, store, clock, log, env: context.env, events: null });
  const bar = createTerminalPerson(context, { yes: true }).progress("importing", labels.documents.length);
  try {
    const result = await importFolder({
      store,
      directory: dirname(file),
      documents: labels.documents,
      plan: targets.plan,
      onProgress: bar.step,
      signal: context.signal,
    });
    bar.end();
    for (const { imgId, reason } of result.skipped) context.stderr.write(`${imgId}: ${reason}\n`);
    const text = `stored ${result.frames} frames and ${result.labels} labels, skipped ${result.alreadyThere} (already there), failed ${result.skipped.length}`;
    printResult(context, options.json ?? false, result, text);
    if (result.skipped.length > 0) context.exit(result.labels + result.alreadyThere > 0 ? 3 : 1);
  } finally {
    bar.end();
    await targets.close().finally(store.close);
  }
}

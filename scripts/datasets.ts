// Names sets of labels, lists and deletes them. Labels and pictures stay.
//   npx outrider datasets create night/labels.json --name night-2026 --comment "headlights on" --yes
import { Command } from "commander";
import {
  createDataset,
  deleteDataset,
  describeDataset,
  describeDatasets,
  judgeDataset,
} from "../agent/dataset-verbs.ts";
import { listDatasets } from "../agent/datasets.ts";
import { readLabels } from "../agent/read-labels.ts";
import { readJson } from "../agent/read-query.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type LabelOptions, withAskingOptions, withIndexOption, withLabelWork } from "./label-options.ts";

type CreateFlags = LabelOptions & {
  readonly name?: string;
  readonly comment?: string;
  readonly date?: string;
  readonly query?: string;
  readonly overwriteFile?: boolean;
};

export function createDatasetsCommand(context: VerbContext): Command {
  return new Command("datasets")
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(deleteCommand(context));
}

function createCommand(context: VerbContext): Command {
  return withAskingOptions(withIndexOption(new Command("create")))
    .description("add a data set to the labels of a labels file; asks for what is not given")
    .argument("<labels-file>", "labels.json, as search writes it")
    .option("--name <name>", "name of the data set")
    .option("--comment <text>", "what it is for")
    .option("--date <date>", "YYYYMMDDTHH-MM-SS-ffffff (default: now)")
    .option("-q, --query <file>", "query file that found the labels, kept with the data set")
    .option("-o, --overwrite-file", "write the data set into the labels file too")
    .action(async (path: string, flags: CreateFlags) => {
      const file = readLabels(path);
      const query = flags.query === undefined ? null : readJson(flags.query);
      const { name, comment, date } = flags;
      await withLabelWork(context, flags, { bucket: false }, async ({ backends, person, nowUs }) => {
        const result = await createDataset({
          file,
          draft: { name, comment, date, query },
          interactive: !(flags.yes || flags.dryRun),
          rewriteFile: flags.overwriteFile ?? false,
          dryRun: flags.dryRun ?? false,
          index: backends.index,
          person,
          nowUs,
          signal: context.signal,
        });
        printResult(context, flags.json ?? false, result, describeDataset(result, "created"));
        context.exit(judgeDataset(result));
      });
    });
}

function listCommand(context: VerbContext): Command {
  return withIndexOption(new Command("list"))
    .description("every data set with the number of its labels and pictures")
    .action(async (flags: LabelOptions) => {
      await withLabelWork(context, flags, { bucket: false }, async ({ backends }) => {
        const datasets = await listDatasets(backends.index, context.signal);
        printResult(context, flags.json ?? false, datasets, describeDatasets(datasets));
      });
    });
}

function deleteCommand(context: VerbContext): Command {
  return withAskingOptions(withIndexOption(new Command("delete")))
    .description("take the data set of exactly this name off its labels")
    .argument("<name>", "name of the data set")
    .action(async (name: string, flags: LabelOptions) => {
      await withLabelWork(context, flags, { bucket: false }, async ({ backends, person }) => {
        const result = await deleteDataset(name, {
          index: backends.index,
          dryRun: flags.dryRun ?? false,
          person,
          signal: context.signal,
        });
        printResult(context, flags.json ?? false, result, describeDataset(result, "deleted"));
        context.exit(judgeDataset(result));
      });
    });
}

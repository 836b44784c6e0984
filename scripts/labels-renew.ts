// Gives the labels of an edited labels file the fingerprints of what they say now, in a new file.
//   npx outrider labels renew edited.json --created-by alice
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { readLabels } from "../agent/read-labels.ts";
import { describeRenewal, renewLabels } from "../agent/renew-labels.ts";
import { createSystemClock } from "../device/clock.ts";
import { newLabelsPath, rewriteLabelsFile } from "../device/labels-file.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, withCommonOptions } from "./options.ts";

type RenewFlags = CommonOptions & { readonly createdBy?: string; readonly outputFile?: string };

export function createRenewCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("renew"))
    .description("fingerprints of an edited labels file computed anew, into a new file")
    .argument("<labels-file>", "labels.json that was edited; it stays as it is")
    .option("--created-by <name>", "also set created_by, and created_on_date to now")
    .option("-o, --output-file <file>", "where to (default: labels_<time>.json beside it)")
    .action((path: string, flags: RenewFlags) => {
      const file = readLabels(path);
      const nowUs = createSystemClock().now().wallUs;
      const result = renewLabels({ documents: file.documents, createdBy: flags.createdBy ?? null, nowUs });
      const written = resolve(flags.outputFile ?? newLabelsPath(dirname(path), nowUs));
      rewriteLabelsFile(written, file.shape, result.documents);
      const { documents, ...counts } = result;
      const json = { labels: documents.length, ...counts, labelsFile: written };
      printResult(context, flags.json ?? false, json, describeRenewal(result, written));
    });
}

// Deletes the labels of a labels file from the index; their pictures stay.
//   npx outrider delete-labels old_labels.json --dry-run
import { Command } from "commander";
import { deleteOnlyLabels, describeLabelDeletion, judgeLabelDeletion } from "../agent/delete-only-labels.ts";
import { readLabels } from "../agent/read-labels.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type LabelOptions, withAskingOptions, withIndexOption, withLabelWork } from "./label-options.ts";

export function createDeleteLabelsCommand(context: VerbContext): Command {
  return withAskingOptions(withIndexOption(new Command("delete-labels")))
    .argument("<labels-file>", "labels.json with the labels to delete")
    .action(async (path: string, flags: LabelOptions) => {
      const { documents } = readLabels(path);
      await withLabelWork(context, flags, { bucket: false }, async ({ backends, person }) => {
        const result = await deleteOnlyLabels({
          documents,
          index: backends.index,
          dryRun: flags.dryRun ?? false,
          person,
          signal: context.signal,
        });
        printResult(context, flags.json ?? false, result, describeLabelDeletion(result));
        context.exit(judgeLabelDeletion(result));
      });
    });
}

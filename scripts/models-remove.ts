// Removes a model that was added; those that are shipped stay.
//   npx outrider models remove yolox-nano --yes
import { Command } from "commander";
import { modelsFolder, openCatalog } from "../agent/models/open-catalog.ts";
import { describeRemoved, removeModel } from "../agent/models/remove.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

type Flags = CommonOptions & { readonly yes?: boolean; readonly dryRun?: boolean };

export function createModelsRemoveCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("remove"))
    .argument("<id>", "the model")
    .option("-y, --yes", "really remove it")
    .option("--dry-run", "say what would be removed (the default)")
    .action(async (id: string, options: Flags) => {
      const config = configOf(context, options);
      const removed = await removeModel(openCatalog(config), id, {
        folder: modelsFolder(config),
        watch: config.watch,
        drive: config.drive,
        dryRun: options.dryRun === true || options.yes !== true,
      });
      printResult(context, options.json ?? false, removed, describeRemoved(removed));
    });
}

// Lists the models that can be used here.
//   npx outrider models list --json
import { Command } from "commander";
import { describeModels, listModels } from "../agent/models/list.ts";
import { openCatalog } from "../agent/models/open-catalog.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

export function createModelsListCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("list")).action(async (options: CommonOptions) => {
    const list = await listModels(openCatalog(configOf(context, options)));
    printResult(context, options.json ?? false, list, describeModels(list));
    if (list.problems.length > 0 || list.models.some((model) => model.state !== "ok")) context.exit(3);
  });
}

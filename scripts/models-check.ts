// Runs models on their golden pictures and compares with what the reference said.
//   npx outrider models check animal-v1
import { Command } from "commander";
import { createLog } from "../agent/log.ts";
import { checkModels, describeChecks } from "../agent/models/check.ts";
import { openCatalog } from "../agent/models/open-catalog.ts";
import { withVision } from "../agent/models/with-vision.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

export function createModelsCheckCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("check"))
    .argument("[id...]", "models to check (default: all)")
    .action(async (ids: string[], options: CommonOptions) => {
      const config = configOf(context, options);
      const catalog = openCatalog(config);
      const deps = {
        log: createLog({ level: "warn", stream: context.stderr }),
        clock: createSystemClock(),
      };
      const models = await withVision(config.models, deps, (vision) =>
        checkModels(catalog, ids, { vision, signal: context.signal }),
      );
      printResult(context, options.json ?? false, { models }, describeChecks(models));
      if (models.some((model) => model.state === "failed")) context.exit(1);
    });
}

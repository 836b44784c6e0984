// Creates the label index with its mapping.
//   npx outrider index create --index http://localhost:9200/patate-db-261121 --prod
import { Command } from "commander";
import { backendOptions } from "../agent/backends.ts";
import { createIndex, planIndex } from "../agent/create-index.ts";
import { createLog } from "../agent/log.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { asUsage, type LabelOptions, labelConfigOf, withIndexOption } from "./label-options.ts";

export function createIndexCommand(context: VerbContext): Command {
  const create = withIndexOption(new Command("create"))
    .description("create the index with its mapping; one that is there is left as it is")
    .option("-p, --prod", "give it the name patate-db, which everybody uses, in place of whatever has it")
    .action(async (flags: LabelOptions & { readonly prod?: boolean }) => {
      const config = labelConfigOf(context, flags);
      const log = createLog({ level: config.log.level, stream: context.stderr });
      const plan = asUsage(() =>
        planIndex(
          { index: flags.index, configured: config.sync.index ?? "", promote: flags.prod ?? false },
          createSystemClock().now().wallUs,
        ),
      );
      const result = await createIndex(
        plan,
        backendOptions({ config, env: context.env, log }),
        context.signal,
      );
      const from = result.before.length > 0 ? ` (before: ${result.before.join(", ")})` : "";
      const alias = result.alias === null ? "" : `\n${result.alias} is now ${result.index}${from}`;
      printResult(
        context,
        flags.json ?? false,
        result,
        `${result.index} ${result.created ? "was created" : "was there already"}${alias}`,
      );
    });
  return new Command("index").addCommand(create);
}

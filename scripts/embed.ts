// Describes the sightings that cannot be compared yet: after an ingestion, or in the space of another embedder.
//   npx outrider embed --missing
import { Command } from "commander";
import { describeEmbed, embedMissing } from "../agent/embed.ts";
import { openDescribers } from "../agent/identify/open-describers.ts";
import { withStore } from "../agent/individuals/with-store.ts";
import { createLog } from "../agent/log.ts";
import { openCatalog } from "../agent/models/open-catalog.ts";
import { withVision } from "../agent/models/with-vision.ts";
import { createStatusLine } from "../agent/status-line.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, wholeNumber, withCommonOptions } from "./options.ts";

type EmbedFlags = CommonOptions & {
  readonly embedder?: string;
  readonly limit?: number;
  readonly dryRun?: boolean;
};

const drawEveryMs = 250;

export function createEmbedCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("embed"))
    .option("--missing", "sightings that lack a vector (always so: what is described is left as it is)")
    .option("--embedder <id>", "an embedder (outrider models list), or none for the colours alone")
    .option("--limit <n>", "describe at most so many", wholeNumber(1, 1_000_000_000))
    .option("--dry-run", "say how many, describe none")
    .action(async (flags: EmbedFlags) => {
      const config = configOf(context, flags);
      const dryRun = flags.dryRun ?? false;
      const clock = createSystemClock();
      const log = createLog({
        level: config.log.level === "warn" ? "error" : config.log.level,
        stream: context.stderr,
      });
      const embedder = flags.embedder === "none" ? null : (flags.embedder ?? config.watch.embedder);
      let line: readonly string[] = ["opening the models"];
      const status = context.stderr.isTTY ? createStatusLine(context.stderr, () => line) : null;
      const timer = setInterval(() => status?.draw(), drawEveryMs);
      try {
        const result = await withStore(config, { readOnly: dryRun, clock, log }, (store) =>
          withVision(config.models, { log, clock }, async (vision) =>
            embedMissing({
              store,
              describers: await openDescribers(vision, { catalog: openCatalog(config), embedder }),
              limit: flags.limit ?? null,
              dryRun,
              clock,
              log,
              onProgress: ({ done, total, perSecond, secondsLeft }) => {
                line = [
                  `${done} of ${total} sightings`,
                  `${perSecond.toFixed(1)}/s`,
                  ...(secondsLeft === null ? [] : [`${Math.ceil(secondsLeft)} s left`]),
                ];
              },
              signal: context.signal,
            }),
          ),
        );
        status?.end();
        printResult(context, flags.json ?? false, result, describeEmbed(result));
        context.exit(result.stopped ? 130 : result.failed === 0 ? 0 : result.described > 0 ? 3 : 1);
      } finally {
        clearInterval(timer);
        status?.end();
      }
    });
}

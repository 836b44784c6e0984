// Who is this: each animal of each picture against the individuals of the store.
//   npx outrider identify picture.jpg --limit 3 --json
import { Command, Option } from "commander";
import { describeIdentified, identifyPictures } from "../agent/identify/identify.ts";
import { openDescribers } from "../agent/identify/open-describers.ts";
import { openIdentifier } from "../agent/identify/open-identifier.ts";
import { countUndescribed, describeUndescribed } from "../agent/identify/undescribed.ts";
import { withStore } from "../agent/individuals/with-store.ts";
import { createLog } from "../agent/log.ts";
import { openCatalog } from "../agent/models/open-catalog.ts";
import { withVision } from "../agent/models/with-vision.ts";
import { createSystemClock } from "../device/clock.ts";
import type { Side } from "../device/sighting.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, numberWithin, wholeNumber, withCommonOptions } from "./options.ts";

type IdentifyFlags = CommonOptions & {
  readonly side?: Side;
  readonly limit?: number;
  readonly threshold?: number;
  readonly exclude?: readonly string[];
  readonly detector?: string;
  readonly embedder?: string;
  readonly mode?: "nearest" | "prototype";
  readonly save?: boolean;
};

export function createIdentifyCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("identify"))
    .argument("<picture...>", "pictures to look at")
    .addOption(
      new Option("--side <side>", "compare with this side, both and unknown ones").choices(["left", "right"]),
    )
    .option("--limit <n>", "matches per animal (default: 5)", wholeNumber(1, 1000))
    .option("--threshold <n>", "least confidence for a known one (default: 0.8)", numberWithin(0, 1))
    .option("--exclude <id...>", "individuals that it is not")
    .option("--detector <id>", "a model of `outrider models list`; none: the whole picture is the animal")
    .option("--embedder <id>", "a model of `outrider models list`; none: the colours alone")
    .addOption(
      new Option("--mode <mode>", "the most similar sighting, or the mean of all").choices([
        "nearest",
        "prototype",
      ]),
    )
    .option("--save", "keep the pictures, and who it is as suggestions to verify")
    .action(async (paths: string[], flags: IdentifyFlags) => {
      const config = configOf(context, flags, {
        "individuals.limit": flags.limit,
        "individuals.threshold": flags.threshold,
        "individuals.mode": flags.mode,
      });
      const clock = createSystemClock();
      const log = createLog({ level: config.log.level, stream: context.stderr });
      const { signal } = context;
      const catalog = openCatalog(config);
      const detectorId = flags.detector ?? config.watch.detector;
      const embedder = flags.embedder === "none" ? null : (flags.embedder ?? config.watch.embedder);
      const save = flags.save ?? false;
      const report = await withStore(config, { readOnly: !save, clock, log }, (store) =>
        withVision(config.models, { log, clock }, async (vision) => {
          const describers = await openDescribers(vision, { catalog, embedder });
          const detector = detectorId === "none" ? null : await vision.openDetector(catalog.find(detectorId));
          const identifier = await openIdentifier({
            store,
            describers,
            settings: config.individuals,
            log,
            signal,
          });
          try {
            const lacking = countUndescribed(
              store,
              describers.map(({ space }) => space),
            );
            const warning = describeUndescribed(lacking);
            if (warning !== null) context.stderr.write(`Warning: ${warning}\n`);
            const identified = await identifyPictures(paths, {
              ...flags,
              store,
              identifier,
              detector,
              save,
              signal,
              nowUs: () => clock.now().wallUs,
            });
            return { ...identified, ...lacking };
          } finally {
            await identifier.close();
          }
        }),
      );
      printResult(context, flags.json ?? false, report, describeIdentified(report));
      if (report.unreadable.length > 0) context.exit(report.results.length > 0 ? 3 : 1);
    });
}

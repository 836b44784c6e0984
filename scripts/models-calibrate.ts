// Fits, on this store's labelled and verified sightings, how likely a similarity means the same individual; the store keeps it.
//   npx outrider models calibrate --dry-run
import { Command, Option } from "commander";
import { calibrateStore, describeCalibration, TooFewPairs } from "../agent/identify/calibrate.ts";
import { openDescribers } from "../agent/identify/open-describers.ts";
import { withStore } from "../agent/individuals/with-store.ts";
import { createLog } from "../agent/log.ts";
import { openCatalog } from "../agent/models/open-catalog.ts";
import { withVision } from "../agent/models/with-vision.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

type CalibrateFlags = CommonOptions & {
  readonly space?: readonly string[];
  readonly embedder?: string;
  readonly kind?: "isotonic" | "logistic";
  readonly dryRun?: boolean;
};

export function createModelsCalibrateCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("calibrate"))
    .option("--space <name...>", "these spaces (default: those of the embedder and the colours)")
    .option("--embedder <id>", "a model of `outrider models list`; none: the colours alone")
    .addOption(
      new Option(
        "--kind <kind>",
        "a curve or a line (default: a curve from 200 pairs of one individual on)",
      ).choices(["isotonic", "logistic"]),
    )
    .option("--dry-run", "fit and judge, store nothing")
    .action(async (flags: CalibrateFlags) => {
      const config = configOf(context, flags);
      const clock = createSystemClock();
      const log = createLog({ level: config.log.level, stream: context.stderr });
      const embedder = flags.embedder === "none" ? null : (flags.embedder ?? config.watch.embedder);
      const dryRun = flags.dryRun ?? false;
      const spaces =
        flags.space ??
        (await withVision(config.models, { log, clock }, async (vision) => {
          const describers = await openDescribers(vision, { catalog: openCatalog(config), embedder });
          return describers.map(({ space }) => space);
        }));
      try {
        const report = await withStore(config, { readOnly: dryRun, clock, log }, (store) =>
          calibrateStore(store, {
            spaces,
            dryRun,
            nowUs: clock.now().wallUs,
            ...(flags.kind === undefined ? {} : { kind: flags.kind }),
          }),
        );
        printResult(context, flags.json ?? false, report, describeCalibration(report));
      } catch (cause) {
        if (cause instanceof TooFewPairs) throw new UsageError(cause.message, "outrider individuals list");
        throw cause;
      }
    });
}

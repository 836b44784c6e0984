// Measures what a detector costs here, by stage, and what the program adds to the bare run of its graph.
//   npx outrider models bench animal-v1 --threads 2
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { createLog } from "../agent/log.ts";
import { benchModel, describeModelBench, type ModelBench } from "../agent/models/bench.ts";
import { benchPictures } from "../agent/models/bench-pictures.ts";
import { openCatalog } from "../agent/models/open-catalog.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, wholeNumber, withCommonOptions } from "./options.ts";

type Options = CommonOptions & {
  readonly pictures?: string;
  readonly threads: number;
  readonly runs: number;
};

export function createModelsBenchCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("bench"))
    .argument("[ids...]", "detectors (default: every one there is)")
    .option("--pictures <dir>", "JPEG files to measure with (default: drawn ones, 640x480)")
    .option("--threads <n>", "threads of one run; 0: as many as there are cores", wholeNumber(0, 64), 1)
    .option("--runs <n>", "pictures a round; three rounds count", wholeNumber(5, 10_000), 60)
    .action(async (ids: string[], options: Options) => {
      const config = configOf(context, options);
      const catalog = openCatalog(config);
      const models =
        ids.length > 0
          ? ids.map((id) => catalog.find(id))
          : catalog.list().filter(({ manifest }) => manifest.task === "detect");
      const clock = createSystemClock();
      const log = createLog({ level: config.log.level, stream: context.stderr });
      const work = mkdtempSync(join(tmpdir(), "outrider-models-bench-"));
      const results: ModelBench[] = [];
      try {
        const pictures = await benchPictures(options.pictures ?? null);
        for (const model of models) {
          const bench = { model, threads: options.threads, pictures, runs: options.runs, work, clock, log };
          try {
            results.push(await benchModel({ ...bench, signal: context.signal }));
          } catch (cause) {
            if (context.signal.aborted) throw cause;
            // One that cannot run is told, the others are measured.
            context.stderr.write(`outrider: ${(cause as Error).message}\n`);
            context.exit(results.length === 0 && models.length === 1 ? 1 : 3);
          }
        }
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
      printResult(context, options.json ?? false, results, results.map(describeModelBench).join("\n"));
    });
}

// What an import is worth, against contract servers in a process of their own.
//   npx outrider bench import --vectors test/fixtures/pyronear/cluster-vectors.json
import { type Command, InvalidArgumentError } from "commander";
import type { VerbContext } from "./cli.ts";
import { type BenchOptions, measure, ourselves } from "./measure.ts";
import { numberWithin, wholeNumber } from "./options.ts";

const parts = ["throughput", "disturbed", "clustering"] as const;

type ImportBenchFlags = BenchOptions & {
  readonly only: readonly string[];
  readonly sequences: number;
  readonly detections: number;
  readonly pictureBytes: number;
  readonly latency: number;
  readonly workers: number;
  readonly baseline: number;
  readonly disturbedSequences: number;
  readonly disturbedDetections: number;
  readonly kills: number;
  readonly faults: number;
  readonly boxes: number;
  readonly vectors?: string;
  readonly seed: number;
};

/** @param add makes a bench with the options that all have. */
export function addImportBench(
  bench: Command,
  add: (name: string, about: string) => Command,
  context: VerbContext,
): void {
  add(
    "import",
    "outrider import against contract servers: pace beside one-by-one, memory, faults and kills with the result compared, clustering",
  )
    .option("--only <parts>", `of ${parts.join(",")}`, readParts, parts)
    .option("--sequences <n>", "to import for the pace", wholeNumber(1, 100_000), 200)
    .option("--detections <n>", "of each", wholeNumber(1, 30), 30)
    .option("--picture-bytes <n>", "of a picture, about", wholeNumber(700, 5_000_000), 50_000)
    .option("--latency <ms>", "before every answer", numberWithin(0, 10_000), 20)
    .option("--workers <n>", "the import's --max-workers", wholeNumber(1, 32), 4)
    .option("--baseline <n>", "sequences posted one by one", wholeNumber(1, 100_000), 40)
    .option("--disturbed-sequences <n>", "of an import that is disturbed", wholeNumber(6, 10_000), 24)
    .option("--disturbed-detections <n>", "of each of those", wholeNumber(3, 30), 8)
    .option("--kills <n>", "SIGKILLs", wholeNumber(0, 100_000), 50)
    .option("--faults <share>", "requests that go wrong, 0 to 0.9", numberWithin(0, 0.9), 0.3)
    .option("--boxes <n>", "to cluster", wholeNumber(1, 1_000_000), 10_000)
    .option("--vectors <file>", "golden vectors of the annotation service's clustering")
    .option("--seed <n>", "of data and chance", wholeNumber(0, 4_000_000_000), 1)
    .action(async (flags: ImportBenchFlags) => {
      const { describeImportBench, runImportBench } = await import("../agent/bench/import.ts");
      await measure(context, flags, async (deps) => {
        const result = await runImportBench({
          ...flags,
          latencyMs: flags.latency,
          faultShare: flags.faults,
          vectors: flags.vectors ?? null,
          work: deps.work,
          signal: deps.signal,
          program: ourselves(),
          say: (words) => context.stderr.write(`${words}\n`),
        });
        if (result.problems.length > 0) context.exit(1);
        return [result, describeImportBench(result)];
      });
    });

  // The contract servers of `bench import`, in a process of their own.
  bench
    .command("import-servers", { hidden: true })
    .argument("<plan>", "", JSON.parse)
    .action(async (plan) => {
      const { runImportServers } = await import("../agent/bench/import/servers-child.ts");
      await runImportServers({ plan, input: context.stdin, output: context.stdout });
    });
}

function readParts(text: string): readonly string[] {
  const given = text.split(",");
  const unknown = given.find((part) => !parts.some((one) => one === part));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Expected some of ${parts.join(",")}, got "${unknown}".`);
  return given;
}

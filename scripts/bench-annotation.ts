// A simulated ridge whose sequences reach an annotation API by themselves, over a broken way and two kills.
//   npx outrider bench annotation --platform
import type { Command } from "commander";
import type { VerbContext } from "./cli.ts";
import { type BenchOptions, measure, ourselves } from "./measure.ts";
import { wholeNumber } from "./options.ts";

type Options = BenchOptions & {
  readonly seed: number;
  readonly maxPictures: number;
  readonly platform: boolean;
};

/** @param add makes a bench with the options that all have. */
export function addAnnotationBench(
  add: (name: string, about: string) => Command,
  context: VerbContext,
): void {
  add(
    "annotation",
    "a simulated ridge is watched while the way to the annotation API is broken and the agent is killed; what arrives against what the store has",
  )
    .option("--seed <n>", "of the scene", wholeNumber(0, 4_294_967_294), 1)
    .option("--max-pictures <n>", "shown of one sequence", wholeNumber(3, 1000), 30)
    .option("--platform", "an alert platform is told at once, too, over a way as bad", false)
    .action(async (options: Options) => {
      const { describeAnnotationBench, runAnnotationBench } = await import("../agent/bench/annotation.ts");
      await measure(context, options, async (deps) => {
        const result = await runAnnotationBench({ ...options, ...deps, program: ourselves() });
        if (result.problems.length > 0) context.exit(1);
        return [result, describeAnnotationBench(result)];
      });
    });
}

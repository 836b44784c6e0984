// A model drives laps of a simulated track beside the scripted person.
//   npx outrider bench autopilot --seed 7 --laps 2
import type { Command } from "commander";
import type { VerbContext } from "./cli.ts";
import { type BenchOptions, measure } from "./measure.ts";
import { numberWithin, wholeNumber } from "./options.ts";

type AutopilotOptions = BenchOptions & {
  readonly model: string;
  readonly seed: number;
  readonly laps: number;
  readonly fps: number;
  readonly latency: number;
  readonly throttle: number;
};

/** @param add makes a bench with the options that all have. */
export function addAutopilotBench(add: (name: string, about: string) => Command, context: VerbContext): void {
  add(
    "autopilot",
    "a model drives laps of a simulated track, beside the scripted person: who stays on the road",
  )
    .option("--model <id>", "a model of task steer", "sim-steer-v1")
    .option("--seed <n>", "of the track", wholeNumber(0, 4_294_967_295), 7)
    .option("--laps <n>", "how many", wholeNumber(1, 1000), 2)
    .option("--fps <n>", "pictures a second", numberWithin(5, 120), 20)
    .option("--latency <ms>", "between picture and command", numberWithin(0, 1000), 60)
    .option("--throttle <share>", "the most throttle, 0 to 1", numberWithin(0.05, 1), 0.3)
    .action(async ({ latency, ...options }: AutopilotOptions) => {
      const { describeAutopilotBench, runAutopilotBench } = await import("../agent/bench/autopilot.ts");
      await measure(context, options, async (deps) => {
        const result = await runAutopilotBench({ ...options, ...deps, work: deps.work, latencyMs: latency });
        return [result, describeAutopilotBench(result)];
      });
    });
}

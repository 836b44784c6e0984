// Says what the store holds, what waits for whom, what was refused, dropped, and why.
//   npx outrider stats --json
import { Command } from "commander";
import { describeStats, readStats } from "../agent/stats.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

export function createStatsCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("stats")).action(async (options: CommonOptions) => {
    const stats = await readStats(configOf(context, options), { clock: createSystemClock() });
    printResult(context, options.json ?? false, stats, describeStats(stats));
  });
}

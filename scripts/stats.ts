// Says what the store holds, what waits for whom, what was refused, dropped, and why.
//   npx outrider stats --json
import { Command } from "commander";
import { configuredTargets } from "../agent/configured-targets.ts";
import { storeFolder } from "../agent/folders.ts";
import { collectStats, describeStats } from "../agent/stats.ts";
import { createSystemClock } from "../device/clock.ts";
import { readDiskSpace } from "../device/disk.ts";
import { silentLog } from "../device/log.ts";
import { openStore } from "../device/store/store.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

export function createStatsCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("stats")).action(async (options: CommonOptions) => {
    const config = configOf(context, options);
    const clock = createSystemClock();
    const store = openStore({ directory: storeFolder(config.data), clock, log: silentLog, readOnly: true });
    try {
      const stats = collectStats(store, {
        disk: readDiskSpace(config.data),
        nowUs: clock.now().wallUs,
        configured: await configuredTargets(config),
      });
      printResult(context, options.json ?? false, stats, describeStats(stats));
    } finally {
      await store.close();
    }
  });
}

// Says what is missing on this machine for this configuration, and the command that installs it.
//   npx outrider doctor
import { Command } from "commander";
import { describeFindings, examine } from "../agent/doctor.ts";
import { openProbes } from "../agent/probes.ts";
import { createSystemClock } from "../device/clock.ts";
import { silentLog } from "../device/log.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

export function createDoctorCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("doctor")).action(async (options: CommonOptions) => {
    const config = configOf(context, options);
    const opened = openProbes({ config, env: context.env, log: silentLog });
    try {
      const findings = await examine({
        config,
        clock: createSystemClock(),
        path: context.env.PATH ?? "",
        probes: opened.probes,
        signal: context.signal,
      });
      printResult(context, options.json ?? false, findings, describeFindings(findings));
      context.exit(findings.some(({ state }) => state === "broken") ? 1 : 0);
    } finally {
      await opened.close();
    }
  });
}

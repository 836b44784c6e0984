// Says what is missing on this machine for this configuration, and the command that installs it.
//   npx outrider doctor
import { Command } from "commander";
import { describeFindings, examine } from "../agent/doctor.ts";
import { createSecretHider } from "../agent/hide-secrets.ts";
import { openProbes } from "../agent/probes.ts";
import { createSystemClock } from "../device/clock.ts";
import { silentLog } from "../device/log.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

export function createDoctorCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("doctor")).action(async (options: CommonOptions) => {
    const config = configOf(context, options);
    const clock = createSystemClock();
    const opened = openProbes({ config, env: context.env, clock, random: Math.random, log: silentLog });
    try {
      const findings = await examine({
        config,
        clock,
        machine: {
          path: context.env.PATH ?? "",
          devices: "/dev",
          groupFile: "/etc/group",
          groupIds: process.getgroups?.() ?? null,
          isRoot: process.getuid?.() === 0,
        },
        probes: opened.probes,
        hideSecrets: createSecretHider(context.env),
        signal: context.signal,
      });
      printResult(context, options.json ?? false, findings, describeFindings(findings));
      context.exit(findings.some(({ state }) => state === "broken") ? 1 : 0);
    } finally {
      // A backend that hangs must not hold up the answer; the process ends anyway.
      await Promise.race([opened.close(), clock.sleep(closingMs, context.signal)]).catch(() => undefined);
    }
  });
}

const closingMs = 2000;

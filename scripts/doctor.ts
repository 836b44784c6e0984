// Says what is missing on this machine for this configuration, and the command that installs it.
//   npx outrider doctor
import { resolve } from "node:path";
import { Command } from "commander";
import { describeFindings, examine } from "../agent/doctor.ts";
import { createSecretHider } from "../agent/hide-secrets.ts";
import { openProbes } from "../agent/probes.ts";
import { createSystemClock } from "../device/clock.ts";
import { silentLog } from "../device/log.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

export function createDoctorCommand(context: VerbContext): Command {
  const command = withCommonOptions(new Command("doctor"))
    .option("--salvage <file>", "read a damaged data file into a new store, which is made in --into")
    .option("--into <dir>", "folder of the new store");
  return command.action(async (options: CommonOptions & { salvage?: string; into?: string }) => {
    if (options.salvage !== undefined) return salvage(context, options);
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

/** The damaged file is only read; the folder has to be new, or empty. */
async function salvage(
  context: VerbContext,
  options: CommonOptions & { salvage?: string; into?: string },
): Promise<void> {
  if (options.into === undefined)
    throw new UsageError("--salvage needs --into, the folder of the new store", "outrider doctor --help");
  const { salvageInto } = await import("../agent/doctor/salvage-into.ts");
  const result = await salvageInto(resolve(options.salvage!), resolve(options.into));
  const lost = result.damaged + result.badPlaces > 0;
  printResult(
    context,
    options.json ?? false,
    result,
    `taken over ${result.values} values (${result.orphans} that nothing led to), damaged ${result.damaged}, places that cannot be right ${result.badPlaces}`,
  );
  context.exit(lost ? 3 : 0);
}

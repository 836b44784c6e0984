// Sends what waits in the outbox, once or following; says what waits and what was refused, tries the refused again, gives up a target.
//   npx outrider sync --bucket s3://my-bucket --index https://search.example:9200/patate-db
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { Config } from "../agent/config.ts";
import { configuredTargets } from "../agent/configured-targets.ts";
import { storeFolder } from "../agent/folders.ts";
import { describeForget, forgetTarget } from "../agent/forget-target.ts";
import { createLog } from "../agent/log.ts";
import { describeStats, readStats } from "../agent/stats.ts";
import { describeSync, sync } from "../agent/sync.ts";
import { createSystemClock } from "../device/clock.ts";
import { openStore, StoreError } from "../device/store/store.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";
import { createTerminalPerson } from "./terminal-person.ts";

type SyncOptions = CommonOptions & {
  readonly follow?: boolean;
  readonly bucket?: string;
  readonly index?: string;
  readonly all?: boolean;
};

export function createSyncCommand(context: VerbContext): Command {
  const command = withCommonOptions(new Command("sync"))
    .option("-b, --bucket <address>", "folder:DIR or s3://NAME[/FOLDER]")
    .option("-i, --index <address>", "local:DIR or http(s)://HOST:PORT[/INDEX]")
    .option("--follow", "go on until Ctrl-C")
    .option("--all", "look through the whole store for things the targets do not have")
    .action((options: SyncOptions) => send(context, options));
  withCommonOptions(
    command.command("status").description("what waits for whom, and what was refused"),
  ).action((_options, self: Command) => status(context, self.optsWithGlobals<SyncOptions>()));
  withCommonOptions(command.command("retry").description("puts what a target refused back in the queue"))
    .option("-t, --target <name>", "only of this target (default: all)")
    .action((_options, self: Command) =>
      retry(context, self.optsWithGlobals<CommonOptions & { target?: string }>()),
    );
  withCommonOptions(
    command
      .command("forget")
      .description("gives up what waits for a target that is no longer configured; frames and labels stay")
      .argument("<target>", "its name as `outrider sync status` says it"),
  )
    .option("--yes", "do it (without: only say how many)")
    .action((target: string, _options, self: Command) =>
      forget(context, target, self.optsWithGlobals<SyncOptions & { yes?: boolean }>()),
    );
  return command;
}

/** The configuration with the addresses of the command line. */
function syncConfigOf(context: VerbContext, options: SyncOptions): Config {
  return configOf(context, options, { "sync.bucket": options.bucket, "sync.index": options.index });
}

async function send(context: VerbContext, options: SyncOptions): Promise<void> {
  const config = syncConfigOf(context, options);
  const clock = createSystemClock();
  const log = createLog({ level: config.log.level, stream: context.stderr });
  requireStore(storeFolder(config.data));
  const store = openStore({
    directory: storeFolder(config.data),
    clock,
    log,
    commitWindowMs: config.store.commitWindowMs,
  });
  try {
    const person = createTerminalPerson(context, { yes: true });
    const result = await sync({
      config,
      store,
      clock,
      log,
      env: context.env,
      random: Math.random,
      person,
      follow: options.follow ?? false,
      all: options.all ?? false,
      signal: context.signal,
    });
    printResult(context, options.json ?? false, result, describeSync(result));
    if (result.stopped) context.exit(130);
    else if (!options.follow && result.waiting + result.parked > 0)
      context.exit(result.delivered > 0 ? 3 : 1);
  } finally {
    await store.close();
  }
}

async function status(context: VerbContext, options: SyncOptions): Promise<void> {
  const config = syncConfigOf(context, options);
  const configured = await configuredTargets(config);
  const stats = await readStats(config, { clock: createSystemClock(), configured });
  const { targets, parked } = stats;
  const lines = describeStats(stats)
    .split("\n")
    .filter((line) => /^(target|parked)/.test(line));
  printResult(
    context,
    options.json ?? false,
    { targets, parked },
    lines.length === 0 ? "nothing was ever booked for any target" : lines.join("\n"),
  );
}

async function forget(
  context: VerbContext,
  target: string,
  options: SyncOptions & { readonly yes?: boolean },
): Promise<void> {
  const config = syncConfigOf(context, options);
  const clock = createSystemClock();
  const log = createLog({ level: config.log.level, stream: context.stderr });
  const dryRun = options.yes !== true;
  requireStore(storeFolder(config.data));
  const store = openStore({ directory: storeFolder(config.data), clock, log, readOnly: dryRun });
  try {
    const configured = await configuredTargets(config);
    const result = await forgetTarget(store, { target, configured, dryRun, signal: context.signal });
    printResult(context, options.json ?? false, result, describeForget(result));
  } finally {
    await store.close();
  }
}

async function retry(
  context: VerbContext,
  options: CommonOptions & { readonly target?: string },
): Promise<void> {
  const config = configOf(context, options);
  const log = createLog({ level: config.log.level, stream: context.stderr });
  requireStore(storeFolder(config.data));
  const store = openStore({ directory: storeFolder(config.data), clock: createSystemClock(), log });
  try {
    const retried = await store.commit(() => store.outbox.retryParked(options.target ?? null));
    printResult(
      context,
      options.json ?? false,
      { retried },
      `${retried} back in the queue; outrider sync sends them`,
    );
  } finally {
    await store.close();
  }
}

/** A mistyped folder must not become a new, empty store that has nothing to send. @throws StoreError */
function requireStore(directory: string): void {
  if (!existsSync(join(directory, "data.mdb")))
    throw new StoreError(`There is no store in ${directory} yet (nothing was recorded there).`);
}

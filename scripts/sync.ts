// Sends what waits in the outbox, once or following; says what waits, why, and what was refused; tries the refused again, or gives it up.
//   npx outrider sync --bucket s3://my-bucket --index https://search.example:9200/patate-db
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../agent/config.ts";
import { configuredTargets } from "../agent/configured-targets.ts";
import { describeDrop, dropEntries } from "../agent/drop-entries.ts";
import { storeFolder } from "../agent/folders.ts";
import { describeForget, forgetTarget } from "../agent/forget-target.ts";
import { createLog } from "../agent/log.ts";
import { retryParked } from "../agent/retry-parked.ts";
import { describeSync, sync } from "../agent/sync.ts";
import { describeSyncStatus, readSyncStatus } from "../agent/sync-status.ts";
import { createSystemClock } from "../device/clock.ts";
import { StoreLocked } from "../device/store/lock.ts";
import { type DeliveryKind, deliveryKinds, type Lane, lanes } from "../device/store/outbox.ts";
import { type OpenStoreOptions, openStore, type Store, StoreError } from "../device/store/store.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, wholeNumber, withCommonOptions } from "./options.ts";
import { createTerminalPerson } from "./terminal-person.ts";

type SyncOptions = CommonOptions & {
  readonly follow?: boolean;
  readonly bucket?: string;
  readonly index?: string;
  readonly all?: boolean;
  readonly anyTime?: boolean;
};
type RetryOptions = CommonOptions & { readonly target?: string; readonly id?: string };
type DropOptions = CommonOptions & {
  readonly reason: string;
  readonly target?: string;
  readonly lane?: Lane;
  readonly kind?: DeliveryKind;
  readonly waiting?: boolean;
  readonly parked?: boolean;
  /** Milliseconds since 1970. */
  readonly before?: number;
  readonly yes?: boolean;
};

export function createSyncCommand(context: VerbContext): Command {
  const command = withCommonOptions(new Command("sync"))
    .option("-b, --bucket <address>", "folder:DIR or s3://NAME[/FOLDER]")
    .option("-i, --index <address>", "local:DIR or http(s)://HOST:PORT[/INDEX]")
    .option("--follow", "go on until Ctrl-C")
    .option("--all", "look through the whole store for things the targets do not have")
    .option("--any-time", "also outside the upload hours and over a metered link")
    .action((options: SyncOptions) => send(context, options));
  withCommonOptions(
    command
      .command("status")
      .description("what waits for whom, why it does not go, and what was refused")
      .option("--limit <n>", "refused things shown", wholeNumber(0, 1_000_000), 20),
  ).action((_options, self: Command) =>
    status(context, self.optsWithGlobals<SyncOptions & { limit: number }>()),
  );
  withCommonOptions(command.command("retry").description("puts what a target refused back in the queue"))
    .option("-t, --target <name>", "only of this target (default: all)")
    .option("--id <id>", "only this thing: an img_id, a fingerprint, an event id")
    .action((_options, self: Command) => retry(context, self.optsWithGlobals<RetryOptions>()));
  withCommonOptions(
    command
      .command("drop")
      .description(
        "gives up what waits or was refused, with a reason that is journalled; frames and labels stay",
      ),
  )
    .requiredOption("--reason <text>", "why, for the journal")
    .option("-t, --target <name>", "only of this target")
    .addOption(new Option("--lane <lane>", "only of this lane").choices(lanes))
    .addOption(new Option("--kind <kind>", "only of this kind").choices(deliveryKinds))
    .option("--waiting", "only what waits")
    .option("--parked", "only what was refused")
    .option("--before <time>", "only what was queued before, e.g. 2026-05-01 or 2026-05-01T12:00Z", parseTime)
    .option("--yes", "do it (without: only say how many)")
    .action((_options, self: Command) => drop(context, self.optsWithGlobals<DropOptions>()));
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
      anyTime: options.anyTime ?? false,
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

async function status(
  context: VerbContext,
  options: SyncOptions & { readonly limit: number },
): Promise<void> {
  const config = syncConfigOf(context, options);
  const configured = await configuredTargets(config);
  const { limit } = options;
  const result = await readSyncStatus(config, { clock: createSystemClock(), configured, limit });
  printResult(context, options.json ?? false, result, describeSyncStatus(result));
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

async function retry(context: VerbContext, options: RetryOptions): Promise<void> {
  const { target, id } = options;
  const remedy = (device: string): string =>
    `A running agent does this when it is asked: outrider remote ${device} sync retry`;
  const retried = await withStore(context, options, { readOnly: false, remedy }, (store) =>
    retryParked(store, { ...(target === undefined ? {} : { target }), ...(id === undefined ? {} : { id }) }),
  );
  printResult(
    context,
    options.json ?? false,
    { retried },
    `${retried} back in the queue; outrider sync sends them`,
  );
}

async function drop(context: VerbContext, options: DropOptions): Promise<void> {
  const { target, lane, kind, before, waiting, parked } = options;
  if ([target, lane, kind, before, waiting, parked].every((each) => each === undefined))
    throw new UsageError(
      "Expected something that says what to drop (--target, --lane, --kind, --before, --waiting or --parked), got none",
      'outrider sync drop --parked --reason "wrong bucket"',
    );
  const dryRun = options.yes !== true;
  const isBoth = waiting === undefined && parked === undefined;
  const remedy = (): string => "Without --yes it is only counted, beside a running agent, too.";
  const result = await withStore(context, options, { readOnly: dryRun, remedy }, (store) =>
    dropEntries(store, {
      reason: options.reason,
      dryRun,
      signal: context.signal,
      waiting: isBoth || waiting === true,
      parked: isBoth || parked === true,
      ...(target === undefined ? {} : { target }),
      ...(lane === undefined ? {} : { lane }),
      ...(kind === undefined ? {} : { kind }),
      ...(before === undefined ? {} : { beforeUs: before * 1000 }),
    }),
  );
  printResult(context, options.json ?? false, result, describeDrop(result));
  if (result.stopped) context.exit(130);
}

type StoreWork = {
  readonly readOnly: boolean;
  /** What a person can do instead while a running agent holds the store. */
  readonly remedy: (device: string) => string;
};

/** Works on the store of the configuration. @throws StoreLocked with what can be done instead. */
async function withStore<T>(
  context: VerbContext,
  options: CommonOptions,
  { readOnly, remedy }: StoreWork,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const config = configOf(context, options);
  const log = createLog({ level: config.log.level, stream: context.stderr });
  const directory = storeFolder(config.data);
  requireStore(directory);
  const store = openOrAdvise({ directory, clock: createSystemClock(), log, readOnly }, () =>
    remedy(config.device),
  );
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function openOrAdvise(options: OpenStoreOptions, remedy: () => string): Store {
  try {
    return openStore(options);
  } catch (cause) {
    if (!(cause instanceof StoreLocked)) throw cause;
    throw new StoreLocked(`${cause.message} ${remedy()}`);
  }
}

/** A day or a moment as ISO 8601 has it, in ms since 1970. */
function parseTime(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError(`Expected a time like 2026-05-01 or 2026-05-01T12:00Z, got "${text}".`);
  return ms;
}

/** A mistyped folder must not become a new, empty store that has nothing to send. @throws StoreError */
function requireStore(directory: string): void {
  if (!existsSync(join(directory, "data.mdb")))
    throw new StoreError(`There is no store in ${directory} yet (nothing was recorded there).`);
}

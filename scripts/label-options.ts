// What the label verbs share: options for bucket and index, and everything opened from them.
import type { Command } from "commander";
import { AddressError } from "../agent/backends.ts";
import type { Config } from "../agent/config.ts";
import { createLog } from "../agent/log.ts";
import { type Backends, openBackends } from "../agent/open-backends.ts";
import { type Clock, createSystemClock } from "../device/clock.ts";
import { UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";
import { createTerminalPerson, type TerminalPerson } from "./terminal-person.ts";

/** Options of a verb that speaks with the label index, and perhaps with the bucket. */
export type LabelOptions = CommonOptions & {
  readonly bucket?: string;
  readonly index?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
};

/** Adds --index, and --bucket with what S3 needs where there is one. */
export function withIndexOption(command: Command): Command {
  return withCommonOptions(command).option(
    "-i, --index <index>",
    "local:DIR, http(s)://HOST:9200/NAME, or a NAME on the configured server",
  );
}

export function withBucketOption(command: Command): Command {
  return withIndexOption(command)
    .option("-b, --bucket <bucket>", "folder:DIR, s3://NAME[/FOLDER] or NAME[/FOLDER]")
    .option("--endpoint <url>", "S3 server other than AWS")
    .option("--region <name>", "S3 region");
}

/** Adds --yes and --dry-run, for verbs that ask before they change anything. */
export function withAskingOptions(command: Command): Command {
  return command
    .option("-y, --yes", "answer every question with yes")
    .option("--dry-run", "say what would happen, change nothing");
}

/** The configuration with the verb's own options on top. */
export function labelConfigOf(context: VerbContext, options: LabelOptions): Config {
  return configOf(context, options, {
    "sync.bucket": options.bucket,
    "sync.endpoint": options.endpoint,
    "sync.region": options.region,
  });
}

/** What a label verb works with. */
export type LabelWork = {
  readonly backends: Backends;
  readonly person: TerminalPerson;
  readonly clock: Clock;
  readonly nowUs: () => number;
};

/** Opens bucket, index and conversation, does the work, closes them. */
export async function withLabelWork<T>(
  context: VerbContext,
  options: LabelOptions,
  needs: { readonly bucket: boolean },
  work: (opened: LabelWork) => Promise<T>,
): Promise<T> {
  const config = labelConfigOf(context, options);
  const clock = createSystemClock();
  const log = createLog({ level: config.log.level, stream: context.stderr });
  const backends = asUsage(() =>
    openBackends({
      config,
      index: options.index,
      bucket: needs.bucket,
      env: context.env,
      log,
      clock,
      random: Math.random,
    }),
  );
  const person = createTerminalPerson(context, { yes: options.yes ?? false });
  try {
    return await work({ backends, person, clock, nowUs: () => clock.now().wallUs });
  } finally {
    person.close();
    await backends.close();
  }
}

/** An address that names no bucket or index is wrong usage. */
export function asUsage<T>(open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof AddressError) throw new UsageError(cause.message);
    throw cause;
  }
}

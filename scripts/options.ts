// Options that several verbs share, and how their values are read.
import { type Command, InvalidArgumentError } from "commander";
import { type Config, type ConfigSources, loadConfig } from "../agent/config.ts";
import type { VerbContext } from "./cli.ts";

/** Options every verb with a configuration has. */
export type CommonOptions = { readonly config?: string; readonly data?: string; readonly json?: boolean };

/** Adds --config, --data and --json. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "configuration (default: ./outrider.yaml, /etc/outrider/outrider.yaml)")
    .option("--data <dir>", "data folder (default: outrider-data)")
    .option("--json", "one JSON line on stdout instead of text");
}

/** Loads the configuration for a verb; `flags` are its own options by dotted path. @throws ConfigError */
export function configOf(
  context: VerbContext,
  options: CommonOptions,
  flags: Readonly<Record<string, unknown>> = {},
): Config {
  return loadConfig(sourcesOf(context, options, flags));
}

/** Where the configuration of a verb comes from. */
export function sourcesOf(
  context: VerbContext,
  options: CommonOptions,
  flags: Readonly<Record<string, unknown>> = {},
): ConfigSources {
  return { file: options.config ?? null, env: context.env, flags: { data: options.data, ...flags } };
}

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** Reads "20s", "1.5m", "250ms", "2h" or plain seconds as milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(text.trim());
  if (match === null)
    throw new InvalidArgumentError(`Expected a duration like 20s, 1.5m or 250ms, got "${text}".`);
  return Number(match[1]) * durationUnits[match[2] ?? "s"]!;
}

/** Reads a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}, got "${text}".`);
    }
    return value;
  };
}

/** Reads whole numbers within bounds, one for each word. */
export function wholeNumbers(min: number, max: number): (text: string, before?: number[]) => number[] {
  const read = wholeNumber(min, max);
  return (text, before = []) => [...before, read(text)];
}

/** Reads a number within bounds. */
export function numberWithin(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}, got "${text}".`);
    }
    return value;
  };
}

/** Reads an img_id or the beginning of one, as a bound. */
export function beginningOfImageId(text: string): string {
  const form = "00000000T00-00-00-000000";
  const fits = text !== "" && text.length <= form.length;
  if (!fits || text.replaceAll(/\d/g, "0") !== form.slice(0, text.length)) {
    throw new InvalidArgumentError(
      `Expected an img_id (YYYYMMDDTHH-MM-SS-ffffff) or the beginning of one, got "${text}".`,
    );
  }
  return text;
}

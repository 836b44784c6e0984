// The configuration: outrider.yaml, then the environment, then flags (last wins), parsed once, every problem at once.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { setPath, type Values } from "./config-paths.ts";
import { configSchema } from "./config-schema.ts";
import { describeIssue } from "./describe-issue.ts";
import { missingPlaces, platformProblems } from "./sequence-places.ts";

/** The configuration cannot be used; every problem at once, each as `path: rule, got value`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(source: string, problems: readonly string[]) {
    super(
      `The configuration ${source} cannot be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

/** The configuration, complete and frozen. Folders are absolute. */
export type Config = z.output<typeof configSchema>;
export type CameraConfig = Config["cameras"][number];

/** Environment names that set one value each; they stand between the file and the flags. */
const environmentPaths: Readonly<Record<string, string>> = {
  OUTRIDER_DEVICE: "device",
  OUTRIDER_DATA: "data",
  OUTRIDER_GAMEPAD: "gamepad",
  OUTRIDER_DRIVE: "drive.url",
  OUTRIDER_BUCKET: "sync.bucket",
  OUTRIDER_INDEX: "sync.index",
  OUTRIDER_MQTT: "mqtt.url",
  OUTRIDER_ANNOTATION: "sync.annotation.url",
  OUTRIDER_LOG: "log.level",
  INGEST_DATASETS_ON_STARTUP: "ingest.onStartup",
  ATRW_DATASET_PATH: "ingest.atrw",
  METAWILD_DATASET_PATH: "ingest.metawild",
  WILDLIFE_DATASETS_PATH: "ingest.wildlifeDatasets",
  INDIVIDUAL_ANIMAL_REID_PATH: "ingest.individualAnimalReid",
  AWS_ENDPOINT_URL: "sync.endpoint",
  AWS_ENDPOINT_URL_S3: "sync.endpoint",
  // The two names of the S3 tools; of two for one value the later one here wins.
  AWS_DEFAULT_REGION: "sync.region",
  AWS_REGION: "sync.region",
};

export type ConfigSources = {
  /** --config; null: ./outrider.yaml when there is one. */
  readonly file: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of flags by dotted path, e.g. `{ "sync.bucket": "s3://x" }`; undefined ones do not count. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Values by dotted path that hold where there is no file at all. */
  readonly defaults?: Readonly<Record<string, unknown>>;
};

/** What a configuration is made of, the lowest first; of two values for one path the higher one wins. */
export type ConfigLayers = {
  /** Where `base` was read; null: there is no file. */
  readonly file: string | null;
  readonly base: Readonly<Values>;
  /** Changed from afar, by dotted path. */
  readonly staged: Readonly<Record<string, unknown>>;
  /** By dotted path, with the variable that says so. */
  readonly environment: ReadonlyMap<string, { readonly variable: string; readonly value: string }>;
  /** By dotted path. */
  readonly flags: ReadonlyMap<string, unknown>;
};

/** Where the configuration is looked for when nobody names a file. */
export const defaultConfigFiles = ["outrider.yaml", "/etc/outrider/outrider.yaml"] as const;
const maxConfigBytes = 1_000_000;

/** Loads the configuration from all its sources. @throws ConfigError */
export function loadConfig(sources: ConfigSources): Config {
  return configOfLayers(readLayers(sources));
}

/** Reads all sources; nothing is staged. @param base instead of the file, which is not read then. @throws ConfigError when the file cannot be read. */
export function readLayers(sources: ConfigSources, base?: Readonly<Values>): ConfigLayers {
  const { env, flags, defaults = {} } = sources;
  const file =
    sources.file ?? env.OUTRIDER_CONFIG ?? defaultConfigFiles.find((path) => existsSync(path)) ?? null;
  const environment = new Map<string, { readonly variable: string; readonly value: string }>();
  for (const [variable, path] of Object.entries(environmentPaths)) {
    const value = env[variable];
    if (value !== undefined && value !== "") environment.set(path, { variable, value });
  }
  return {
    file,
    base: base ?? (file === null ? layOver({}, Object.entries(defaults)) : readConfigFile(file)),
    staged: {},
    environment,
    flags: new Map(Object.entries(flags).filter(([, value]) => value !== undefined)),
  };
}

/** Parses the layers as one. @throws ConfigError */
export function configOfLayers(layers: ConfigLayers): Config {
  const source = layers.file ?? "(defaults, environment and flags)";
  let values: Values;
  try {
    values = valuesOfLayers(layers);
  } catch (cause) {
    throw new ConfigError(source, [(cause as Error).message]);
  }
  return parseConfig(values, source);
}

/** The values of all layers, not judged. @throws Error when a path leads nowhere. */
export function valuesOfLayers({ base, staged, environment, flags }: ConfigLayers): Values {
  return layOver(structuredClone(base), [
    ...Object.entries(staged),
    ...[...environment].map(([path, { value }]) => [path, value] as const),
    ...flags,
  ]);
}

function layOver(values: Values, layer: Iterable<readonly [path: string, value: unknown]>): Values {
  for (const [path, value] of layer) setPath(values, path, structuredClone(value));
  return values;
}

/** Parses configuration values. @throws ConfigError with every problem. */
export function parseConfig(values: unknown, source: string): Config {
  const parsed = configSchema.safeParse(values);
  if (!parsed.success)
    throw new ConfigError(
      source,
      parsed.error.issues.flatMap((issue) => describeIssue(issue, values)),
    );
  const problems = [
    ...doubledCameras(parsed.data),
    ...missingPlaces(parsed.data),
    ...platformProblems(parsed.data),
  ];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return deepFreeze({ ...parsed.data, data: resolve(parsed.data.data) });
}

function doubledCameras({ cameras }: Config): readonly string[] {
  const doubled = cameras.map(({ id }) => id).filter((each, position, all) => all.indexOf(each) !== position);
  return doubled.map(
    (each) => `cameras: expected each camera to have an id of its own, got ${JSON.stringify(each)} twice`,
  );
}

function readConfigFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(file, [`cannot be read: ${(cause as Error).message}`]);
  }
  if (text.length > maxConfigBytes)
    throw new ConfigError(file, [`expected at most ${maxConfigBytes} bytes, got ${text.length}`]);
  // YAML would take them for text, and the part before them for the whole.
  if (text.includes("\0"))
    throw new ConfigError(file, ["expected text, got zero bytes: it was cut off while it was written"]);
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0)
    throw new ConfigError(
      file,
      document.errors.map((error) => error.message.split("\n")[0]!),
    );
  const values: unknown = document.toJS({ maxAliasCount: 20 }) ?? {};
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw new ConfigError(file, ["expected keys and values"]);
  return values as Record<string, unknown>;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) deepFreeze(each);
    Object.freeze(value);
  }
  return value;
}

// What is said of a configuration to somebody far away: every value without secrets, and which of them come from where.
import { hideSecrets } from "../device/camera/hide-secrets.ts";
import type { Config, ConfigLayers } from "./config.ts";
import { isSameOrAround, leavesOf, valueAt } from "./config-paths.ts";
import { RemoteRefusal } from "./remote/hands.ts";

/** Where a value comes from; the values that nobody set are not named. */
export type ValueSource = "file" | "staged" | `environment ${string}` | "flag";

export type ConfigReport = {
  /** In force; of `path`, when one was named. */
  readonly config: unknown;
  /** By dotted path. */
  readonly sources: Readonly<Record<string, ValueSource>>;
  /** Paths at which what is in force is not what the file (or the default) says. */
  readonly differs: readonly string[];
  readonly file: string | null;
};

/** @param path of the part that is wanted; not given: all. @throws RemoteRefusal when there is no such part. */
export function reportConfig(config: Config, layers: ConfigLayers, path?: string): ConfigReport {
  const wanted = path === undefined ? config : valueAt(config, path);
  if (wanted === undefined)
    throw new RemoteRefusal(
      "unknown_key",
      `Expected a key of the configuration (${Object.keys(config).join(", ")}, …), got "${path}"`,
    );
  const sources: Record<string, ValueSource> = {};
  for (const leaf of leavesOf(config).keys()) {
    const source = sourceOf(leaf, layers);
    if (source !== null && (path === undefined || isSameOrAround(path, leaf))) sources[leaf] = source;
  }
  return {
    config: withoutSecrets(wanted),
    sources,
    differs: Object.keys(sources).filter((leaf) => sources[leaf] !== "file"),
    file: layers.file,
  };
}

function sourceOf(leaf: string, { base, staged, environment, flags }: ConfigLayers): ValueSource | null {
  const covers = (each: string): boolean => isSameOrAround(each, leaf);
  if ([...flags.keys()].some(covers)) return "flag";
  const variable = [...environment].find(([each]) => covers(each))?.[1].variable;
  if (variable !== undefined) return `environment ${variable}`;
  if (Object.keys(staged).some(covers)) return "staged";
  return [...leavesOf(base).keys()].some(covers) ? "file" : null;
}

/** Every text without accounts, passwords and keys. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return hideSecrets(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutSecrets(each)]));
}

// Judges a change from afar as a whole: may these keys be changed, do the values fit, are the models there, and does nothing stand above it.
import type { Catalog } from "../models/catalog.ts";
import { type Config, ConfigError, type ConfigLayers, configOfLayers } from "./config.ts";
import { isSameOrAround, leavesOf } from "./config-paths.ts";
import { ruleOf, valueProblem } from "./config-stage-rules.ts";
import { type ConfigWish, RemoteRefusal } from "./remote/hands.ts";
import { modelProblem, modelProblems } from "./watch/model-problems.ts";

export type PlannedChange = {
  /** Everything that will be staged, by dotted path. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Paths whose value in force changes. */
  readonly changed: readonly string[];
  /** true: it takes force without beginning anew. */
  readonly isLive: boolean;
};

export type PlanDeps = {
  /** With what is staged so far. */
  readonly layers: ConfigLayers;
  /** The configuration in force. */
  readonly config: Config;
  readonly openCatalog: (config: Config) => Pick<Catalog, "list">;
};

/** All that is staged, as JSON: a configuration is small, and every change keeps a copy of it. */
const mostBytes = 65_536;
/** A value that is refused is said again, and may be long. */
const mostProblemCharacters = 4000;

/** @throws RemoteRefusal with every problem at once. */
export function planChange({ set, unset }: Pick<ConfigWish, "set" | "unset">, deps: PlanDeps): PlannedChange {
  // A group of values is each of them; an empty one is nothing.
  const wanted = new Map(Object.entries(set).flatMap(([path, value]) => [...leavesOf(value, path)]));
  const problems = [
    ...[...wanted].flatMap(([path, value]) => problemsOf(path, value, deps)),
    ...unset.flatMap((path) => unsetProblems(path, [...wanted.keys()], deps)),
  ];
  refuse(problems);
  const kept = Object.entries(deps.layers.staged).filter(
    ([path]) => !unset.some((each) => isWithin(path, each)) && !wanted.has(path),
  );
  const values = Object.fromEntries([...kept, ...wanted]);
  const bytes = Buffer.byteLength(JSON.stringify(values));
  if (bytes > mostBytes)
    refuse([`set: expected at most ${mostBytes} bytes of values changed from afar, got ${bytes}`]);
  const config = judgeWhole({ ...deps.layers, staged: values }, deps);
  const changed = changedPaths(deps.config, config);
  return { values, changed, isLive: areLive(changed) };
}

/** The paths at which two configurations differ. */
export function changedPaths(one: Config, other: Config): readonly string[] {
  const [before, after] = [leavesOf(one), leavesOf(other)];
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => JSON.stringify(before.get(path)) !== JSON.stringify(after.get(path)),
  );
}

/** Whether changes at these paths take force while the agent runs. */
export function areLive(paths: readonly string[]): boolean {
  return paths.every((path) => {
    const rule = ruleOf(path);
    return rule !== null && "change" in rule && rule.change === "live";
  });
}

function problemsOf(path: string, value: unknown, { layers }: PlanDeps): readonly string[] {
  const rule = ruleOf(path);
  if (rule === null) return [`${path}: no such key, or one that cannot be changed from afar`];
  if ("denied" in rule) return [`${path}: cannot be changed from afar, for ${rule.denied}`];
  const above = [
    ...[...layers.flags.keys()].map((flag) => [flag, "a flag of its command"] as const),
    ...[...layers.environment].map(([each, { variable }]) => [each, `the variable ${variable}`] as const),
  ].find(([each]) => isSameOrAround(each, path));
  if (above !== undefined) return [`${path}: set on the device by ${above[1]}, which goes before`];
  const problem = valueProblem(path, value);
  return problem === null ? [] : [`${path}: ${problem}`];
}

function unsetProblems(path: string, wanted: readonly string[], { layers }: PlanDeps): readonly string[] {
  if (!Object.keys(layers.staged).some((each) => isWithin(each, path)))
    return [`${path}: nothing is staged there`];
  return wanted.some((each) => isSameOrAround(path, each)) ? [`${path}: both set and unset`] : [];
}

function judgeWhole(layers: ConfigLayers, { config: before, openCatalog }: PlanDeps): Config {
  let config: Config;
  try {
    config = configOfLayers(layers);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    refuse(cause.problems);
    throw cause;
  }
  const models = (): Pick<Catalog, "list"> => openCatalog(config);
  const isNew = (get: (of: Config) => string | null): boolean => get(config) !== get(before);
  refuse([
    ...new Set([
      ...(config.watch.enabled ? modelProblems(config, models()) : []),
      // Also one that no camera looks with: who names it expects that it is there.
      ...(isNew(({ watch }) => watch.detector)
        ? modelProblem("watch.detector", { id: config.watch.detector, task: "detect" }, models())
        : []),
      ...(isNew(({ drive }) => drive.model)
        ? modelProblem("drive.model", { id: config.drive.model, task: "steer" }, models())
        : []),
    ]),
  ]);
  return config;
}

function isWithin(path: string, group: string): boolean {
  return path === group || path.startsWith(`${group}.`);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0)
    throw new RemoteRefusal("bad_config", problems.join("; ").slice(0, mostProblemCharacters));
}

// The configurations that an agent could begin with, the best first: the file with what is staged, without it, and the last good file.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Config,
  ConfigError,
  type ConfigLayers,
  type ConfigSources,
  configOfLayers,
  readLayers,
  valuesOfLayers,
} from "./config.ts";
import { readLastGood } from "./config-last-good.ts";
import type { Values } from "./config-paths.ts";
import { readStage, type StagedChange } from "./config-stage.ts";
import type { ConfigState } from "./host.ts";

export type Candidate = {
  readonly base: ConfigState["base"];
  /** The newest change in it; null: nothing is staged. */
  readonly staged: StagedChange | null;
  readonly layers: ConfigLayers;
  /** @throws ConfigError */
  readonly parse: () => Config;
};

export type Candidates = {
  readonly data: string;
  readonly list: readonly Candidate[];
  /** As they are on disk, oldest first. */
  readonly changes: readonly StagedChange[];
  /** One that was on probation when the process ended; it is in no candidate. */
  readonly died: StagedChange | null;
  /** What is wrong with the files themselves. */
  readonly problems: readonly string[];
};

export type CandidatesOptions = {
  readonly sources: ConfigSources;
  /** null: the process begins, so that a change on probation is one with which the last process died. */
  readonly running: { readonly base: Readonly<Values> } | null;
  /** Whether a process may begin with the last good file. */
  readonly lastGood: boolean;
  /** Ids of changes that were taken back, although the disk may still have them. */
  readonly without: ReadonlySet<string>;
};

/** Reads what there is. @throws ConfigError when there is nothing to begin with. */
export function readCandidates({ sources, running, lastGood, without }: CandidatesOptions): Candidates {
  const { layers, problem } = readFileLayers(sources);
  const data = dataOf(layers, sources);
  const stage = readStage(data);
  const changes = stage.changes.filter(({ id }) => !without.has(id));
  const newest = changes.at(-1) ?? null;
  const died = running === null && newest?.state === "trying" ? newest : null;
  const tips = new Set<StagedChange | null>([
    ...(died === null && newest !== null ? [newest] : []),
    ...(newest?.state === "trying" ? [changes.at(-2) ?? null] : []),
    null,
  ]);
  const good = running?.base ?? (lastGood ? readLastGood(data) : null);
  const bases: { readonly base: ConfigState["base"]; readonly values: Readonly<Values> }[] = [];
  if (problem === null) bases.push({ base: layers.file === null ? "defaults" : "file", values: layers.base });
  if (good !== null && JSON.stringify(good) !== JSON.stringify(bases[0]?.values))
    bases.push({ base: "last good", values: good });
  if (bases.length === 0) throw problem;
  return {
    data,
    list: bases.flatMap(({ base, values }) =>
      [...tips].map((staged): Candidate => {
        const all = { ...layers, base: values, staged: staged?.values ?? {} };
        return { base, staged, layers: all, parse: () => configOfLayers(all) };
      }),
    ),
    changes,
    died,
    problems: [
      ...(problem === null ? [] : [problem.message]),
      ...(stage.problem === null ? [] : [stage.problem]),
    ],
  };
}

function readFileLayers(sources: ConfigSources): {
  readonly layers: ConfigLayers;
  readonly problem: ConfigError | null;
} {
  try {
    return { layers: readLayers(sources), problem: null };
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    return { layers: readLayers(sources, {}), problem: cause };
  }
}

/** Where the data is, also when something else in the configuration is wrong, or its file is no YAML at all. */
function dataOf(layers: ConfigLayers, { env }: ConfigSources): string {
  const said = [saidData(layers), lineOfData(layers.file), env.STATE_DIRECTORY].find(
    (each) => typeof each === "string" && each !== "",
  );
  return resolve(said ?? "outrider-data");
}

function saidData(layers: ConfigLayers): string | undefined {
  try {
    const { data } = valuesOfLayers(layers);
    return typeof data === "string" ? data : undefined;
  } catch {
    // A flag or variable leads nowhere: whoever parses this layer says so.
    return undefined;
  }
}

/** The line of a broken file that says it. */
function lineOfData(file: string | null): string | undefined {
  if (file === null || !existsSync(file)) return undefined;
  return /^data:[ \t]*["']?([^"'#\n]+?)["']?[ \t]*(?:#.*)?$/m.exec(readFileSync(file, "utf8"))?.[1];
}

// An import that everything happens to: answers lost after they were carried out, servers that are not there, tokens that end, kill -9 at any
// moment, people at work in between. Run until it says that it is done; what stands at the server is compared with an undisturbed run.
import { join } from "node:path";
import { between, createRandom, type Random } from "../../../device/camera/sim/seeded-random.ts";
import type { PlainSequence } from "../contract-server/annotation/plain-state.ts";
import type { Behaviour } from "../contract-server/faults.ts";
import { compareStates } from "./compare-states.ts";
import { type ImportRun, runImportProcess, startImport } from "./import-process.ts";
import { postOneByOne } from "./one-by-one.ts";
import { benchDays, benchSeason } from "./season.ts";
import { type Servers, startServers } from "./servers.ts";

export type DisturbedOptions = {
  readonly program: readonly string[];
  readonly work: string;
  readonly sequences: number;
  readonly detections: number;
  readonly pictureBytes: number;
  readonly latencyMs: number;
  readonly workers: number;
  /** SIGKILLs in all, over as many imports as that takes. */
  readonly kills: number;
  /** Share of the requests that go wrong, 0 to 1. */
  readonly faultShare: number;
  readonly seed: number;
  /** Told of what is done. */
  readonly say: (words: string) => void;
  readonly signal: AbortSignal;
};

export type Disturbed = {
  /** Imports from an empty annotation API to one that is done. */
  readonly imports: number;
  /** Processes of them. */
  readonly runs: number;
  readonly kills: number;
  /** How the processes ended: by exit code, or killed. */
  readonly exits: Readonly<Record<string, number>>;
  /** Requests that arrived at both servers, and how many of each fault struck. */
  readonly requests: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Rows of the server that were beyond those expected. */
  readonly duplicates: number;
  /** Changes of sequences that held a person's work. */
  readonly humanChanges: number;
  /** Of a run after the last that was done. */
  readonly writesOfRerun: number;
  readonly problems: readonly string[];
};

/** Every how many uses a token ends. */
const tokenUses = { annotation: 97, platform: 41 } as const;
/** The first sequences are there before, half of each, with a person's work. */
const humanSequences = 4;
const humanStages = ["seq_annotation_done", "annotated"] as const;
/** Of one import; at many faults most runs end at their first look at the services. */
const mostRuns = 300;
/** A run is killed within this share of the requests that an undisturbed one needs. */
const killWithin = 0.5;

type Scene = DisturbedOptions & { readonly servers: Servers; readonly random: Random; readonly data: string };

export async function disturbImports(options: DisturbedOptions): Promise<Disturbed> {
  const { program, sequences, detections, pictureBytes, latencyMs, seed, signal, say } = options;
  const servers = await startServers(program, {
    season: { ...benchSeason, seed, sequences, detections, pictureBytes },
    annotation: { latencyMs, seed, tokenUses: tokenUses.annotation },
    platform: { latencyMs, seed: seed + 1, tokenUses: tokenUses.platform },
  });
  const random = createRandom(seed, "kills");
  const scene = (name: string): Scene => ({ ...options, servers, random, data: join(options.work, name) });
  try {
    await prepare(servers, signal);
    const before = (await servers.counts()).requests;
    const calm = await runImport(scene("undisturbed"));
    const expected = await servers.state();
    const requests = (await servers.counts()).requests - before;
    const problems = calm.exitCode === 0 ? [] : [`undisturbed, it ended with ${told(calm)}`];
    say(`undisturbed: ${sequences} sequences with ${requests} requests in ${calm.seconds.toFixed(1)} s`);
    let total = { imports: 0, runs: 0, kills: 0, duplicates: 0, humanChanges: 0, writesOfRerun: 0 };
    const faults: Record<string, number> = {};
    const exits: Record<string, number> = {};
    do {
      signal.throwIfAborted();
      const left = options.kills - total.kills;
      const round = await disturbOne(scene(`disturbed-${total.imports + 1}`), { expected, requests, left });
      total = {
        imports: total.imports + 1,
        runs: total.runs + round.runs,
        kills: total.kills + round.kills,
        duplicates: total.duplicates + round.duplicates,
        humanChanges: total.humanChanges + round.humanChanges,
        writesOfRerun: total.writesOfRerun + round.writesOfRerun,
      };
      addAll(faults, round.faults);
      addAll(exits, round.exits);
      problems.push(...round.problems.map((problem) => `import ${total.imports}: ${problem}`));
      say(`import ${total.imports}: ${round.runs} runs, ${total.kills} of ${options.kills} kills`);
    } while (total.kills < options.kills && problems.length === 0);
    return { ...total, exits, requests: (await servers.counts()).requests, faults, problems };
  } finally {
    await servers.close();
  }
}

function addAll(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}

/** Puts rows of people there: half of their detections, and stages in which nobody else may touch them. */
async function prepare(servers: Servers, signal: AbortSignal): Promise<void> {
  const half = { sequences: humanSequences, detections: 2 };
  const { keys } = await postOneByOne({ ...benchDays, servers, ...half, signal });
  for (const [index, key] of keys.entries())
    await servers.work(key, humanStages[index % humanStages.length]!);
}

type Round = {
  readonly runs: number;
  readonly exits: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly duplicates: number;
  readonly humanChanges: number;
  readonly writesOfRerun: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
};

/** One import from nothing to its end. */
async function disturbOne(
  scene: Scene,
  { expected, requests, left }: { expected: readonly PlainSequence[]; requests: number; left: number },
): Promise<Round> {
  const { servers, random, faultShare, seed } = scene;
  await servers.fresh();
  await prepare(servers, scene.signal);
  const before = (await servers.counts()).faults;
  await servers.behave({ faults: faultsOf(faultShare), seed: seed + Math.floor(random() * 1e6) });
  const exits: Record<string, number> = {};
  let runs = 0;
  let kills = 0;
  let worked: string | null = null;
  let last: ImportRun | null = null;
  while (last === null || last.exitCode !== 0) {
    if (kills < left) {
      last = await runAndKill(scene, Math.ceil(between(random, 0, requests * killWithin)));
      kills += last.exitCode === null ? 1 : 0;
      worked ??= await workInBetween(servers);
    } else last = await runImport(scene);
    runs += 1;
    const name = last.exitCode === null ? "killed" : String(last.exitCode);
    exits[name] = (exits[name] ?? 0) + 1;
    scene.say(`run ${runs}: ${last.exitCode === null || last.exitCode === 0 ? name : told(last)}`);
    if (runs >= mostRuns) break;
  }
  await servers.behave(calm);
  const state = await servers.state();
  const { problems, surplus } = compareStates(state, withWork(expected, worked));
  const { humanChanges, faults, writes } = await servers.counts();
  const again = await runImport(scene);
  const writesOfRerun = (await servers.counts()).writes - writes;
  return {
    runs,
    exits,
    kills,
    duplicates: surplus,
    humanChanges: humanChanges.length,
    writesOfRerun,
    faults: Object.fromEntries(
      Object.entries(faults).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]),
    ),
    problems: [
      ...(last.exitCode === 0 ? [] : [`after ${runs} runs it still ended with ${told(last)}`]),
      ...problems,
      ...humanChanges.map(({ sequence, stage, what }) => `${what}: sequence ${sequence}, which was ${stage}`),
      ...(again.exitCode === 0 ? [] : [`run again with nothing to do, it ended with ${told(again)}`]),
      ...(writesOfRerun === 0 ? [] : [`run again with nothing to do, it wrote ${writesOfRerun} times`]),
    ],
  };
}

const calm: Partial<Behaviour> = { faults: {} };

/** A third of what goes wrong is carried out all the same. */
function faultsOf(share: number): Behaviour["faults"] {
  const parts = {
    "502": 5,
    "503": 5,
    "504": 4,
    "429": 2,
    reset: 4,
    "late-504": 4,
    "reset-after-commit": 4,
    truncated: 2,
  };
  const whole = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return Object.fromEntries(Object.entries(parts).map(([kind, part]) => [kind, (share * part) / whole]));
}

function runImport({ program, servers, workers, data, signal }: Scene): Promise<ImportRun> {
  return runImportProcess({ ...benchDays, program, servers, workers, data, signal });
}

/** Kills it when so many requests have arrived, if it is still there. */
async function runAndKill(scene: Scene, requests: number): Promise<ImportRun> {
  const { program, servers, workers, data, signal } = scene;
  const run = startImport({ ...benchDays, program, servers, workers, data, signal });
  await servers.onRequests(requests, run.kill);
  const ended = await run.ended;
  await servers.onRequests(Number.MAX_SAFE_INTEGER, () => undefined);
  return ended;
}

/** A person takes up the first sequence that is ready, if there is one. @returns its key. */
async function workInBetween(servers: Servers): Promise<string | null> {
  const ready = (await servers.state()).find(
    ({ annotation }) => annotation?.processing_stage === "ready_to_annotate",
  );
  if (ready === undefined) return null;
  await servers.work(ready.key, humanStages[0]);
  return ready.key;
}

/** What is expected when a person has taken up one of them. */
function withWork(expected: readonly PlainSequence[], key: string | null): readonly PlainSequence[] {
  return expected.map((one) =>
    one.key === key && one.annotation !== null
      ? { ...one, annotation: { ...one.annotation, processing_stage: humanStages[0] } }
      : one,
  );
}

function told({ exitCode, lastWords }: ImportRun): string {
  return `${exitCode === null ? "a signal" : exitCode}: ${lastWords.split("\n").slice(-5).join(" / ")}`;
}

export function describeDisturbed(result: Disturbed): string {
  const struck = Object.entries(result.faults).map(([kind, count]) => `${count} × ${kind}`);
  const ended = Object.entries(result.exits).map(([code, count]) => `${count} × ${code}`);
  return [
    `disturbed   ${result.imports} imports in ${result.runs} runs (${ended.join(", ")}), ${result.requests} requests`,
    `faults      ${struck.length === 0 ? "none" : struck.join(", ")}`,
    `server      ${result.duplicates} rows too many, ${result.humanChanges} changes of people's rows, ${result.writesOfRerun} writes when run again`,
    result.problems.length === 0
      ? "result      the same as of an undisturbed run"
      : result.problems.map((problem) => `PROBLEM     ${problem}`).join("\n"),
  ].join("\n");
}

// The fault suite: deals the rounds out to rigs, plays them some at a time, and adds up what the judge says.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../device/camera/sim/seeded-random.ts";
import { inParallel } from "../../in-parallel.ts";
import type { Fault, Round } from "./fault.ts";
import type { Verdict } from "./judge.ts";
import { openRig, type Places, type RigOptions } from "./rig.ts";
import type { RigFigures } from "./rig-verdict.ts";

export type FaultSuiteOptions = Pick<
  RigOptions,
  "work" | "places" | "program" | "clock" | "log" | "env" | "signal"
> & {
  readonly faults: readonly Fault[];
  /** Of all faults together; each gets one at least. */
  readonly rounds: number;
  readonly seed: number;
  /** Part of every name that the servers see, so that no earlier run is in the way. */
  readonly stamp: string;
  /** Rigs at a time. */
  readonly parallel: number;
  /** What this machine can do beside: "mount", "faketime". */
  readonly abilities: ReadonlySet<string>;
  /** Told of every rig that is done. */
  readonly onRig?: (words: string) => void;
};

export type FaultFigures = {
  readonly about: string;
  readonly rounds: number;
  /** Rounds that something met. */
  readonly injected: number;
  readonly lost: number;
  readonly doubled: number;
  readonly worstRecoveryMs: number | null;
  readonly medianRecoveryMs: number | null;
};

export type FaultSuite = {
  readonly seed: number;
  readonly rounds: number;
  readonly injected: number;
  readonly lost: number;
  readonly doubled: number;
  /** Pictures lost with a kill, as declared: all of them, and most of one camera in one kill. */
  readonly declared: number;
  readonly worstDeclared: number;
  /** Age of the oldest of them when its life ended, ms, and the longest that a life ran since one of them. */
  readonly worstDeclaredMs: number;
  readonly worstDeclaredRanMs: number;
  /** Pictures that the agent lost and counted. */
  readonly counted: number;
  readonly faults: Readonly<Record<string, FaultFigures>>;
  /** Faults that were not played, and why. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly totals: RigFigures;
  readonly places: Places;
  readonly tookS: number;
  /** What broke, with the rig that shows it; none: every promise was kept. */
  readonly problems: readonly string[];
};

type RigPlan = { readonly fault: Fault; readonly name: string; readonly rounds: number };
type RigResult = Verdict & {
  readonly plan: RigPlan;
  readonly played: readonly Round[];
  readonly figures: RigFigures | null;
};

const nothing: Verdict = {
  lost: 0,
  doubled: 0,
  declared: 0,
  worstDeclared: 0,
  worstDeclaredMs: 0,
  worstDeclaredRanMs: 0,
  counted: 0,
  problems: [],
  holes: [],
};

/** @throws Error when the work folder holds devices of an earlier run with this seed. */
export async function runFaultSuite(options: FaultSuiteOptions): Promise<FaultSuite> {
  const startedNs = options.clock.monotonicNs();
  const skipped = skippedOf(options);
  const plans = deal({
    ...options,
    faults: options.faults.filter(({ name }) => skipped[name] === undefined),
  });
  refuseOthers(plans, options.work);
  const results: RigResult[] = [];
  await inParallel(plans, options.parallel, options.signal, async (plan) => {
    const result = await playRig(plan, options);
    results.push(result);
    options.onRig?.(`${describeProgress(results, plans)} ${describeRig(result)}`);
  });
  return addUp(results, options, skipped, (options.clock.monotonicNs() - startedNs) / 1e9);
}

function skippedOf({ faults, places, abilities }: FaultSuiteOptions): Record<string, string> {
  const there = new Set([
    ...abilities,
    ...(places.endpoint === null ? [] : ["bucket"]),
    ...(places.index === null ? [] : ["index"]),
  ]);
  const why: Record<string, string> = {
    bucket: "no S3 server was given (--bucket, --endpoint)",
    index: "no index server was given (--index)",
    mount: "this machine does not let us mount",
    faketime: "libfaketime is not installed",
  };
  return Object.fromEntries(
    faults.flatMap(({ name, needs }) => {
      const missing = needs.find((need) => !there.has(need));
      return missing === undefined ? [] : [[name, why[missing]!]];
    }),
  );
}

/** Deals the rounds out by share, each fault one at least, in rigs of bounded size; long ones first, so that the end is not a wait. */
function deal({ faults, rounds, seed }: FaultSuiteOptions): readonly RigPlan[] {
  const shares = faults.reduce((sum, { share }) => sum + share, 0);
  const stamp = seed.toString(36);
  return faults
    .flatMap((fault) => {
      const own = Math.max(1, Math.ceil((rounds * fault.share) / shares));
      const rigs = Math.ceil(own / fault.perRig);
      return Array.from({ length: rigs }, (_, number): RigPlan => {
        const least = Math.floor(own / rigs);
        const name = `${fault.name.toLowerCase()}-${stamp}-${number}`;
        return { fault, name, rounds: least + (number < own % rigs ? 1 : 0) };
      });
    })
    .sort((a, b) => b.rounds - a.rounds);
}

/** What a device of an earlier run left would be taken for this one's; and it may be all that shows what broke. */
function refuseOthers(plans: readonly RigPlan[], work: string): void {
  const taken = plans.find(({ name }) => existsSync(join(work, name)));
  if (taken !== undefined)
    throw new Error(
      `Expected --work to hold nothing of an earlier run with this seed, got ${join(work, taken.name)}: move it away or choose another folder`,
    );
}

async function playRig(plan: RigPlan, options: FaultSuiteOptions): Promise<RigResult> {
  const { fault, name, rounds } = plan;
  const random = createRandom(options.seed, name);
  const played: Round[] = [];
  const problems: string[] = [];
  const rig = await openRig({
    ...options,
    cameras: 1,
    fps: 10,
    ...fault.rig,
    name,
    device: `${name}-${options.stamp}`,
    random,
  });
  try {
    try {
      await fault.play(rig, {
        rounds,
        random,
        signal: options.signal,
        played: (round) => played.push(round),
      });
    } catch (cause) {
      options.signal.throwIfAborted();
      problems.push((cause as Error).message);
    }
    const verdict = await rig.finish();
    problems.push(...verdict.problems);
    // What shows a break stays.
    if (problems.length === 0)
      await rig
        .tidy()
        .catch((cause: unknown) =>
          options.log.warn({ cause, device: rig.device }, "something of it is left on a server"),
        );
    return { plan, played, ...verdict, problems };
  } catch (cause) {
    options.signal.throwIfAborted();
    problems.push((cause as Error).message);
    return { ...nothing, plan, played, figures: null, problems };
  } finally {
    await rig.close();
    if (problems.length === 0) rmSync(join(options.work, name), { recursive: true, force: true });
  }
}

function addUp(
  results: readonly RigResult[],
  { faults, seed, places }: FaultSuiteOptions,
  skipped: Record<string, string>,
  tookS: number,
): FaultSuite {
  const figuresOf = ({ name, about }: Fault): FaultFigures => {
    const own = results.filter(({ plan }) => plan.fault.name === name);
    const rounds = own.flatMap(({ played }) => played);
    const recoveries = rounds.flatMap(({ recoveryMs }) => recoveryMs ?? []).sort((a, b) => a - b);
    return {
      about,
      rounds: rounds.length,
      injected: rounds.filter(({ hits }) => hits > 0).length,
      lost: sumOf(own, ({ lost }) => lost),
      doubled: sumOf(own, ({ doubled }) => doubled),
      worstRecoveryMs: recoveries.length === 0 ? null : Math.round(recoveries.at(-1)!),
      medianRecoveryMs: recoveries.length === 0 ? null : Math.round(recoveries[recoveries.length >> 1]!),
    };
  };
  const figures = Object.fromEntries(
    faults.filter(({ name }) => skipped[name] === undefined).map((fault) => [fault.name, figuresOf(fault)]),
  );
  const rows = Object.values(figures);
  const totals = (key: keyof RigFigures): number => sumOf(results, (result) => result.figures?.[key] ?? 0);
  return {
    seed,
    rounds: sumOf(rows, ({ rounds }) => rounds),
    injected: sumOf(rows, ({ injected }) => injected),
    lost: sumOf(rows, ({ lost }) => lost),
    doubled: sumOf(rows, ({ doubled }) => doubled),
    declared: sumOf(results, ({ declared }) => declared),
    worstDeclared: Math.max(0, ...results.map(({ worstDeclared }) => worstDeclared)),
    worstDeclaredMs: Math.round(Math.max(0, ...results.map(({ worstDeclaredMs }) => worstDeclaredMs))),
    worstDeclaredRanMs: Math.round(Math.max(0, ...results.map((result) => result.worstDeclaredRanMs))),
    counted: sumOf(results, ({ counted }) => counted),
    faults: figures,
    skipped,
    totals: {
      pictures: totals("pictures"),
      stored: totals("stored"),
      objects: totals("objects"),
      documents: totals("documents"),
      marks: totals("marks"),
      repeatedEvents: totals("repeatedEvents"),
      lives: totals("lives"),
    },
    places,
    tookS: Math.round(tookS),
    problems: results.flatMap(({ plan, problems }) => problems.map((problem) => `${plan.name}: ${problem}`)),
  };
}

function sumOf<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0);
}

/** How far it is, for somebody who watches: devices, rounds, breaks, and the memory of the bench itself, which must not grow. */
function describeProgress(results: readonly RigResult[], plans: readonly RigPlan[]): string {
  const played = sumOf(results, (result) => result.played.length);
  const broken = results.filter(({ problems }) => problems.length > 0).length;
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  return `[${results.length} of ${plans.length} devices, ${played} of ${sumOf(plans, ({ rounds }) => rounds)} rounds, ${broken} broken, ${megabytes} MB]`;
}

function describeRig({ plan, played, figures, problems }: RigResult): string {
  const words =
    figures === null
      ? ""
      : `, ${figures.pictures} pictures, ${figures.objects} objects, ${figures.documents} documents, ${figures.marks} marks`;
  return `${plan.name}: ${played.length} rounds${words}: ${problems.length === 0 ? "kept" : `BROKEN: ${problems.join("; ")}`}`;
}

/** The table for a person. */
export function describeFaultSuite(result: FaultSuite): string {
  const rows = Object.entries(result.faults).map(([name, each]) => [
    name,
    String(each.rounds),
    String(each.injected),
    String(each.lost),
    String(each.doubled),
    each.worstRecoveryMs === null ? "-" : (each.worstRecoveryMs / 1000).toFixed(1),
    each.lost + each.doubled === 0 &&
    !result.problems.some((problem) => problem.startsWith(`${name.toLowerCase()}-`))
      ? "kept"
      : "BROKEN",
    each.about,
  ]);
  const table = [
    ["fault", "rounds", "injected", "lost", "doubled", "worst recovery s", "verdict", ""],
    ...rows,
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const { places, totals } = result;
  return [
    `seed ${result.seed}; ${places.broker}, ${places.bucket ?? "folder:"}, ${places.index ?? "local:"}; ${result.tookS} s`,
    ...table.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    ),
    ...Object.entries(result.skipped).map(([name, why]) => `${name} was not played: ${why}`),
    `${totals.pictures} pictures given, ${totals.stored} stored in ${totals.lives} lives; ${totals.objects} objects, ${totals.documents} documents, ${totals.marks} marks, ${totals.repeatedEvents} events repeated`,
    `lost with a kill ${result.declared} (at most ${result.worstDeclared} of a camera, the oldest ${result.worstDeclaredMs} ms old, the agent ran at most ${result.worstDeclaredRanMs} ms since one of them), lost and counted ${result.counted}`,
    ...result.problems,
    result.problems.length === 0 ? "every promise was kept" : `BROKEN; again with --seed ${result.seed}`,
  ].join("\n");
}

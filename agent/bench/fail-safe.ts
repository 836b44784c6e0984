// How soon a car stands when something fails: a program that drives is made to fail again and again, and the time is taken from outside, between
// the fault and the neutral that its board got.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { between, createRandom } from "../../device/camera/sim/seeded-random.ts";
import type { Clock } from "../../device/clock.ts";
import { type FailSafeCar, isNeutral, startCar } from "./fail-safe-car.ts";
import { type FailSafeFault, failSafeFaults } from "./fail-safe-faults.ts";
import { describeStorm, measureStorm, problemsOfStorm, type Storm } from "./fail-safe-storm.ts";
import { builtProgram } from "./faults/program.ts";

export type FailSafeBenchOptions = {
  readonly work: string;
  /** Of each fault. */
  readonly rounds: number;
  readonly seed: number;
  /** Names of faults; none: all. */
  readonly only: readonly string[];
  /** Starts this very program: the executable and the words before `bench fail-safe-child`. */
  readonly program: readonly string[];
  readonly clock: Clock;
  /** Ends it early; the rounds that were played count. */
  readonly signal: AbortSignal;
};

/** One line of the table. Times in ms. */
export type FailSafeFigures = {
  readonly fault: string;
  readonly rounds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly boundMs: number;
  /** Rounds beyond the bound. */
  readonly broken: number;
  /** Rounds in which the car moved again before somebody armed it. */
  readonly moved: number;
};

/** The promise holds when `problems` is empty. */
export type FailSafeBench = {
  readonly seed: number;
  readonly faults: readonly FailSafeFigures[];
  /** null: not asked for. */
  readonly storm: Storm | null;
  readonly problems: readonly string[];
};

type Round = { readonly afterMs: number; readonly moved: boolean };

/** Where there is one: a disk that is busy with something else would be measured, and a servo board is no disk. */
const memoryFolder = "/dev/shm";

const stormName = "event storm";
const patienceMs = 5000;
const lookMs = 5;
/** How long it is watched whether the car stays where it is, ms. */
const staysMs = 150;

export async function runFailSafeBench(options: FailSafeBenchOptions): Promise<FailSafeBench> {
  const { only } = options;
  const names = [...failSafeFaults.map(({ name }) => name), stormName];
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`Expected faults among ${names.join(", ")}, got ${unknown.join(", ")}`);
  const isWanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const program = await builtProgram(options.program, options.work);
  const faults: FailSafeFigures[] = [];
  let storm: Storm | null = null;
  for (const fault of failSafeFaults) {
    if (!isWanted(fault.name)) continue;
    const rounds = await playFault(fault, { ...options, program });
    if (rounds.length > 0) faults.push(figuresOf(fault, rounds));
  }
  if (isWanted(stormName))
    await withCar({ ...options, program }, async (car) => {
      storm = await measureStorm(car, options.clock);
    });
  return { seed: options.seed, faults, storm, problems: problemsOf(faults, storm) };
}

/** The table for a person. */
export function describeFailSafeBench({ seed, faults, storm, problems }: FailSafeBench): string {
  const rows = faults.map(({ fault, rounds, p50Ms, p99Ms, worstMs, boundMs, broken, moved }) => [
    fault,
    `${rounds}`,
    ...[p50Ms, p99Ms, worstMs].map((ms) => ms.toFixed(1)),
    `${boundMs}`,
    `${broken}`,
    `${moved}`,
  ]);
  const head = ["fault", "rounds", "p50 ms", "p99 ms", "worst ms", "bound ms", "broken", "moved"];
  const table = [head, ...rows].map(([name = "", ...rest]) =>
    [name.padEnd(20), ...rest.map((cell) => cell.padStart(9))].join(""),
  );
  return [
    `seed ${seed}; from the fault to the neutral that the board got`,
    ...table,
    ...(storm === null ? [] : [describeStorm(storm)]),
    ...problems,
  ].join("\n");
}

async function playFault(fault: FailSafeFault, options: FailSafeBenchOptions): Promise<readonly Round[]> {
  const { clock, signal } = options;
  const random = createRandom(options.seed, fault.name);
  const rounds: Round[] = [];
  const isOver = (): boolean => rounds.length >= options.rounds || signal.aborted;
  while (!isOver())
    await withCar(options, async (car) => {
      do {
        await car.drive(fault.driver);
        await delay(between(random, 100, 300));
        const round = await playOnce(car, fault, { clock, random });
        // A busy machine may stop the car before the fault does: there is nothing to measure then.
        if (round !== null) rounds.push(round);
      } while (!fault.ends && !isOver());
    });
  return rounds;
}

/** One fault, and how long the board was without neutral after it; null: it had neutral already. */
async function playOnce(
  car: FailSafeCar,
  fault: FailSafeFault,
  tools: { readonly clock: Clock; readonly random: () => number },
): Promise<Round | null> {
  const faultNs = fault.inflict(car, tools);
  const command = car.pulses().findLast(({ ns }) => ns < faultNs);
  const wasMoving = command !== undefined && !isNeutral(command);
  const neutral = () => car.pulses().find((pulse) => pulse.ns >= faultNs && isNeutral(pulse));
  for (let ms = 0; ms < patienceMs && wasMoving && neutral() === undefined; ms += lookMs) await delay(lookMs);
  const stood = neutral();
  fault.relent?.(car);
  await delay(staysMs);
  if (!wasMoving) return null;
  if (stood === undefined) return { afterMs: Number.POSITIVE_INFINITY, moved: false };
  const newest = car.pulses().findLast(({ ns }) => ns < stood.ns);
  const fromNs = fault.from === "fault" ? faultNs : newest!.ns;
  const moved = car.pulses().some((pulse) => pulse.ns > stood.ns && !isNeutral(pulse));
  return { afterMs: (stood.ns - fromNs) / 1e6, moved };
}

/** A car for a while; where the bench is ended meanwhile, nothing is wrong. */
async function withCar(
  options: FailSafeBenchOptions,
  use: (car: FailSafeCar) => Promise<void>,
): Promise<void> {
  const { program, clock, signal } = options;
  const folder = mkdtempSync(join(existsSync(memoryFolder) ? memoryFolder : options.work, "outrider-car-"));
  let car: FailSafeCar | null = null;
  try {
    car = await startCar({ directory: folder, program, clock, signal });
    await use(car);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    await car?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function figuresOf({ name, boundMs }: FailSafeFault, rounds: readonly Round[]): FailSafeFigures {
  const sorted = rounds.map(({ afterMs }) => afterMs).sort((a, b) => a - b);
  const at = (fraction: number): number => sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)]!;
  return {
    fault: name,
    rounds: rounds.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    worstMs: at(1),
    boundMs,
    broken: sorted.filter((ms) => ms > boundMs).length,
    moved: rounds.filter(({ moved }) => moved).length,
  };
}

function problemsOf(faults: readonly FailSafeFigures[], storm: Storm | null): readonly string[] {
  return [
    ...faults.flatMap(({ fault, broken, boundMs, worstMs, moved }) => [
      ...(broken > 0
        ? [`${fault}: ${broken} rounds beyond ${boundMs} ms, the worst ${worstMs.toFixed(1)} ms`]
        : []),
      ...(moved > 0 ? [`${fault}: in ${moved} rounds the car moved again before it was armed`] : []),
    ]),
    ...(storm === null ? [] : problemsOfStorm(storm)),
  ];
}

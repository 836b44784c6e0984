// How fast an import is against the same calls one after the other, what memory it takes, and whether the order in which it creates things matters.
import { join } from "node:path";
import { compareStates } from "./compare-states.ts";
import { runImportProcess } from "./import-process.ts";
import { postOneByOne } from "./one-by-one.ts";
import { benchDays, benchSeason } from "./season.ts";
import { startServers } from "./servers.ts";

export type ThroughputOptions = {
  readonly program: readonly string[];
  readonly work: string;
  readonly sequences: number;
  readonly detections: number;
  readonly pictureBytes: number;
  /** Before every answer of both servers. */
  readonly latencyMs: number;
  readonly workers: number;
  /** Sequences that are posted one by one. */
  readonly baseline: number;
  readonly seed: number;
  readonly signal: AbortSignal;
};

export type Throughput = {
  readonly import: {
    readonly detections: number;
    readonly seconds: number;
    readonly detectionsPerS: number;
    /** Largest resident memory of its process, MB; null where the system does not say. */
    readonly peakRssMb: number | null;
  };
  readonly oneByOne: {
    readonly sequences: number;
    readonly detections: number;
    readonly seconds: number;
    readonly detectionsPerS: number;
  };
  /** Of the two rates; goal: at least 5. */
  readonly ratio: number;
  /** What is wrong, whatever the machine. */
  readonly problems: readonly string[];
};

export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const { program, latencyMs, sequences, detections, pictureBytes, seed, signal } = options;
  const servers = await startServers(program, {
    season: { ...benchSeason, seed, sequences, detections, pictureBytes },
    annotation: { latencyMs },
    platform: { latencyMs },
  });
  try {
    const slow = await postOneByOne({ ...benchDays, servers, sequences: options.baseline, signal });
    const expected = await servers.state();
    await servers.fresh();
    const data = join(options.work, "throughput");
    const run = await runImportProcess({
      ...benchDays,
      program,
      servers,
      workers: options.workers,
      data,
      signal,
    });
    const state = await servers.state();
    const made = state.reduce((sum, one) => sum + one.detections.length, 0);
    const { problems } = compareStates(
      state.filter(({ key }) => slow.keys.includes(key)),
      expected,
    );
    const failed = run.exitCode === 0 ? [] : [`the import ended with ${run.exitCode}: ${run.lastWords}`];
    const few =
      state.length === sequences ? [] : [`${state.length} sequences are there, expected ${sequences}`];
    const rate = made / run.seconds;
    const slowRate = slow.detections / slow.seconds;
    return {
      import: { detections: made, seconds: run.seconds, detectionsPerS: rate, peakRssMb: run.peakRssMb },
      oneByOne: {
        sequences: slow.keys.length,
        detections: slow.detections,
        seconds: slow.seconds,
        detectionsPerS: slowRate,
      },
      ratio: rate / slowRate,
      problems: [...failed, ...few, ...problems],
    };
  } finally {
    await servers.close();
  }
}

export function describeThroughput({ import: run, oneByOne, ratio, problems }: Throughput): string {
  const mb = run.peakRssMb === null ? "unknown here" : `${run.peakRssMb.toFixed(0)} MB (goal: below 250)`;
  return [
    `one by one  ${oneByOne.detections} detections of ${oneByOne.sequences} sequences in ${oneByOne.seconds.toFixed(1)} s: ${oneByOne.detectionsPerS.toFixed(1)} a second`,
    `import      ${run.detections} detections in ${run.seconds.toFixed(1)} s with its start: ${run.detectionsPerS.toFixed(1)} a second, ${ratio.toFixed(1)} times as many (goal: 5)`,
    `memory      at most ${mb}`,
    problems.length === 0
      ? "result      the same as of the one by one, whatever the order"
      : problems.map((problem) => `PROBLEM     ${problem}`).join("\n"),
  ].join("\n");
}

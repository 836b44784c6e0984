// kill -9 at random moments of a process that records, again and again: what it had acknowledged is there, whole, and it is
// ready again at once. The truth is kept outside the store: the lines the process said before it died.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import { defaultCommitWindowMs, openStore } from "../../device/store/store.ts";
import { crashPicture } from "./crash-picture.ts";

export type CrashBenchOptions = {
  readonly work: string;
  readonly rounds: number;
  readonly fps: number;
  /** Bytes of a picture. */
  readonly bytes: number;
  /** Longest time a round records before it is killed, ms. */
  readonly maxRunMs: number;
  /** Starts this very program: the executable and the words before `bench crash-child`. */
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

/** The promise holds when `problems` is empty. */
export type CrashBench = {
  readonly rounds: number;
  readonly taken: number;
  readonly acknowledged: number;
  /** Frames that were taken and are not there: none of them was acknowledged. */
  readonly lost: number;
  /** Most frames lost in one round, and how many that may be: those of the commit window and of one commit. */
  readonly worstLost: number;
  readonly allowedLost: number;
  readonly unreadableStores: number;
  readonly tornFrames: number;
  readonly missingAcknowledged: number;
  /** Milliseconds from the start of the process's work to its first acknowledged frame. */
  readonly worstReadyMs: number;
  readonly problems: readonly string[];
};

type Round = { readonly taken: number[]; readonly acked: number[]; readonly readyMs: number };

/** A commit may take this long before what waits behind it is more than we declare, ms. */
const slowestCommitMs = 200;
const maxReadyMs = 3000;

export async function runCrashBench(options: CrashBenchOptions): Promise<CrashBench> {
  const directory = join(options.work, "crash");
  rmSync(directory, { recursive: true, force: true });
  const problems: string[] = [];
  const allowedLost = Math.ceil(((defaultCommitWindowMs + slowestCommitMs) / 1000) * options.fps) + 1;
  const figures = { taken: 0, acknowledged: 0, lost: 0, worstLost: 0, worstReadyMs: 0 };
  const bad = { unreadableStores: 0, tornFrames: 0, missingAcknowledged: 0 };
  const acknowledged = new Set<number>();
  let next = 0;
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      options.signal.throwIfAborted();
      const { taken, acked, readyMs } = await killOnce(options, { directory, first: next });
      next = (taken.at(-1) ?? next - 1) + 1;
      for (const n of acked) acknowledged.add(n);
      figures.taken += taken.length;
      figures.worstReadyMs = Math.max(figures.worstReadyMs, readyMs);
      const found = inspect(options, directory);
      if (found === null) {
        bad.unreadableStores += 1;
        problems.push(`round ${round}: the store could not be opened`);
        break;
      }
      const missing = [...acknowledged].filter((n) => !found.whole.has(n) && !found.torn.has(n));
      const lost = taken.filter((n) => !found.whole.has(n)).length;
      bad.tornFrames += found.torn.size;
      bad.missingAcknowledged += missing.length;
      figures.lost += lost;
      figures.worstLost = Math.max(figures.worstLost, lost);
      if (found.torn.size > 0) problems.push(`round ${round}: torn frames ${[...found.torn].slice(0, 5)}`);
      if (missing.length > 0)
        problems.push(`round ${round}: acknowledged and missing ${missing.slice(0, 5)}`);
      if (lost > allowedLost)
        problems.push(`round ${round}: ${lost} frames lost, expected at most ${allowedLost}`);
      if (readyMs > maxReadyMs)
        problems.push(`round ${round}: ready after ${readyMs} ms, expected less than ${maxReadyMs}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return {
    rounds: options.rounds,
    ...figures,
    acknowledged: acknowledged.size,
    allowedLost,
    ...bad,
    problems,
  };
}

/** The figures for a person. */
export function describeCrashBench(result: CrashBench): string {
  return [
    `${result.rounds} kills: ${result.taken} frames taken, ${result.acknowledged} acknowledged, ${result.lost} lost before they were (at most ${result.worstLost} in a round, ${result.allowedLost} are declared)`,
    `unreadable stores ${result.unreadableStores}, torn frames ${result.tornFrames}, acknowledged and missing ${result.missingAcknowledged}`,
    `first frame acknowledged within ${result.worstReadyMs} ms of every restart`,
    ...result.problems,
  ].join("\n");
}

/** Starts the recording process and kills it at a random moment after its first acknowledgement. */
async function killOnce(
  { program, fps, bytes, maxRunMs, random, signal }: CrashBenchOptions,
  { directory, first }: { directory: string; first: number },
): Promise<Round> {
  const [command, ...words] = program;
  const child = spawn(
    command!,
    [...words, "bench", "crash-child", directory, String(fps), String(first), String(bytes)],
    { stdio: ["ignore", "pipe", "inherit"], signal },
  );
  child.on("error", () => undefined);
  const round = { taken: [] as number[], acked: [] as number[], readyMs: Number.POSITIVE_INFINITY };
  const reader = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve) => {
    reader.on("line", (line) => {
      const [word, number] = line.split(" ");
      if (word === "taken") round.taken.push(Number(number));
      else if (word === "acked") round.acked.push(Number(number));
      else if (word === "ready") {
        round.readyMs = Number(number);
        resolve();
      }
    });
    reader.on("close", resolve);
  });
  const ended = Promise.all([once(reader, "close"), once(child, "exit")]);
  await Promise.race([ready, delay(10_000, undefined, { ref: false })]);
  await delay(random() * maxRunMs);
  child.kill("SIGKILL");
  await ended;
  signal.throwIfAborted();
  return round;
}

/** What the store holds after the kill; null: it does not open. */
function inspect(
  { bytes, clock, log }: CrashBenchOptions,
  directory: string,
): { readonly whole: ReadonlySet<number>; readonly torn: ReadonlySet<number> } | null {
  const whole = new Set<number>();
  const torn = new Set<number>();
  try {
    const store = openStore({ directory, clock, log, readOnly: true });
    for (const frame of store.frames.range()) {
      const picture = store.frames.picture(frame.imgId);
      const isWhole =
        picture !== null &&
        sha256Hex(picture) === frame.sha256 &&
        sha256Hex(crashPicture(frame.sequence, bytes)) === frame.sha256 &&
        store.labels.ofFrame(frame.imgId).length === 1 &&
        store.outbox.isWaiting("picture", frame.imgId, "folder:bench");
      (isWhole ? whole : torn).add(frame.sequence);
    }
    void store.close();
    return { whole, torn };
  } catch (cause) {
    log.error({ cause }, "the store could not be opened after a kill");
    return null;
  }
}

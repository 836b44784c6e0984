// Data files damaged in every way, seed by seed: whether the store opens by itself, how often a process died of it first, and how
// much of what still lies in the file is there again. What lies in the file is told by looking for the very bytes in it.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createRandom } from "../../device/camera/sim/seeded-random.ts";
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import { sealBytes, sealJson } from "../../device/store/codec.ts";
import { openStore } from "../../device/store/store.ts";
import { createDeliveryPlan } from "../deliveries.ts";
import { crashPicture } from "./crash-picture.ts";
import type { DamageLife } from "./damage-child.ts";
import { createFrameMaker } from "./frames.ts";

export type DamageBenchOptions = {
  readonly work: string;
  readonly seeds: number;
  /** The first seed. */
  readonly seed: number;
  readonly frames: number;
  /** Starts this very program: the executable and the words before `bench damage-child`. */
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type DamageKind = (typeof damageKinds)[number];

/** Figures of one kind of damage. */
export type DamageRow = {
  readonly kind: DamageKind;
  readonly seeds: number;
  readonly opened: number;
  /** Processes that died of the store before it opened. */
  readonly crashes: number;
  /** Most of them for one seed. */
  readonly worstCrashes: number;
  readonly salvages: number;
  /** Frames that lie whole in the damaged files, and how many of them are there again. */
  readonly readable: number;
  readonly found: number;
};

export type DamageBench = {
  readonly seeds: number;
  readonly opened: number;
  readonly crashes: number;
  readonly worstCrashes: number;
  /** Share of what is readable that is there again, 0..1. */
  readonly salvagedShare: number;
  readonly rows: readonly DamageRow[];
  /** Seeds that broke the promise, with what they did. */
  readonly problems: readonly string[];
};

/** More starts than this without success are a crash loop. */
const mostCrashes = 3;
const lifeMs = 120_000;
/** Of the frames that lie whole in the damaged files, over all seeds. */
const leastShare = 0.99;
/** What would fill the memory of a small computer is killed, as its kernel would do, and counts as a crash. */
const mostMemoryBytes = 1.5e9;
const pageBytes = 4096;

const damageKinds = [
  "flipped bits",
  "zeroed pages",
  "page of noise",
  "cut off",
  "zeroed first pages",
  "one first page torn",
  "stale lock",
] as const;

export async function runDamageBench(options: DamageBenchOptions): Promise<DamageBench> {
  const { work, seeds, signal } = options;
  mkdirSync(work, { recursive: true });
  const template = join(work, "template");
  const frames = await makeTemplate(options, template);
  const rows = new Map<DamageKind, { -readonly [K in keyof DamageRow]: DamageRow[K] }>();
  const problems: string[] = [];
  for (let at = 0; at < seeds; at += 1) {
    signal.throwIfAborted();
    const seed = options.seed + at;
    const kind = damageKinds[seed % damageKinds.length]!;
    const directory = join(work, "damaged");
    rmSync(directory, { recursive: true, force: true });
    cpSync(template, directory, { recursive: true });
    const path = join(directory, "data.mdb");
    const file = damageFile(readFileSync(path), kind, createRandom(seed, "damage"));
    writeFileSync(path, file);
    if (kind === "stale lock")
      writeFileSync(`${path}-lock`, readFileSync(join(template, "data.mdb")).subarray(0, 8192));
    const readable = frames.filter(({ pieces }) => pieces.every((piece) => file.includes(piece)));
    const { life, crashes, words } = await liveUntilItOpens(options, directory);
    const found = new Set(life?.whole);
    const lost = readable.filter(({ sequence }) => !found.has(sequence)).length;
    const row = rows.get(kind) ?? {
      kind,
      seeds: 0,
      opened: 0,
      crashes: 0,
      worstCrashes: 0,
      salvages: 0,
      readable: 0,
      found: 0,
    };
    row.seeds += 1;
    row.opened += life === null ? 0 : 1;
    row.crashes += crashes;
    row.worstCrashes = Math.max(row.worstCrashes, crashes);
    row.salvages += life?.salvaged === true ? 1 : 0;
    row.readable += readable.length;
    row.found += readable.length - lost;
    rows.set(kind, row);
    if (life === null)
      problems.push(`seed ${seed} (${kind}): does not open after ${crashes} starts: ${words}`);
  }
  const all = [...rows.values()];
  const sum = (of: (row: DamageRow) => number): number => all.reduce((total, row) => total + of(row), 0);
  const salvagedShare =
    sum(({ found }) => found) /
    Math.max(
      1,
      sum(({ readable }) => readable),
    );
  if (salvagedShare < leastShare)
    problems.push(`of the readable frames ${salvagedShare} are there again, expected at least ${leastShare}`);
  return {
    seeds,
    opened: sum(({ opened }) => opened),
    crashes: sum(({ crashes }) => crashes),
    worstCrashes: Math.max(0, ...all.map(({ worstCrashes }) => worstCrashes)),
    salvagedShare:
      sum(({ found }) => found) /
      Math.max(
        1,
        sum(({ readable }) => readable),
      ),
    rows: all,
    problems,
  };
}

/** The figures for a person. */
export function describeDamageBench(result: DamageBench): string {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  return [
    `${result.seeds} damaged stores: ${result.opened} opened by themselves, after at most ${result.worstCrashes} processes that died of one (${result.crashes} in all)`,
    `of the frames that lie whole in the files ${percent(result.salvagedShare)} are there again`,
    ...result.rows.map(
      ({ kind, seeds, opened, crashes, salvages, readable, found }) =>
        `  ${kind.padEnd(20)} ${opened} of ${seeds} opened, ${salvages} taken over, ${crashes} crashes, ${found} of ${readable} readable frames (${percent(found / Math.max(1, readable))})`,
    ),
    ...result.problems,
  ].join("\n");
}

/** A frame of the template: what has to lie in a file for it to be readable there. */
type TemplateFrame = { readonly sequence: number; readonly pieces: readonly Buffer[] };

/** A store of a process that was killed: records, pictures of many sizes, labels, an outbox, and pages that were used before. */
async function makeTemplate(
  { clock, log, frames }: DamageBenchOptions,
  directory: string,
): Promise<readonly TemplateFrame[]> {
  rmSync(directory, { recursive: true, force: true });
  const store = openStore({ directory, clock, log, commitWindowMs: 0 });
  const plan = createDeliveryPlan({
    pictureTargets: ["folder:bench"],
    labelTargets: ["local:bench"],
    eventTargets: [],
    holdBackMs: 0,
  });
  const make = createFrameMaker({ event: "damage", plan, clock, isTaken: store.frames.has });
  const made: TemplateFrame[] = [];
  for (let n = 0; n < frames; n += 1) {
    const picture = crashPicture(n, 1000 + ((n * 7919) % 20_000));
    const entry = make(picture);
    const frame: FrameRecord = { ...entry.frame, sequence: n };
    await store.keep({ ...entry, frame });
    const label = entry.labels[0]!;
    made.push({
      sequence: n,
      pieces: [sealBytes(picture), sealJson(frame), sealJson(label)],
    });
    if (n % 10 === 9) await store.commit(() => store.notes.put("turn", n));
  }
  await store.close();
  writeFileSync(join(directory, "writer.lock"), "{}");
  return made;
}

function damageFile(file: Buffer, kind: DamageKind, random: () => number): Buffer {
  const pages = Math.floor(file.length / pageBytes);
  const somewhere = (from = 0): number => from + Math.floor(random() * (pages - from));
  const times = 1 + Math.floor(random() * 8);
  switch (kind) {
    case "flipped bits":
      for (let n = 0; n < times * 8; n += 1)
        file[Math.floor(random() * file.length)]! ^= 1 << Math.floor(random() * 8);
      return file;
    case "zeroed pages":
      for (let n = 0; n < times; n += 1) {
        const at = somewhere(2) * pageBytes;
        file.fill(0, at, at + pageBytes);
      }
      return file;
    case "page of noise": {
      const at = somewhere(2) * pageBytes;
      for (let n = 0; n < pageBytes; n += 1) file[at + n] = Math.floor(random() * 256);
      return file;
    }
    case "cut off":
      return file.subarray(0, Math.floor(file.length * (0.3 + 0.7 * random())));
    case "zeroed first pages":
      file.fill(0, 0, 2 * pageBytes);
      return file;
    case "one first page torn": {
      const at = random() < 0.5 ? 0 : pageBytes;
      file.fill(0xff, at + Math.floor(random() * 160), at + 512);
      return file;
    }
    case "stale lock":
      return file;
  }
}

/** Starts the process until one opens the store, or it is a crash loop. */
async function liveUntilItOpens(
  { program, signal }: DamageBenchOptions,
  directory: string,
): Promise<{ life: DamageLife | null; crashes: number; words: string }> {
  const [command, ...words] = program;
  let said = "";
  for (let crashes = 0; crashes <= mostCrashes; crashes += 1) {
    try {
      const running = promisify(execFile)(command!, [...words, "bench", "damage-child", directory], {
        timeout: lifeMs,
        killSignal: "SIGKILL",
        maxBuffer: 64 * 2 ** 20,
        signal,
      });
      const watch = setInterval(() => {
        if (memoryOf(running.child.pid) > mostMemoryBytes) running.child.kill("SIGKILL");
      }, 100);
      const { stdout } = await running.finally(() => clearInterval(watch));
      return { life: JSON.parse(stdout) as DamageLife, crashes, words: "" };
    } catch (cause) {
      signal.throwIfAborted();
      const { signal: killedBy, stderr } = cause as { signal?: string | null; stderr?: string };
      said = killedBy ?? (stderr ?? String(cause)).trim().split("\n").slice(-3).join(" ");
    }
  }
  return { life: null, crashes: mostCrashes + 1, words: said };
}

/** Resident bytes of a process; 0 when it is gone, or on a system that does not say. */
function memoryOf(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return 0; // It ended meanwhile.
  }
}

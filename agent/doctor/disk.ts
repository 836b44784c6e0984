// The disk and what lies on it: room, speed of the one write that matters, and whether the store can be read.
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import { readDiskSpace } from "../../device/disk.ts";
import { silentLog } from "../../device/log.ts";
import { writerOf } from "../../device/store/lock.ts";
import { type FileLook, lookThrough } from "../../device/store/look-through.ts";
import { openStore } from "../../device/store/store.ts";
import type { Config } from "../config.ts";
import { configuredTargets } from "../configured-targets.ts";
import { storeFolder } from "../folders.ts";
import { owedTargets } from "../forget-target.ts";
import { formatBytes } from "../stats.ts";
import { type Finding, finding, firstLine } from "./finding.ts";

const megabyte = 1_000_000;
/** A commit of the store's window has to be on disk well before the next one. */
const slowWriteMs = 250;
const fewBytes = 100 * megabyte;

/** Whether the data folder takes files, how much, and how fast. One file of 1 MB is written there and removed. */
export function examineDataFolder(data: string, keepFreeBytes: number): readonly Finding[] {
  const part = "data folder";
  // The nearest folder that exists says whether ours can be made in it.
  let place = data;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  if (!statSync(place).isDirectory())
    return [
      { part, state: "broken", found: `${data}: ${place} is no folder`, fix: "set `data` to another place" },
    ];
  let writeMs: number;
  try {
    writeMs = timeWrite(place);
  } catch (cause) {
    return [
      {
        part,
        state: "broken",
        found: `${data}: ${firstLine(cause)}`,
        fix: `sudo install -d -o $USER ${data}`,
      },
    ];
  }
  const { freeBytes } = readDiskSpace(place);
  const found = `${data}, ${formatBytes(freeBytes)} free`;
  const fix = "free some disk space, or set `data` to another disk";
  const isFull = freeBytes <= Math.min(fewBytes, keepFreeBytes);
  return [
    isFull
      ? { part, state: "broken", found, fix }
      : finding(
          part,
          freeBytes > keepFreeBytes,
          `${found}${freeBytes > keepFreeBytes ? "" : `, less than the ${formatBytes(keepFreeBytes)} that are kept free`}`,
          { state: "warning", fix },
        ),
    finding("disk speed", writeMs <= slowWriteMs, `1 MB on disk after ${Math.round(writeMs)} ms`, {
      state: "warning",
      fix: "a faster card or a disk keeps more frames per second",
    }),
  ];
}

function timeWrite(folder: string): number {
  const path = join(folder, `.outrider-doctor-${process.pid}`);
  const bytes = Buffer.alloc(megabyte, 0x5a);
  const startNs = process.hrtime.bigint();
  const file = openSync(path, "wx", 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
    return Number(process.hrtime.bigint() - startNs) / 1e6;
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

/** How long the doctor looks through a store, ms. */
const lookMs = 3_000;

/** Whether the store can be read, what it holds, and who writes to it; one that nobody writes to is looked through. */
export async function examineStore(data: string, clock: Clock): Promise<Finding> {
  const part = "store";
  const directory = storeFolder(data);
  if (!existsSync(join(directory, "data.mdb")))
    return { part, state: "missing", found: "nothing recorded yet", fix: null };
  try {
    const look = lookUnlessWritten(directory, clock);
    // lmdb would believe what such a file says, and die of it.
    if (look !== null && look.problems.length > 0)
      return { part, state: "broken", found: describeProblems(look.problems), fix: startTheAgent };
    const opened = openStore({ directory, clock, log: silentLog, readOnly: true });
    const frames = opened.frames.count();
    const damaged = opened.counters.get("damaged");
    await opened.close();
    const writer = writerOf(directory, clock.now().bootId);
    const held = writer === null ? "" : `, being written by process ${writer.pid}`;
    return finding(
      part,
      damaged === 0 && (look?.broken ?? 0) === 0,
      `${frames} frames${damaged > 0 ? `, ${damaged} damaged values set aside` : ""}${held}${describeLook(look)}`,
      { state: "warning", fix: "the disk returned wrong bytes: check it (dmesg, smartctl -a)" },
    );
  } catch (cause) {
    return { part, state: "broken", found: firstLine(cause), fix: startTheAgent };
  }
}

const startTheAgent =
  "start the agent: it takes over by itself what can be read of a damaged store, and keeps the old one";

/** null: somebody writes to it, and what is read beside that says nothing; or nothing is in it yet. */
function lookUnlessWritten(directory: string, clock: Clock): FileLook | null {
  const path = join(directory, "data.mdb");
  const isWritten = (): boolean => writerOf(directory, clock.now().bootId) !== null;
  if (isWritten() || statSync(path).size === 0) return null;
  const endNs = clock.monotonicNs() + lookMs * 1e6;
  const look = lookThrough(path, () => clock.monotonicNs() > endNs);
  // An agent that started meanwhile mended it, or wrote.
  return isWritten() ? null : look;
}

function describeProblems(problems: readonly string[]): string {
  const [first, ...others] = problems;
  return `its data file is damaged: ${first}${others.length === 0 ? "" : `, and ${others.length} more`}`;
}

function describeLook(look: FileLook | null): string {
  if (look === null) return "";
  const { values, broken, isWhole } = look;
  const seen = isWhole
    ? `all ${values} values looked at`
    : `${values} values looked at in ${lookMs / 1000} s`;
  return `, ${seen}${broken === 0 ? "" : `: ${broken} of them damaged`}`;
}

/** Whether something waits for targets that nobody sends to any more: it keeps its frames from ever being removed. */
export async function examineOwed(config: Config, clock: Clock): Promise<readonly Finding[]> {
  const part = "outbox";
  const directory = storeFolder(config.data);
  if (!existsSync(join(directory, "data.mdb"))) return [];
  try {
    const configured = await configuredTargets(config);
    const store = openStore({ directory, clock, log: silentLog, readOnly: true });
    try {
      return [...owedTargets(store)]
        .filter(([target]) => !configured.has(target))
        .map(([target, { waiting, parked }]) => ({
          part,
          state: "warning",
          found: `${waiting + parked} entries wait for ${target}, which is not configured; their frames are never removed`,
          fix: `configure it again, or give it up: outrider sync forget ${target}`,
        }));
    } finally {
      await store.close();
    }
  } catch {
    return []; // The store and the addresses have findings of their own.
  }
}

export function examineClock(clock: Clock): Finding {
  const { clockSynchronised } = clock.now();
  return finding(
    "clock",
    clockSynchronised,
    clockSynchronised ? "synchronised" : "not synchronised: frames are kept, and marked as such",
    { state: "warning", fix: "sudo timedatectl set-ntp true" },
  );
}

// What waits for whom, since when, and why it does not go: the queue out of the store, the reasons out of what the sending process noted.
import type { Clock } from "../device/clock.ts";
import { readDiskSpace } from "../device/disk.ts";
import { silentLog } from "../device/log.ts";
import { writerOf } from "../device/store/lock.ts";
import { lanes } from "../device/store/outbox.ts";
import { openStore } from "../device/store/store.ts";
import type { Config } from "./config.ts";
import { storeFolder } from "./folders.ts";
import { collectStats, formatBytes, formatSeconds, type TargetStats } from "./stats.ts";
import { type NotedTarget, readSyncNote, type SyncNote } from "./sync-note.ts";

export type TargetSyncStatus = TargetStats & {
  /** Why what waits does not go; null: nothing is known to hold it. Known only while somebody sends. */
  readonly blocked: string | null;
  /** Seconds until it is tried again after a failure; null: it does not rest. */
  readonly restingSeconds: number | null;
  /** The newest failure in the target's words; null after a success. */
  readonly problem: string | null;
};

/** Fields are added, never renamed: `outrider sync status --json` is a contract. */
export type SyncStatus = {
  /** The process that writes to the store now, which mostly is who sends; null: nobody. */
  readonly writer: { readonly pid: number; readonly command: string } | null;
  /** Seconds since blocked, resting and problem were noted; null: never. */
  readonly notedSeconds: number | null;
  readonly targets: readonly TargetSyncStatus[];
  readonly parked: readonly {
    readonly target: string;
    readonly kind: string;
    readonly lane: string;
    readonly id: string;
    readonly reason: string;
    readonly parkedSeconds: number;
  }[];
};

/** Reads the store beside whoever writes to it. @param limit parked entries shown. @throws StoreError */
export async function readSyncStatus(
  config: Pick<Config, "data">,
  { clock, configured, limit }: { clock: Clock; configured: ReadonlySet<string>; limit: number },
): Promise<SyncStatus> {
  const directory = storeFolder(config.data);
  const store = openStore({ directory, clock, log: silentLog, readOnly: true });
  try {
    const { wallUs: nowUs, bootId } = clock.now();
    const stats = collectStats(store, { disk: readDiskSpace(config.data), nowUs, configured });
    const note = readSyncNote(store);
    const writer = writerOf(directory, bootId);
    const ageSeconds = (atUs: number): number => Math.max(0, (nowUs - atUs) / 1e6);
    return {
      writer: writer === null ? null : { pid: writer.pid, command: writer.command },
      notedSeconds: note === null ? null : ageSeconds(note.atUs),
      targets: stats.targets.map((target) =>
        withNote(target, { note, writerPid: writer?.pid ?? null, nowUs }),
      ),
      parked: store.outbox.parked({ limit }).map(({ entry, reason, parkedAtUs }) => ({
        target: entry.target,
        kind: entry.kind,
        lane: entry.lane,
        id: entry.id,
        reason,
        parkedSeconds: ageSeconds(parkedAtUs),
      })),
    };
  } finally {
    await store.close();
  }
}

function withNote(
  stats: TargetStats,
  { note, writerPid, nowUs }: { note: SyncNote | null; writerPid: number | null; nowUs: number },
): TargetSyncStatus {
  const noted: NotedTarget | undefined = note?.targets.find(({ name }) => name === stats.target);
  // What held a process that is gone holds nobody now; what the target answered stays worth knowing.
  const isLive = note !== null && note.pid === writerPid;
  const until = isLive ? (noted?.restingUntilUs ?? null) : null;
  return {
    ...stats,
    blocked: isLive ? (noted?.blocked ?? null) : null,
    restingSeconds: until === null || until <= nowUs ? null : (until - nowUs) / 1e6,
    problem: noted?.problem ?? null,
  };
}

/** The status for a person. */
export function describeSyncStatus({ writer, notedSeconds, targets, parked }: SyncStatus): string {
  if (targets.length === 0) return "nothing was ever booked for any target";
  const lines = [
    writer === null
      ? "sending   nobody; outrider run or outrider sync does"
      : `sending   process ${writer.pid} (${writer.command})`,
  ];
  for (const target of targets) {
    lines.push(lineOf(target));
    const waits = lanes.filter((lane) => (target.waitingByLane[lane] ?? 0) > 0);
    if (waits.length > 0)
      lines.push(
        `          waits: ${waits.map((lane) => `${lane} ${target.waitingByLane[lane]}`).join(", ")}`,
      );
    if (target.blocked !== null) lines.push(`          held: ${target.blocked}`);
    if (target.problem !== null) {
      const again =
        target.restingSeconds === null ? "" : `; tried again in ${formatSeconds(target.restingSeconds)}`;
      const age = notedSeconds === null ? "" : ` (${formatSeconds(notedSeconds)} ago)`;
      lines.push(`          last failure${age}: ${target.problem}${again}`);
    }
  }
  for (const { kind, id, target, reason, parkedSeconds } of parked)
    lines.push(`parked    ${kind} ${id} → ${target}, ${formatSeconds(parkedSeconds)} ago: ${reason}`);
  if (parked.length > 0)
    lines.push("          outrider sync retry puts them back, outrider sync drop gives them up");
  return lines.join("\n");
}

function lineOf(target: TargetSyncStatus): string {
  const { delivered, waiting, waitingBytes, oldestSeconds, configured } = target;
  const age = oldestSeconds === null ? "" : `, oldest ${formatSeconds(oldestSeconds)}`;
  const strange = configured === false ? " (not configured; outrider sync forget)" : "";
  return `target    ${target.target}: delivered ${delivered}, waiting ${waiting} (${formatBytes(waitingBytes)}${age}), parked ${target.parked}${strange}`;
}

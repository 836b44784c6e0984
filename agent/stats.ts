// What the store holds, what waits for whom, what was refused, and what was dropped and why.
import type { Clock } from "../device/clock.ts";
import { type DiskSpace, hoursLeft, readDiskSpace } from "../device/disk.ts";
import { silentLog } from "../device/log.ts";
import { lanes, type ParkedEntry } from "../device/store/outbox.ts";
import { openStore, type Store } from "../device/store/store.ts";
import type { Config } from "./config.ts";
import { storeFolder } from "./folders.ts";
import { collectSeen, describeSeen, type SeenStats } from "./stats-seen.ts";
import { describeWatched, type WatchedStats, watchedStats } from "./watch/watched-stats.ts";

export type TargetStats = {
  readonly target: string;
  /** false: the configuration does not send there (any more); null: nobody asked. */
  readonly configured: boolean | null;
  readonly delivered: number;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly waitingByLane: Readonly<Record<string, number>>;
  /** Seconds the oldest entry has waited; null when nothing waits. */
  readonly oldestSeconds: number | null;
  readonly parked: number;
};

/** Fields are added, never renamed: `outrider stats --json` is a contract. */
export type Stats = {
  readonly store: string;
  readonly frames: number;
  readonly labels: number;
  readonly erased: number;
  readonly runs: number;
  /** img_id of the oldest and newest frame; null in an empty store. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly liveBytes: number;
  readonly fileBytes: number;
  readonly diskFreeBytes: number;
  /** Hours of capture the disk still takes at the rate of the newest hour's frames; null when nothing was recorded lately. */
  readonly diskHoursLeft: number | null;
  readonly targets: readonly TargetStats[];
  /** What was seen, by camera and class. */
  readonly watched: readonly WatchedStats[];
  /** Frames dropped to make room, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly damaged: number;
  /** The newest things a target refused, in its own words. */
  readonly parked: readonly {
    readonly target: string;
    readonly kind: string;
    readonly id: string;
    readonly reason: string;
  }[];
  /** Individuals, their sightings and vectors, and the data sets they came from. */
  readonly seen: SeenStats;
};

export type StatsOptions = {
  readonly disk: DiskSpace;
  readonly nowUs: number;
  /** The targets that the configuration names. */
  readonly configured?: ReadonlySet<string>;
};

/** Gathers the figures of the store of a configuration; a process that writes to it goes on. @throws StoreError */
export async function readStats(
  config: Pick<Config, "data">,
  { clock, configured }: { readonly clock: Clock } & Pick<StatsOptions, "configured">,
): Promise<Stats> {
  const directory = storeFolder(config.data);
  const store = openStore({ directory, clock, log: silentLog, readOnly: true });
  try {
    return collectStats(store, {
      disk: readDiskSpace(config.data),
      nowUs: clock.now().wallUs,
      ...(configured === undefined ? {} : { configured }),
    });
  } finally {
    await store.close();
  }
}

/** Gathers the figures of a store; nothing is changed. */
export function collectStats(store: Store, { disk, nowUs, configured }: StatsOptions): Stats {
  const { outbox, counters } = store;
  const waiting = outbox.waiting();
  const delivered = outbox.delivered();
  const parked = outbox.parked({ limit: 10_000 });
  const names = new Set([
    ...Object.keys(waiting),
    ...Object.keys(delivered),
    ...parked.map(({ entry }) => entry.target),
  ]);
  const [oldest] = store.frames.range({ limit: 1 });
  const [newest] = store.frames.range({ limit: 1, reverse: true });
  return {
    store: store.directory,
    frames: store.frames.count(),
    labels: store.labels.count(),
    erased: counters.get("erased"),
    runs: [...store.runs.keys()].length,
    oldest: oldest?.imgId ?? null,
    newest: newest?.imgId ?? null,
    liveBytes: counters.get("bytes"),
    fileBytes: store.fileBytes(),
    diskFreeBytes: disk.freeBytes,
    diskHoursLeft: hoursLeft(disk.freeBytes, recentRate(store)),
    targets: [...names].sort().map((target) =>
      targetStats(store, target, {
        waiting: waiting[target],
        delivered: delivered[target] ?? 0,
        parked,
        nowUs,
        configured: configured?.has(target) ?? null,
      }),
    ),
    watched: watchedStats(counters),
    dropped: counters.list("dropped/"),
    damaged: counters.get("damaged"),
    parked: parked
      .slice(0, 20)
      .map(({ entry, reason }) => ({ target: entry.target, kind: entry.kind, id: entry.id, reason })),
    seen: collectSeen(store),
  };
}

type TargetFacts = Pick<TargetStats, "configured"> & {
  readonly waiting: ReturnType<Store["outbox"]["waiting"]>[string] | undefined;
  readonly delivered: number;
  readonly parked: readonly ParkedEntry[];
  readonly nowUs: number;
};

function targetStats(
  store: Store,
  target: string,
  { waiting, delivered, parked, nowUs, configured }: TargetFacts,
): TargetStats {
  const byLane = Object.fromEntries(lanes.map((lane) => [lane, waiting?.[lane].entries ?? 0]));
  const oldestUs = store.outbox.oldestWaitingUs(target);
  return {
    target,
    configured,
    delivered,
    waiting: Object.values(byLane).reduce((sum, count) => sum + count, 0),
    waitingBytes: lanes.reduce((sum, lane) => sum + (waiting?.[lane].bytes ?? 0), 0),
    waitingByLane: byLane,
    oldestSeconds: oldestUs === null ? null : Math.max(0, (nowUs - oldestUs) / 1e6),
    parked: parked.filter(({ entry }) => entry.target === target).length,
  };
}

/** Bytes per second over the newest frames (at most 600 of one boot); 0 when there are too few to tell. */
function recentRate(store: Store): number {
  const frames = [...store.frames.range({ reverse: true, limit: 600 })];
  const newest = frames[0];
  if (newest === undefined) return 0;
  const same = frames.filter(
    ({ moment, run }) => moment.bootId === newest.moment.bootId && run === newest.run,
  );
  const seconds = (newest.moment.monotonicNs - same.at(-1)!.moment.monotonicNs) / 1e9;
  return seconds < 1 ? 0 : same.reduce((sum, { size }) => sum + size, 0) / seconds;
}

/** The figures for a person. */
export function describeStats(stats: Stats): string {
  const lines = [
    `store     ${stats.store}`,
    `frames    ${stats.frames} (${formatBytes(stats.liveBytes)} live, file ${formatBytes(stats.fileBytes)}), ${stats.erased} erased`,
    `labels    ${stats.labels}`,
    `runs      ${stats.runs}`,
    `span      ${stats.oldest === null ? "nothing recorded yet" : `${stats.oldest} … ${stats.newest}`}`,
    `disk      ${formatBytes(stats.diskFreeBytes)} free${stats.diskHoursLeft === null ? "" : `, ${formatHours(stats.diskHoursLeft)} of capture at the last rate`}`,
  ];
  lines.push(...describeSeen(stats.seen));
  lines.push(...describeWatched(stats.watched));
  for (const target of stats.targets) {
    const age = target.oldestSeconds === null ? "" : `, oldest ${Math.round(target.oldestSeconds)} s`;
    lines.push(
      `target    ${target.target}: delivered ${target.delivered}, waiting ${target.waiting} (${formatBytes(target.waitingBytes)}${age}), parked ${target.parked}${target.configured === false ? " (not configured)" : ""}`,
    );
  }
  const drops = Object.entries(stats.dropped);
  lines.push(
    `dropped   ${drops.length === 0 ? "nothing" : drops.map(([reason, count]) => `${reason} ${count}`).join(", ")}`,
  );
  if (stats.damaged > 0) lines.push(`damaged   ${stats.damaged} values set aside`);
  for (const { target, kind, id, reason } of stats.parked)
    lines.push(`parked    ${kind} ${id} → ${target}: ${reason}`);
  return lines.join("\n");
}

/** Bytes for a person: 3 digits and a decimal unit. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Hours for a person. */
export function formatHours(hours: number): string {
  return hours >= 48
    ? `${Math.round(hours / 24)} days`
    : hours >= 1
      ? `${hours.toFixed(1)} h`
      : `${Math.round(hours * 60)} min`;
}

/** A time that passed or is to pass, for a person. */
export function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return formatHours(seconds / 3600);
}

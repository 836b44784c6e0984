// Group commit: writes that arrive within one window become one transaction and one flush to disk.
// A write is acknowledged (its promise resolves) only after the flush; that window is the declared loss bound of a power cut.

/** Latencies and sizes of the commits so far. */
export type CommitStats = {
  readonly commits: number;
  readonly writes: number;
  /** Milliseconds from the start of the newest commit to its flush. */
  readonly lastMs: number;
  readonly worstMs: number;
  /** Monotonic ns of the newest acknowledged commit; null before the first. */
  readonly newestNs: number | null;
  /** Monotonic ns since which the oldest write waits for its acknowledgement; null: nothing waits. */
  readonly waitingSinceNs: number | null;
  /** The disk takes nothing: since when, and the words of the newest failure; null: the newest commit succeeded. */
  readonly failing: { readonly sinceNs: number; readonly reason: string } | null;
};

export type GroupCommit = {
  /**
   * Adds `write` to the group under way. Resolves with its value once it is on disk; rejects, leaving nothing of it, when it
   * throws or the disk does not take it. `write` may run more than once (its group is tried again without a bad one), so it
   * changes nothing but the store.
   */
  readonly commit: <T>(write: () => T, bytes?: number) => Promise<T>;
  /** Commits at once what waits and resolves when all of it is on disk. */
  readonly settle: () => Promise<void>;
  readonly stats: () => CommitStats;
};

type Waiting = {
  readonly sinceNs: number;
  readonly bytes: number;
  readonly write: () => unknown;
  value: unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
};

export type GroupCommitOptions = {
  /** Runs everything in one transaction and resolves when it is on disk; a throw rolls all of it back. */
  readonly transact: (write: () => void, bytes: number) => Promise<void>;
  /** Milliseconds that the first write of a group waits for company. 0: commit in the same event turn. */
  readonly windowMs: number;
  /** Bytes after which a group does not wait any longer. */
  readonly maxGroupBytes: number;
  readonly monotonicNs: () => number;
};

/** What a write puts beside its bytes: records, keys, counts. */
const bookkeepingBytes = 8 * 1024;

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { transact, windowMs, maxGroupBytes, monotonicNs } = options;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  /** Groups that were started and are not settled, oldest first. */
  const started: (readonly Waiting[])[] = [];
  let stats: Omit<CommitStats, "waitingSinceNs"> = {
    commits: 0,
    writes: 0,
    lastMs: 0,
    worstMs: 0,
    newestNs: null,
    failing: null,
  };

  const start = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    waitingBytes = 0;
    // One group at a time keeps the order of acknowledgement the order of writing, and lets the next group grow meanwhile.
    started.push(group);
    running = running.then(() => commitGroup(group)).then(() => void started.shift());
  };

  const commitGroup = async (group: readonly Waiting[]): Promise<void> => {
    if (group.length === 0) return;
    const startedNs = monotonicNs();
    let bad: Waiting | null = null;
    try {
      await transact(
        () => {
          for (const item of group) {
            bad = item;
            item.value = item.write();
          }
          bad = null;
        },
        group.reduce((sum, { bytes }) => sum + bytes + bookkeepingBytes, 0),
      );
    } catch (cause) {
      await sortOut(group, bad, cause);
      return;
    }
    const endedNs = monotonicNs();
    const lastMs = (endedNs - startedNs) / 1e6;
    stats = {
      commits: stats.commits + 1,
      writes: stats.writes + group.length,
      lastMs,
      worstMs: Math.max(stats.worstMs, lastMs),
      newestNs: endedNs,
      failing: null,
    };
    for (const item of group) item.resolve(item.value as never);
  };

  /** One bad write must not take its neighbours with it, nor a large one that the disk has no room for. */
  const sortOut = async (group: readonly Waiting[], bad: Waiting | null, cause: unknown): Promise<void> => {
    if (bad !== null) {
      bad.reject(cause);
      await commitGroup(group.filter((item) => item !== bad));
    } else if (group.length === 1) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      stats = { ...stats, failing: { sinceNs: stats.failing?.sinceNs ?? monotonicNs(), reason } };
      group[0]!.reject(cause);
    } else {
      const half = Math.ceil(group.length / 2);
      await commitGroup(group.slice(0, half));
      await commitGroup(group.slice(half));
    }
  };

  return {
    commit: (write, bytes = 0) =>
      new Promise((resolve, reject) => {
        waiting.push({ sinceNs: monotonicNs(), bytes, write, value: undefined, resolve, reject });
        waitingBytes += bytes;
        if (windowMs === 0 || waitingBytes >= maxGroupBytes) queueMicrotask(start);
        else timer ??= setTimeout(start, windowMs);
      }),
    settle: async () => {
      start();
      await running;
    },
    stats: () => ({ ...stats, waitingSinceNs: (started[0] ?? waiting)[0]?.sinceNs ?? null }),
  };
}

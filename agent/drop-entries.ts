// Gives up what waits for targets, or was refused by them, by choice and with a reason: journalled and counted. Frames and labels stay,
// and so does every take-back: what a person erased must not remain anywhere because a queue was tidied.
import { type DeliveryKind, type Lane, lanes, type OutboxEntry } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";

/** Which entries; what is not given does not matter. */
export type DropFilter = {
  readonly target?: string;
  readonly lane?: Lane;
  readonly kind?: DeliveryKind;
  /** Queued before, wall µs. */
  readonly beforeUs?: number;
  readonly waiting: boolean;
  readonly parked: boolean;
};

export type DropOptions = DropFilter & {
  /** For the journal. */
  readonly reason: string;
  /** true: only counts. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
};

export type DropCount = {
  readonly target: string;
  readonly lane: Lane;
  readonly kind: DeliveryKind;
  readonly state: "waiting" | "parked";
  readonly entries: number;
  readonly bytes: number;
};

export type DropResult = {
  readonly dryRun: boolean;
  readonly reason: string;
  readonly entries: number;
  readonly bytes: number;
  readonly counts: readonly DropCount[];
  /** It was stopped; what is counted was dropped. */
  readonly stopped: boolean;
};

/** Entries in one commit. */
const batchSize = 1000;

/** May be stopped and called again. */
export async function dropEntries(store: Store, options: DropOptions): Promise<DropResult> {
  const counts = new Map<string, DropCount>();
  let stopped = false;
  for (const batch of batchesOf(store, options)) {
    if (options.signal.aborted) {
      stopped = true;
      break;
    }
    const dropped = options.dryRun ? batch : await drop(store, batch, options);
    for (const each of dropped) count(counts, each);
  }
  const all = [...counts.values()];
  return {
    dryRun: options.dryRun,
    reason: options.reason,
    entries: all.reduce((sum, { entries }) => sum + entries, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    counts: all,
    stopped,
  };
}

type Found = { readonly entry: OutboxEntry; readonly state: DropCount["state"] };

function* batchesOf(store: Store, options: DropOptions): Generator<readonly Found[]> {
  if (options.waiting) yield* waitingBatches(store, options);
  if (!options.parked) return;
  const refused = store.outbox
    .parked(options.target === undefined ? {} : { target: options.target })
    .map(({ entry }) => entry)
    .filter((entry) => isMeant(entry, options));
  for (let at = 0; at < refused.length; at += batchSize)
    yield refused.slice(at, at + batchSize).map((entry) => ({ entry, state: "parked" }));
}

function* waitingBatches({ outbox }: Store, options: DropOptions): Generator<readonly Found[]> {
  const targets = options.target === undefined ? Object.keys(outbox.waiting()) : [options.target];
  for (const target of targets) {
    for (const lane of lanes) {
      if (options.lane !== undefined && options.lane !== lane) continue;
      for (let after = -1; ; ) {
        const entries = outbox.take(target, lane, {
          limit: batchSize,
          skip: () => false,
          // Also what is held back for now.
          nowUs: Number.POSITIVE_INFINITY,
          after,
        });
        if (entries.length === 0) break;
        after = entries.at(-1)!.sequence;
        const meant = entries.filter((entry) => isMeant(entry, options));
        if (meant.length > 0) yield meant.map((entry) => ({ entry, state: "waiting" }));
      }
    }
  }
}

function isMeant(entry: OutboxEntry, { lane, kind, beforeUs }: DropFilter): boolean {
  if (entry.operation === "remove") return false;
  return (
    (lane === undefined || entry.lane === lane) &&
    (kind === undefined || entry.kind === kind) &&
    (beforeUs === undefined || entry.enqueuedAtUs < beforeUs)
  );
}

/** Drops a batch in one commit, with its audit. Resolves with what was still there. */
async function drop(
  store: Store,
  batch: readonly Found[],
  { reason }: DropOptions,
): Promise<readonly Found[]> {
  return store.commit(() => {
    const dropped = batch.filter(({ entry }) => store.outbox.giveUp(entry));
    if (dropped.length === 0) return dropped;
    const { entry } = dropped[0]!;
    store.journal.write("sync.dropped", {
      reason,
      target: entry.target,
      entries: dropped.length,
      bytes: dropped.reduce((sum, found) => sum + found.entry.bytes, 0),
      first: `${entry.kind} ${entry.id}`,
      last: `${dropped.at(-1)!.entry.kind} ${dropped.at(-1)!.entry.id}`,
    });
    store.counters.add("dropped/sync", dropped.length);
    return dropped;
  });
}

function count(counts: Map<string, DropCount>, { entry, state }: Found): void {
  const { target, lane, kind } = entry;
  const name = `${target} ${lane} ${kind} ${state}`;
  const before = counts.get(name) ?? { target, lane, kind, state, entries: 0, bytes: 0 };
  counts.set(name, { ...before, entries: before.entries + 1, bytes: before.bytes + entry.bytes });
}

/** The result for a person. */
export function describeDrop({ dryRun, entries, counts, reason, stopped }: DropResult): string {
  if (entries === 0) return "nothing like that waits or was refused";
  const lines = counts.map(
    (each) =>
      `${each.target}: ${each.entries} ${each.state} (${each.kind}, ${each.lane}, ${each.bytes} bytes)`,
  );
  const total = dryRun
    ? `would drop ${entries} (${reason}); --yes does it`
    : `dropped ${entries} (${reason})${stopped ? ", then it was stopped" : ""}; frames and labels stay. Should they go after all: outrider sync --all`;
  return [...lines, total].join("\n");
}

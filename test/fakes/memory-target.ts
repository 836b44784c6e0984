// A target that keeps what it gets in memory, is away, refuses and loses answers as a test asks.
import type { OutboxEntry } from "../../device/store/outbox.ts";
import { SyncError } from "../../sync/errors.ts";
import type { DeliveryOutcome, Target } from "../../sync/targets/target.ts";

export type MemoryTarget = Target & {
  /** What it has now, as `<kind>/<id>`. */
  readonly has: () => readonly string[];
  /** Every entry that reached it, in order, as `<operation> <id>`; repeats show. */
  readonly seen: () => readonly string[];
  readonly calls: () => number;
  /** Most calls that were in flight at once. */
  readonly mostAtOnce: () => number;
  /** Decides a call before it counts: a thrown error means the target failed as a whole. */
  behave: (entries: readonly OutboxEntry[], signal: AbortSignal) => Promise<void> | void;
  /** Decides one entry; null: it is taken. */
  judge: (entry: OutboxEntry) => DeliveryOutcome | null;
};

export function createMemoryTarget(
  name: string,
  options: Partial<Pick<Target, "waitsFor" | "maxBatch" | "concurrency" | "inOrder">> = {},
): MemoryTarget {
  const things = new Set<string>();
  const seen: string[] = [];
  let calls = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const take = (entry: OutboxEntry): DeliveryOutcome => {
    const outcome = target.judge(entry);
    if (outcome !== null) return outcome;
    const thing = `${entry.kind}/${entry.id}`;
    seen.push(`${entry.operation} ${entry.id}`);
    const had = things.has(thing);
    if (entry.operation === "put") things.add(thing);
    else things.delete(thing);
    return { result: "delivered", reference: entry.id, already: had === (entry.operation === "put") };
  };
  const target: MemoryTarget = {
    name,
    waitsFor: [],
    maxBatch: 10,
    concurrency: 2,
    ...options,
    deliver: async (entries, signal) => {
      calls += 1;
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      try {
        await target.behave(entries, signal);
        return entries.map(take);
      } finally {
        atOnce -= 1;
      }
    },
    probe: async (signal) => target.behave([], signal),
    close: async () => undefined,
    has: () => [...things].sort(),
    seen: () => seen,
    calls: () => calls,
    mostAtOnce: () => mostAtOnce,
    behave: () => undefined,
    judge: () => null,
  };
  return target;
}

/** The failure of a target that cannot be reached. */
export function offline(): never {
  throw new SyncError("offline", "no way there");
}

// Giving up a target: what waits for one that is no longer configured would wait for ever, and keep its frames from retention.

import { lanes } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";
import { AddressError } from "./backends.ts";

export type ForgetResult = {
  readonly target: string;
  /** Entries that waited, and entries that the target had refused. */
  readonly waiting: number;
  readonly parked: number;
  readonly dryRun: boolean;
};

export type ForgetOptions = {
  readonly target: string;
  /** The targets that the configuration names: these are not given up. */
  readonly configured: ReadonlySet<string>;
  /** true: only counts. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
};

/** Entries taken out in one commit. */
const batchSize = 1000;

/** The targets that something waits for, or that refused something. */
export function owedTargets(store: Pick<Store, "outbox">): ReadonlyMap<string, ForgetCount> {
  const owed = new Map<string, ForgetCount>();
  const add = (target: string, count: ForgetCount): void => {
    const before = owed.get(target) ?? { waiting: 0, parked: 0 };
    owed.set(target, { waiting: before.waiting + count.waiting, parked: before.parked + count.parked });
  };
  for (const [target, counts] of Object.entries(store.outbox.waiting())) {
    const waiting = lanes.reduce((sum, lane) => sum + counts[lane].entries, 0);
    if (waiting > 0) add(target, { waiting, parked: 0 });
  }
  for (const { entry } of store.outbox.parked()) add(entry.target, { waiting: 0, parked: 1 });
  return owed;
}

type ForgetCount = { readonly waiting: number; readonly parked: number };

/**
 * Takes everything that waits for a target out of the outbox, and what it refused. Frames, labels and receipts stay. May be
 * stopped and called again.
 * @throws AddressError when the target is configured, or nothing waits for it.
 */
export async function forgetTarget(store: Store, options: ForgetOptions): Promise<ForgetResult> {
  const { target, configured, dryRun, signal } = options;
  if (configured.has(target))
    throw new AddressError(
      `Expected a target that is no longer configured, got "${target}" (take it out of the configuration first)`,
    );
  const owed = owedTargets(store);
  const count = owed.get(target);
  if (count === undefined) {
    const others = [...owed.keys()].filter((name) => !configured.has(name));
    throw new AddressError(
      `Expected a target that something waits for and that is not configured (${others.join(", ") || "there is none"}), got "${target}"`,
    );
  }
  if (!dryRun) {
    await store.commit(() => store.journal.write("target.forgotten", { target, ...count }));
    while ((await store.commit(() => takeOut(store, target))) > 0) signal.throwIfAborted();
  }
  return { target, ...count, dryRun };
}

/** Takes out a batch; returns how many there were. Within a commit only. */
function takeOut({ outbox }: Store, target: string): number {
  // What was refused is put back in the queue first: then there is one way out.
  outbox.retryParked(target, batchSize);
  let taken = 0;
  for (const lane of lanes) {
    const entries = outbox.take(target, lane, {
      limit: batchSize - taken,
      skip: () => false,
      // Also what is held back for now.
      nowUs: Number.POSITIVE_INFINITY,
    });
    for (const entry of entries) outbox.settle({ entry, result: "gone" });
    taken += entries.length;
    if (taken >= batchSize) break;
  }
  return taken;
}

/** The result for a person. */
export function describeForget({ target, waiting, parked, dryRun }: ForgetResult): string {
  const counts = `${waiting} waiting and ${parked} refused ${waiting + parked === 1 ? "entry" : "entries"}`;
  return dryRun
    ? `would forget ${counts} for ${target}; --yes does it`
    : `forgot ${counts} for ${target}; frames and labels stay. Should it come back: outrider sync --all`;
}

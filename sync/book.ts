// Books what came of deliveries in the store. A disk that is full for a while must not make us deliver everything twice.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { OutboxEntry, Settlement } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";
import { backoffMs } from "./retry.ts";

export type BookOptions = {
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** How often it is tried before the store counts as broken; null: until the signal aborts. */
  readonly attempts: number | null;
};

/** Books them in one commit, again and again while the store does not take it. @throws the store's error when it is given up. */
export async function bookSettlements(
  store: Store,
  settlements: readonly Settlement[],
  options: BookOptions,
): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    try {
      await store.commit(() => {
        for (const settlement of settlements) book(store, settlement);
      });
      return;
    } catch (cause) {
      if (options.signal.aborted || failures >= (options.attempts ?? Number.POSITIVE_INFINITY)) throw cause;
      options.log.error(
        { cause, entries: settlements.length },
        "deliveries could not be booked; trying again",
      );
      const waitMs = backoffMs(failures, { random: options.random, capMs: 30_000 });
      await options.clock.sleep(waitMs, options.signal).catch(() => undefined);
    }
  }
}

function book(store: Store, settlement: Settlement): void {
  const { entry } = settlement;
  const wasWaiting = store.outbox.settle(settlement);
  if (wasWaiting || settlement.result !== "delivered" || entry.operation !== "put" || entry.imgId === null)
    return;
  // It was withdrawn while it was on its way.
  const frame = store.frames.get(entry.imgId);
  // Dropped to make room: the target may keep it, but nothing here would ever look at the receipt again.
  if (frame === null) store.outbox.forget(entry.kind, entry.id);
  else if (frame.erasedAtUs !== null) takeBack(store, entry);
}

/** Erased by a person: the target has to give it back. */
function takeBack(store: Store, entry: OutboxEntry): void {
  const { sequence: _sequence, enqueuedAtUs: _at, ...draft } = entry;
  store.outbox.enqueue({ ...draft, operation: "remove", notBeforeUs: null });
}

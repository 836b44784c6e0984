// Puts what targets refused back in the queue, all of it, of one target, or one thing.
import type { Store } from "../device/store/store.ts";

export type RetryParkedOptions = {
  readonly target?: string;
  /** img_id, fingerprint or event id. */
  readonly id?: string;
};

/** Entries in one commit. */
const batchSize = 1000;

/** Resolves with how many went back. */
export async function retryParked(store: Store, { target, id }: RetryParkedOptions): Promise<number> {
  if (id === undefined) {
    let retried = 0;
    for (;;) {
      const batch = await store.commit(() => store.outbox.retryParked(target ?? null, batchSize));
      retried += batch;
      if (batch < batchSize) return retried;
    }
  }
  const refused = store.outbox
    .parked(target === undefined ? {} : { target })
    .filter(({ entry }) => entry.id === id);
  await store.commit(() => {
    for (const { entry } of refused) {
      const { sequence: _sequence, enqueuedAtUs: _at, ...draft } = entry;
      store.outbox.enqueue(draft);
    }
  });
  return refused.length;
}

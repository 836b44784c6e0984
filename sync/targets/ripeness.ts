// When a lane is worth a shard: enough waits in it, or something waited long enough.
import type { Clock } from "../../device/clock.ts";
import type { Lane, OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import { maxPictures } from "../shards/shard-index.ts";

export type RipenessOptions = {
  readonly store: Pick<Store, "outbox">;
  readonly clock: Pick<Clock, "now">;
  /** Name of the target in the outbox. */
  readonly target: string;
  readonly shardBytes: number;
  readonly maxWaitMs: number;
};

export type Ripeness = {
  /** A lane in which nothing waits is ripe: there is nothing to hold back. */
  readonly test: (lane: Lane) => boolean;
  /** These are delivered; until they are booked they stand in the queue and count no more. */
  readonly delivered: (entries: readonly OutboxEntry[]) => void;
};

export function createRipeness(options: RipenessOptions): Ripeness {
  const { store, clock, target, shardBytes, maxWaitMs } = options;
  let unbooked: readonly OutboxEntry[] = [];
  return {
    delivered: (entries) => {
      unbooked = [...unbooked, ...entries];
    },
    test: (lane) => {
      const waiting = store.outbox.waiting()[target]?.[lane];
      if (waiting === undefined) return true;
      unbooked = unbooked.filter((entry) => store.outbox.isCurrent(entry));
      const ours = unbooked.filter((entry) => entry.lane === lane);
      const bytes = waiting.bytes - ours.reduce((sum, entry) => sum + entry.bytes, 0);
      if (bytes >= shardBytes || waiting.entries - ours.length >= maxPictures) return true;
      const sequences = new Set(ours.map(({ sequence }) => sequence));
      const [oldest] = store.outbox.take(target, lane, {
        limit: 1,
        skip: (sequence) => sequences.has(sequence),
        nowUs: Number.POSITIVE_INFINITY,
      });
      if (oldest === undefined) return false;
      const waitedMs = (clock.now().wallUs - oldest.enqueuedAtUs) / 1000;
      // A clock that was set back says nothing about how long it waited.
      return waitedMs >= maxWaitMs || waitedMs < 0;
    },
  };
}

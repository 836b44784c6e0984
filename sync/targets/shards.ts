// Small pictures to a bucket, packed: a few requests for thousands of them. What is large goes by itself, and so does a single one.
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import type { Lane, OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import type { Bucket } from "../buckets/bucket.ts";
import { asSyncError, type SyncError } from "../errors.ts";
import { maxPictures } from "../shards/shard-index.ts";
import { createShardSender } from "../shards/shard-sender.ts";
import { createPictureTarget } from "./pictures.ts";
import type { DeliveryOutcome, Target } from "./target.ts";
import { createUploadSweep } from "./upload-sweep.ts";

export type ShardTargetOptions = {
  readonly bucket: Bucket;
  readonly store: Pick<Store, "frames" | "labels" | "outbox" | "notes" | "commit">;
  /** Folder in the bucket that everything goes under; "": none. */
  readonly folder: string;
  readonly clock: Clock;
  /** Gives [0, 1). */
  readonly random: () => number;
  /** Pictures up to this size are packed, bytes. */
  readonly maxPictureBytes: number;
  /** A shard is closed at this size. */
  readonly shardBytes: number;
  /** A shard is closed when its oldest picture waited for so long. */
  readonly maxWaitMs: number;
};

/** The lanes whose pictures may wait for others. */
const packedLanes: readonly Lane[] = ["labelled", "unlabelled"];

export function createShardTarget(options: ShardTargetOptions): Target {
  const { bucket, store, folder, clock, random, maxPictureBytes, shardBytes } = options;
  const single = createPictureTarget({ bucket, store, folder, concurrency: 1 });
  const { name } = single;
  const sender = createShardSender({ bucket, store, folder, shardBytes, clock, random, target: name });
  const sweep = createUploadSweep(bucket, { clock, isWanted: sender.isWanted });
  const isRipe = createRipeness(name, options);

  type Outcomes = Map<OutboxEntry, DeliveryOutcome>;

  /** Where a packed picture lies that the target has, or had a moment ago. */
  const referenceOf = (imgId: string): string | null => {
    const reference =
      sender.referenceOf(imgId) ?? store.outbox.receipt("picture", imgId, name)?.reference ?? null;
    return shardOf(reference) === null ? null : reference;
  };
  const removePacked = async (
    entries: readonly OutboxEntry[],
    outcomes: Outcomes,
    signal: AbortSignal,
  ): Promise<void> => {
    const shards = new Map<string, OutboxEntry[]>();
    for (const entry of entries) {
      const shardKey = shardOf(referenceOf(entry.id));
      if (shardKey !== null) shards.set(shardKey, [...(shards.get(shardKey) ?? []), entry]);
    }
    for (const [shardKey, erased] of shards) {
      const found = await sender.erase(shardKey, new Set(erased.map(({ id }) => id)), signal);
      for (const entry of erased)
        outcomes.set(entry, { result: "delivered", reference: null, already: found === 0 });
    }
  };
  const putPacked = async (
    entries: readonly OutboxEntry[],
    outcomes: Outcomes,
    signal: AbortSignal,
  ): Promise<void> => {
    const settle = (already: boolean): void => {
      for (const entry of entries) {
        const reference = outcomes.has(entry) ? null : referenceOf(entry.id);
        if (reference !== null) outcomes.set(entry, { result: "delivered", reference, already });
      }
    };
    settle(true);
    const small: FrameRecord[] = [];
    for (const { id } of entries) {
      const frame = store.frames.get(id);
      const isWhole = frame !== null && frame.erasedAtUs === null && store.frames.picture(id) !== null;
      if (isWhole && frame.size <= maxPictureBytes) small.push(frame);
    }
    try {
      await sender.resume(new Set(small.map(({ imgId }) => imgId)), signal);
      const left = small.filter(({ imgId }) => referenceOf(imgId) === null);
      // One alone would cost more requests packed.
      for (const group of groupsOf(left, sender.shardBytes()))
        if (group.length > 1) await sender.send(group, signal);
    } finally {
      settle(false);
    }
  };
  const deliverAll = async (
    entries: readonly OutboxEntry[],
    outcomes: Outcomes,
    signal: AbortSignal,
  ): Promise<void> => {
    const ofOperation = (wanted: OutboxEntry["operation"]): readonly OutboxEntry[] =>
      entries.filter(({ operation }) => operation === wanted);
    await removePacked(ofOperation("remove"), outcomes, signal);
    await putPacked(
      ofOperation("put").filter(({ lane }) => packedLanes.includes(lane)),
      outcomes,
      signal,
    );
    for (const entry of entries)
      if (!outcomes.has(entry)) outcomes.set(entry, (await single.deliver([entry], signal))[0]!);
  };

  return {
    name,
    waitsFor: [],
    maxBatch: maxPictures,
    maxBatchBytes: shardBytes,
    // A shard is many pictures at once already, and of one after the other a cut costs one part.
    concurrency: 1,
    isRipe: (lane, { toEmpty }) => toEmpty || sender.isBusy() || isRipe.test(lane),
    deliver: async (entries, signal) => {
      const outcomes: Outcomes = new Map();
      let trouble: SyncError | null = null;
      try {
        await sender.tidy(signal);
        await sweep(signal);
        await deliverAll(entries, outcomes, signal);
      } catch (cause) {
        signal.throwIfAborted();
        trouble = asSyncError(cause, `deliver to ${name}`);
        if (outcomes.size === 0) throw trouble;
      }
      isRipe.delivered([...outcomes.keys()]);
      return entries.map((entry) => outcomes.get(entry) ?? { result: "failed", error: trouble! });
    },
    probe: single.probe,
    close: single.close,
  };
}

/** Whether enough waits in a lane to make a shard of, or waits for long enough. */
function createRipeness(
  target: string,
  { store, clock, shardBytes, maxWaitMs }: ShardTargetOptions,
): {
  readonly test: (lane: Lane) => boolean;
  readonly delivered: (entries: readonly OutboxEntry[]) => void;
} {
  /** What was delivered stands in the queue until it is booked. */
  let unbooked: readonly OutboxEntry[] = [];
  return {
    delivered: (entries) => {
      unbooked = [...unbooked, ...entries];
    },
    test: (lane) => {
      const waiting = store.outbox.waiting()[target]?.[lane];
      if (waiting === undefined || !packedLanes.includes(lane)) return true;
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

/** The shard that a receipt names; null: the picture lies by itself. */
function shardOf(reference: string | null): string | null {
  return /^(.+\.tar)#\d+\+\d+$/.exec(reference ?? "")?.[1] ?? null;
}

/** Frames of one prefix each, in order, of about `shardBytes` together. */
function groupsOf(frames: readonly FrameRecord[], shardBytes: number): readonly (readonly FrameRecord[])[] {
  const groups: FrameRecord[][] = [];
  let bytes = 0;
  for (const frame of frames) {
    const group = groups.at(-1);
    bytes += frame.size;
    if (group === undefined || group[0]!.prefix !== frame.prefix || bytes > shardBytes) {
      groups.push([frame]);
      bytes = frame.size;
    } else group.push(frame);
  }
  return groups;
}

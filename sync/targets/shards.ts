// Small pictures to a bucket, packed: a few requests for thousands of them. What is large goes by itself, and so does a single one.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import type { Lane, OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import type { Bucket } from "../buckets/bucket.ts";
import { asSyncError, SyncError } from "../errors.ts";
import { maxPictures } from "../shards/shard-index.ts";
import { createShardSender } from "../shards/shard-sender.ts";
import { createPictureTarget } from "./pictures.ts";
import { createRipeness } from "./ripeness.ts";
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
  const ripeness = createRipeness({ ...options, target: name });
  /** Pictures that were taken out of their shards, whatever a receipt that is not booked out yet says. */
  const takenBack = new Set<string>();

  type Outcomes = Map<OutboxEntry, DeliveryOutcome>;

  /** Where a packed picture lies that the target has, or had a moment ago. */
  const referenceOf = (imgId: string): string | null => {
    const sent = sender.referenceOf(imgId);
    if (sent !== null || takenBack.has(imgId)) return sent;
    const booked = store.outbox.receipt("picture", imgId, name)?.reference ?? null;
    return shardOf(booked) === null ? null : booked;
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
      for (const entry of erased) {
        takenBack.add(entry.id);
        outcomes.set(entry, { result: "delivered", reference: null, already: found === 0 });
      }
    }
  };
  /** The small ones that are here whole; large and damaged ones are sent, or told of, one by one. */
  const wholeOnes = async (imgIds: readonly string[]): Promise<readonly FrameRecord[]> => {
    const found: FrameRecord[] = [];
    for (const [at, imgId] of imgIds.entries()) {
      const frame = store.frames.get(imgId);
      const isSmall = frame !== null && frame.erasedAtUs === null && frame.size <= maxPictureBytes;
      if (isSmall && store.frames.picture(imgId) !== null) found.push(frame);
      // A camera waits for nobody.
      if (at % 32 === 31) await nextTurn();
    }
    return found;
  };
  const putPacked = async (
    entries: readonly OutboxEntry[],
    outcomes: Outcomes,
    signal: AbortSignal,
  ): Promise<void> => {
    const settle = (already: boolean): void => {
      for (const entry of entries) {
        const reference = outcomes.has(entry) ? null : referenceOf(entry.id);
        if (reference === null) continue;
        takenBack.delete(entry.id);
        outcomes.set(entry, { result: "delivered", reference, already });
      }
    };
    settle(true);
    const small = await wholeOnes(entries.map(({ id }) => id));
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
    for (const entry of entries) if (!outcomes.has(entry)) outcomes.set(entry, await putAlone(entry, signal));
  };
  /** A server's trouble with one picture is that picture's: it must not hold up those behind it. */
  const putAlone = async (entry: OutboxEntry, signal: AbortSignal): Promise<DeliveryOutcome> => {
    try {
      return (await single.deliver([entry], signal))[0]!;
    } catch (cause) {
      if (!(cause instanceof SyncError) || cause.kind !== "retryable") throw cause;
      return { result: "failed", error: cause };
    }
  };

  return {
    name,
    waitsFor: [],
    maxBatch: maxPictures,
    maxBatchBytes: shardBytes,
    // A shard is many pictures at once already, and of one after the other a cut costs one part.
    concurrency: 1,
    isRipe: (lane, { toEmpty }) =>
      toEmpty || !packedLanes.includes(lane) || sender.isBusy() || ripeness.test(lane),
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
        // What was sent is known and settled the next time. A refusal of us must not park what was not even tried.
        if (outcomes.size === 0 || trouble.kind === "permanent") throw trouble;
      }
      ripeness.delivered([...outcomes.keys()]);
      return entries.map((entry) => outcomes.get(entry) ?? { result: "failed", error: trouble! });
    },
    probe: single.probe,
    close: single.close,
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

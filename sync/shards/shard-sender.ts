// Sends shards to one target: what was planned goes on after any interruption, and what was erased meanwhile does not stay there.
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import type { Store } from "../../device/store/store.ts";
import type { Bucket } from "../buckets/bucket.ts";
import { SyncError } from "../errors.ts";
import { backoffMs } from "../retry.ts";
import { eraseFromShard } from "./erase.ts";
import { createPlanBook } from "./plan-book.ts";
import { formatShardIndex, indexKeyOf } from "./shard-index.ts";
import {
  indexOfPlan,
  isAsPlanned,
  isStillThere,
  planShard,
  type ShardPlan,
  sourceOfPlan,
} from "./shard-plan.ts";
import { createShardSize } from "./shard-size.ts";

export type ShardSenderOptions = {
  readonly bucket: Bucket;
  readonly store: Pick<Store, "frames" | "labels" | "outbox" | "notes" | "commit">;
  /** Name of the target in the outbox. */
  readonly target: string;
  /** Folder in the bucket that everything goes under; "": none. */
  readonly folder: string;
  /** Bytes of a shard on a link that stays. */
  readonly shardBytes: number;
  readonly clock: Pick<Clock, "sleep">;
  /** Gives [0, 1). */
  readonly random: () => number;
};

export type ShardSender = {
  /** Bytes of the next shard, as the link bears them. */
  readonly shardBytes: () => number;
  /** Whether shards are under way, perhaps since an earlier life. */
  readonly isBusy: () => boolean;
  /** Whether the object is a shard under way. */
  readonly isWanted: (key: string) => boolean;
  /** Where a picture lies that was sent and is not booked yet: `<shard key>#<offset>+<length>`; null: it was not sent. */
  readonly referenceOf: (imgId: string) => string | null;
  /** Goes on with the shards under way that hold one of these pictures. */
  readonly resume: (imgIds: ReadonlySet<string>, signal: AbortSignal) => Promise<void>;
  /** Packs frames of one prefix into one shard and sends it. */
  readonly send: (frames: readonly FrameRecord[], signal: AbortSignal) => Promise<void>;
  /** Erases pictures from a shard; returns how many were there. */
  readonly erase: (shardKey: string, imgIds: ReadonlySet<string>, signal: AbortSignal) => Promise<number>;
  /** Lets go of shards of which every picture is booked. */
  readonly tidy: (signal: AbortSignal) => Promise<void>;
};

export function createShardSender(options: ShardSenderOptions): ShardSender {
  const { bucket, store, target, folder, clock, random } = options;
  const book = createPlanBook(store, target);
  const size = createShardSize(options.shardBytes);
  /** Shards under way, and sent ones that are not booked; read at first use. */
  let plans: Set<ShardPlan> | null = null;
  /** Shards that the link does not bear; they are taken back as soon as it bears that. */
  const tooLarge = new Set<ShardPlan>();
  const checked = new WeakSet<ShardPlan>();
  const references = new Map<string, string>();
  const underWay = (): Set<ShardPlan> => {
    plans ??= new Set(book.list());
    return plans;
  };
  const isSent = ({ pictures }: ShardPlan): boolean => pictures.every(({ imgId }) => references.has(imgId));
  const isWaiting = (imgId: string): boolean => store.outbox.isWaiting("picture", imgId, target);

  const noteSent = (plan: ShardPlan): void => {
    for (const { img_id: imgId, offset, size } of indexOfPlan(plan).pictures)
      references.set(imgId, `${plan.key}#${offset}+${size}`);
  };
  const letGo = async (plan: ShardPlan): Promise<void> => {
    await book.remove(plan);
    underWay().delete(plan);
    tooLarge.delete(plan);
    for (const { imgId } of plan.pictures) references.delete(imgId);
  };
  /** Takes back what was sent of a shard that has no index, so that nobody was told of it; its pictures are packed anew. */
  const dissolve = async (plan: ShardPlan, signal: AbortSignal): Promise<void> => {
    await bucket.sweepUploads((key) => key !== plan.key, signal);
    await bucket.remove(plan.key, signal);
    await letGo(plan);
  };
  /** What another life planned is read once, to be the same; whether something was erased meanwhile is asked each time. */
  const canGo = async (plan: ShardPlan): Promise<boolean> => {
    if (!isStillThere(store, plan)) return false;
    if (!checked.has(plan) && (await isAsPlanned(store, plan))) checked.add(plan);
    return checked.has(plan);
  };
  const sendPlan = async (plan: ShardPlan, signal: AbortSignal): Promise<void> => {
    const given = { ifAbsent: true, signal };
    for (;;) {
      const source = size.watch(plan.key, sourceOfPlan(store, plan));
      try {
        await bucket.putLarge(plan.key, source, { ...given, mediaType: "application/x-tar" });
        break;
      } catch (cause) {
        if (signal.aborted || !isOffline(cause)) throw cause;
        // A link that lets a part through now and then is no link that is away: it is not left alone longer and longer.
        const getsOn = size.gotOn(plan.key);
        if (size.cutOff(plan.key)) tooLarge.add(plan);
        if (!getsOn) throw cause;
        await clock.sleep(backoffMs(1, { random }), signal);
      }
    }
    size.sent(plan.key);
    // After the shard: an index says that its shard is whole.
    const index = formatShardIndex(indexOfPlan(plan));
    await bucket.put(indexKeyOf(plan.key), index, { ...given, mediaType: "application/json" });
    noteSent(plan);
  };
  /** Pictures of a shard that were erased, and that no take-back will ever name. */
  const erasedOf = ({ pictures }: ShardPlan): ReadonlySet<string> => {
    const erased = pictures.filter(
      ({ imgId }) =>
        (store.frames.get(imgId)?.erasedAtUs ?? null) !== null &&
        !isWaiting(imgId) &&
        store.outbox.receipt("picture", imgId, target) === null,
    );
    return new Set(erased.map(({ imgId }) => imgId));
  };
  /** A shard that the store cannot give again, or the link not take: it is whole at the bucket, or it never will be. */
  const giveUp = async (plan: ShardPlan, signal: AbortSignal): Promise<void> => {
    if ((await bucket.head(indexKeyOf(plan.key), signal)) !== null) {
      const erased = erasedOf(plan);
      if (erased.size > 0) await eraseFromShard(bucket, plan.key, erased, signal);
      noteSent(plan);
      return;
    }
    await dissolve(plan, signal);
  };

  return {
    shardBytes: size.now,
    isBusy: () => [...underWay()].some((plan) => !isSent(plan)),
    isWanted: (key) => [...underWay()].some((plan) => plan.key === key),
    referenceOf: (imgId) => references.get(imgId) ?? null,
    resume: async (imgIds, signal) => {
      for (const plan of [...underWay()]) {
        if (isSent(plan) || !plan.pictures.some(({ imgId }) => imgIds.has(imgId))) continue;
        if (!tooLarge.has(plan) && (await canGo(plan))) await sendPlan(plan, signal);
        else await giveUp(plan, signal);
      }
    },
    send: async (frames, signal) => {
      const plan = await planShard(store, frames, folder);
      await book.put(plan);
      underWay().add(plan);
      checked.add(plan);
      await sendPlan(plan, signal);
    },
    erase: (shardKey, imgIds, signal) => {
      for (const imgId of imgIds) references.delete(imgId);
      return eraseFromShard(bucket, shardKey, imgIds, signal);
    },
    tidy: async (signal) => {
      for (const plan of [...underWay()]) {
        if (plan.pictures.some(({ imgId }) => isWaiting(imgId))) continue;
        if (!isSent(plan)) await giveUp(plan, signal);
        const erased = erasedOf(plan);
        if (isSent(plan) && erased.size > 0) await eraseFromShard(bucket, plan.key, erased, signal);
        await letGo(plan);
      }
    },
  };
}

function isOffline(thrown: unknown): boolean {
  return thrown instanceof SyncError && thrown.kind === "offline";
}

// Keeps frames with their labels in the store as they come, counts what could not be kept, and never lets memory fill.
import type { Clock } from "../../device/clock.ts";
import { type CapturedFrame, type FrameRecord, fileNameOf } from "../../device/frame.ts";
import { formatImageId } from "../../device/image-id.ts";
import {
  createLabelDocument,
  type FullLabelDocument,
  type LabelSurroundings,
} from "../../device/label-document.ts";
import type { Log } from "../../device/log.ts";
import type { RunRecord } from "../../device/run.ts";
import type { Store } from "../../device/store/store.ts";
import type { DeliveryPlan } from "../deliveries.ts";
import { addFrame, type FrameIds, prefixOf, recordOfFrame } from "../frame-ids.ts";
import type { StickLabel, StickMapping } from "./stick-label.ts";

/** What a frame is labelled with. */
export type KeptLabel = StickLabel & {
  /** Who drove; null: as configured. */
  readonly createdBy: string | null;
};

/** Frames and labels of one run that are on disk, erased ones left out. Changes as they are acknowledged. */
export type Tally = { frames: number; labels: number };

export type KeeperOptions = {
  readonly store: Store;
  /** Names frames; shared with whoever else keeps frames of the same cameras. */
  readonly ids: FrameIds;
  readonly clock: Clock;
  readonly log: Log;
  readonly surroundings: Omit<LabelSurroundings, "session">;
  readonly mapping: StickMapping;
  readonly createdBy: string;
  readonly plan: DeliveryPlan;
  /** false: the store has no room left for new frames. */
  readonly mayCapture: () => boolean;
  /** Told of every frame that is on disk. */
  readonly onKept: ((frame: FrameRecord, label: KeptLabel | null) => void) | undefined;
};

export type KeeperFigures = {
  /** On disk since the process began. */
  readonly frames: number;
  readonly labels: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** Monotonic ns of the newest frame on disk; null before the first. */
  readonly newestFrameNs: number | null;
  /** Why the newest frame could not be kept; null when it was. */
  readonly problem: string | null;
};

export type Keeper = {
  /** Keeps a frame of a run, with its label or without one; does not wait for the disk. */
  readonly keep: (captured: CapturedFrame, run: RunRecord, label: KeptLabel | null, tally: Tally) => void;
  readonly figures: () => KeeperFigures;
  /** The newest frames of a run that were exposed at or after `sinceNs`, oldest first, also those still on their way to the disk. */
  readonly recent: (run: string, sinceNs: number) => readonly string[];
  /** Writes the drops since the last time into the store's counts and journal; resolves when that is on disk. */
  readonly bookDrops: () => Promise<void>;
};

/** Bytes that may wait for the disk before frames are dropped rather than memory filled. */
const maxUnacknowledgedBytes = 64 * 1024 * 1024;
/** Frames that can be erased: ten minutes of a 60 fps camera. */
const maxRecent = 36_000;

export function createKeeper(options: KeeperOptions): Keeper {
  const { store, clock, log, plan } = options;
  const dropped: Record<string, number> = {};
  let frames = 0;
  let labels = 0;
  let unacknowledged = 0;
  let newestFrameNs: number | null = null;
  let problem: string | null = null;

  /** Drops that the store does not know of yet. */
  const unbooked = new Map<string, number>();
  let _booking: Promise<void> | null = null;
  const recent: { readonly imgId: string; readonly run: string; readonly monotonicNs: number }[] = [];

  const drop = (reason: string, words: string): void => {
    if (problem !== words) log.error({ problem: words }, "frames cannot be kept");
    dropped[reason] = (dropped[reason] ?? 0) + 1;
    unbooked.set(reason, (unbooked.get(reason) ?? 0) + 1);
    problem = words;
  };
  const bookDrops = async (): Promise<void> => {
    if (unbooked.size === 0) return;
    const drops = [...unbooked];
    unbooked.clear();
    try {
      await store.commit(() => {
        for (const [reason, frames] of drops) {
          store.counters.add(`dropped/${reason}`, frames);
          store.journal.write("capture.dropped", { reason, frames });
        }
      });
    } catch (cause) {
      for (const [reason, frames] of drops) unbooked.set(reason, (unbooked.get(reason) ?? 0) + frames);
      throw cause;
    }
  };
  /** Once frames are kept again, the drops before are booked. */
  const bookDropsSoon = (): void => {
    _booking ??= bookDrops()
      .catch((cause: unknown) => log.debug({ cause }, "drops are booked later"))
      .finally(() => {
        _booking = null;
      });
  };
  const remember = (frame: FrameRecord, run: RunRecord): void => {
    recent.push({ imgId: frame.imgId, run: run.id, monotonicNs: frame.moment.monotonicNs });
    if (recent.length > 2 * maxRecent) recent.splice(0, maxRecent);
  };
  const documentOf = (frame: FrameRecord, run: RunRecord, label: KeptLabel): FullLabelDocument => {
    const fileName = fileNameOf(frame.imgId, frame.mediaType);
    return createLabelDocument({
      ...options.surroundings,
      session: run.session,
      imgId: frame.imgId,
      fileName,
      fileType: fileName.slice(fileName.lastIndexOf(".") + 1),
      rawValue: label.rawValue,
      label: {
        direction: label.direction,
        speed: label.speed,
        createdBy: label.createdBy ?? options.createdBy,
        createdOnDate: formatImageId(clock.now().wallUs),
        rawDirToLabel: options.mapping.directionTicks,
        rawSpeedToLabel: options.mapping.speedTicks,
      },
    });
  };
  const write = async (
    frame: FrameRecord,
    bytes: Uint8Array,
    documents: readonly FullLabelDocument[],
  ): Promise<boolean> => {
    unacknowledged += frame.size;
    try {
      await store.commit(() => {
        addFrame(store, frame, bytes);
        for (const document of documents) store.labels.add(document);
        for (const draft of plan.ofFrame(frame, documents)) store.outbox.enqueue(draft);
      }, bytes.byteLength);
      return true;
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      drop("store failed", words);
      return false;
    } finally {
      unacknowledged -= frame.size;
    }
  };

  return {
    keep: (captured, run, label, tally) => {
      const refusal = !options.mayCapture()
        ? "disk full"
        : unacknowledged + captured.bytes.byteLength > maxUnacknowledgedBytes
          ? "disk too slow"
          : null;
      if (refusal !== null) {
        drop(refusal, refusal);
        return;
      }
      const imgId = options.ids.of(captured);
      const frame = recordOfFrame(captured, {
        imgId,
        run: run.id,
        // A run that began before the clock was set goes on in the folder of the true day.
        prefix:
          run.startedAt.clockSynchronised || !captured.moment.clockSynchronised
            ? run.prefix
            : prefixOf(run.session.event, imgId),
      });
      const documents = label === null ? [] : [documentOf(frame, run, label)];
      remember(frame, run);
      const done = (kept: boolean): void => {
        if (!kept) return;
        frames += 1;
        labels += documents.length;
        tally.frames += 1;
        tally.labels += documents.length;
        newestFrameNs = captured.moment.monotonicNs;
        problem = null;
        options.onKept?.(frame, label);
        if (unbooked.size > 0) bookDropsSoon();
      };
      write(frame, captured.bytes, documents)
        .then(done)
        .catch((cause: unknown) => log.error({ cause }, "what follows a kept frame failed"));
    },
    figures: () => ({ frames, labels, dropped: { ...dropped }, newestFrameNs, problem }),
    recent: (run, sinceNs) => {
      const found: string[] = [];
      for (let at = recent.length - 1; at >= 0; at -= 1) {
        const each = recent[at]!;
        // Frames of several cameras interleave, so a single older one is not the end; another run is.
        if (each.run !== run) break;
        if (each.monotonicNs >= sinceNs) found.push(each.imgId);
      }
      return found.reverse();
    },
    bookDrops,
  };
}

// Keeps frames with their labels in the store as they come, counts what could not be kept, and never lets memory fill.
import type { Clock } from "../../device/clock.ts";
import { type CapturedFrame, type FrameRecord, fileNameOf } from "../../device/frame.ts";
import { createImageIdAllocator, formatImageId } from "../../device/image-id.ts";
import {
  createLabelDocument,
  type FullLabelDocument,
  type LabelSurroundings,
} from "../../device/label-document.ts";
import type { Log } from "../../device/log.ts";
import type { RunRecord } from "../../device/run.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import type { Store } from "../../device/store/store.ts";
import type { DeliveryPlan } from "../deliveries.ts";
import type { StickLabel, StickMapping } from "./stick-label.ts";

/** Frames and labels of one run that are on disk, erased ones left out. Changes as they are acknowledged. */
export type Tally = { frames: number; labels: number };

export type KeeperOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly surroundings: Omit<LabelSurroundings, "session">;
  readonly mapping: StickMapping;
  readonly createdBy: string;
  readonly plan: DeliveryPlan;
  /** false: the store has no room left for new frames. */
  readonly mayCapture: () => boolean;
  /** Told of every frame that is on disk. */
  readonly onKept: ((frame: FrameRecord, label: StickLabel | null) => void) | undefined;
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
  readonly keep: (captured: CapturedFrame, run: RunRecord, label: StickLabel | null, tally: Tally) => void;
  readonly figures: () => KeeperFigures;
};

/** Bytes that may wait for the disk before frames are dropped rather than memory filled. */
const maxUnacknowledgedBytes = 64 * 1024 * 1024;

export function createKeeper(options: KeeperOptions): Keeper {
  const { store, clock, log, plan } = options;
  const allocate = createImageIdAllocator((imgId) => store.frames.has(imgId));
  const dropped: Record<string, number> = {};
  let frames = 0;
  let labels = 0;
  let unacknowledged = 0;
  let newestFrameNs: number | null = null;
  let problem: string | null = null;

  const drop = (reason: string): void => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
    problem = reason;
  };
  const documentOf = (frame: FrameRecord, run: RunRecord, label: StickLabel): FullLabelDocument => {
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
        createdBy: options.createdBy,
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
      await store.keep({
        frame,
        bytes,
        labels: documents,
        detections: [],
        deliveries: plan.ofFrame(frame, documents),
      });
      return true;
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      if (problem !== words) log.error({ imgId: frame.imgId, problem: words }, "a frame could not be kept");
      drop("store failed");
      problem = words;
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
        drop(refusal);
        return;
      }
      const frame = recordOf(captured, allocate(captured.moment.wallUs), run);
      const documents = label === null ? [] : [documentOf(frame, run, label)];
      void write(frame, captured.bytes, documents).then((kept) => {
        if (!kept) return;
        frames += 1;
        labels += documents.length;
        tally.frames += 1;
        tally.labels += documents.length;
        newestFrameNs = captured.moment.monotonicNs;
        problem = null;
        options.onKept?.(frame, label);
      });
    },
    figures: () => ({ frames, labels, dropped: { ...dropped }, newestFrameNs, problem }),
  };
}

function recordOf(captured: CapturedFrame, imgId: string, run: RunRecord): FrameRecord {
  return {
    imgId,
    camera: captured.camera,
    sequence: captured.sequence,
    moment: captured.moment,
    sha256: sha256Hex(captured.bytes),
    size: captured.bytes.byteLength,
    mediaType: captured.mediaType,
    width: captured.width,
    height: captured.height,
    run: run.id,
    prefix: run.prefix,
    erasedAtUs: null,
    ...(captured.truth === undefined ? {} : { truth: captured.truth }),
  };
}

// Frames for benchmarks: bytes nobody can compress, with labels, booked for the targets of a plan.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import { fileNameOf } from "../../device/frame.ts";
import { createImageIdAllocator, dayOf } from "../../device/image-id.ts";
import {
  createLabelDocument,
  defaultCarSetting,
  type FullLabelDocument,
} from "../../device/label-document.ts";
import { emptySessionTemplate } from "../../device/session-template.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import type { FrameEntry, Store } from "../../device/store/store.ts";
import type { DeliveryPlan } from "../deliveries.ts";
import { defaultStickMapping, labelOfStick } from "../record/stick-label.ts";

export type FillOptions = {
  readonly frames: number;
  readonly bytes: number;
  readonly event: string;
  readonly plan: DeliveryPlan;
  readonly clock: Clock;
};

/** Fills a store with labelled frames; resolves when all are on disk. */
export async function fillStore(
  store: Store,
  { frames, bytes, event, plan, clock }: FillOptions,
): Promise<void> {
  const make = createFrameMaker({ event, plan, clock, isTaken: store.frames.has });
  for (let count = 0; count < frames; ) {
    const group: Promise<void>[] = [];
    for (; group.length < 128 && count < frames; count += 1) {
      const entry = make(randomBytes(bytes));
      const deliveries = entry.deliveries.map((draft) => ({ ...draft, notBeforeUs: null }));
      group.push(store.keep({ ...entry, deliveries }));
    }
    await Promise.all(group);
  }
}

export type FrameMakerOptions = Pick<FillOptions, "event" | "plan" | "clock"> & {
  /** Whether the store has an img_id already. */
  readonly isTaken: (imgId: string) => boolean;
};

/** Makes frames of pictures, each with a label as the recorder writes it and the outbox entries of the plan. */
export function createFrameMaker({
  event,
  plan,
  clock,
  isTaken,
}: FrameMakerOptions): (picture: Uint8Array) => FrameEntry {
  const allocate = createImageIdAllocator(isTaken);
  let sequence = 0;
  return (picture) => {
    const moment = clock.now();
    const imgId = allocate(moment.wallUs);
    const frame: FrameRecord = {
      imgId,
      camera: "bench",
      sequence,
      moment,
      sha256: sha256Hex(picture),
      size: picture.byteLength,
      mediaType: "image/jpeg",
      width: 640,
      height: 480,
      run: null,
      prefix: `${event}/${dayOf(imgId)}`,
      erasedAtUs: null,
    };
    const document = labelOf(frame, event);
    sequence += 1;
    return {
      frame,
      bytes: picture,
      labels: [document],
      detections: [],
      deliveries: plan.ofFrame(frame, [document]),
    };
  };
}

function labelOf({ imgId, mediaType, sequence }: FrameRecord, event: string): FullLabelDocument {
  const label = labelOfStick({ steering: ((sequence % 21) - 10) / 10, throttle: 0.5 }, defaultStickMapping);
  return createLabelDocument({
    session: { ...emptySessionTemplate, event },
    hardware: {},
    carSetting: defaultCarSetting,
    imgId,
    fileName: fileNameOf(imgId, mediaType),
    fileType: "jpg",
    rawValue: label.rawValue,
    label: {
      direction: label.direction,
      speed: label.speed,
      createdBy: "auto",
      createdOnDate: imgId,
      rawDirToLabel: defaultStickMapping.directionTicks,
      rawSpeedToLabel: defaultStickMapping.speedTicks,
    },
  });
}

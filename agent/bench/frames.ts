// Frames for benchmarks: bytes nobody can compress, with labels, booked for the targets of a plan.
import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import { fileNameOf } from "../../device/frame.ts";
import { createImageIdAllocator, dayOf } from "../../device/image-id.ts";
import { createLabelDocument, defaultCarSetting } from "../../device/label-document.ts";
import { emptySessionTemplate } from "../../device/session-template.ts";
import type { Store } from "../../device/store/store.ts";
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
  const allocate = createImageIdAllocator((imgId) => store.frames.has(imgId));
  for (let sequence = 0; sequence < frames; ) {
    const group: Promise<void>[] = [];
    for (; group.length < 128 && sequence < frames; sequence += 1) {
      const moment = clock.now();
      const imgId = allocate(moment.wallUs);
      const picture = randomBytes(bytes);
      const frame: FrameRecord = {
        imgId,
        camera: "bench",
        sequence,
        moment,
        sha256: createHash("sha256").update(picture).digest("hex"),
        size: bytes,
        mediaType: "image/jpeg",
        width: 640,
        height: 480,
        run: null,
        prefix: `${event}/${dayOf(imgId)}`,
        erasedAtUs: null,
      };
      const label = labelOfStick(
        { steering: ((sequence % 21) - 10) / 10, throttle: 0.5 },
        defaultStickMapping,
      );
      const document = createLabelDocument({
        session: { ...emptySessionTemplate, event },
        hardware: {},
        carSetting: defaultCarSetting,
        imgId,
        fileName: fileNameOf(imgId, frame.mediaType),
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
      const deliveries = plan.ofFrame(frame, [document]).map((draft) => ({ ...draft, notBeforeUs: null }));
      group.push(store.keep({ frame, bytes: picture, labels: [document], detections: [], deliveries }));
    }
    await Promise.all(group);
  }
}

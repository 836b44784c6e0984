// What a camera sees to the alert platform, at once and oldest first. The platform has no key for detections: one whose answer was lost is
// sent again and stands there twice, in the same sequence; better than an alert that is not there. What is there it keeps.
import { fileNameOf } from "../../device/frame.ts";
import type { OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import { edgesOf, formatIso } from "../annotation/drafts.ts";
import { createDoubts } from "../blame.ts";
import type { PlatformDevice } from "../clients/platform-device.ts";
import { serviceAddress } from "../clients/service-address.ts";
import { SyncError } from "../errors.ts";
import { judgedDelivery } from "./judged-delivery.ts";
import type { DeliveryOutcome, Target } from "./target.ts";

export type AlertPlatformTargetOptions = {
  /** Of one camera. */
  readonly device: PlatformDevice;
  readonly camera: string;
  /** The pose it looks in, as the platform numbers it. */
  readonly pose: number;
  readonly store: Pick<Store, "frames" | "outbox">;
};

/** What the outbox calls a camera's account on the platform. @param url its base address */
export function alertPlatformName(url: string, camera: string): string {
  return `alerts:${serviceAddress(url)}/${camera}`;
}

/** Names that were sent and may not be booked yet: a full disk must not make us send everything twice. */
const remembered = 1000;

/** Sends detections of one camera. The device is closed with it. */
export function createAlertPlatformTarget({
  device,
  camera,
  pose,
  store,
}: AlertPlatformTargetOptions): Target {
  const name = alertPlatformName(device.url, camera);
  const sent = new Map<string, string | null>();

  const probe = async (signal: AbortSignal): Promise<void> => {
    await device.probe(signal);
    await checkPose(device, { camera, pose }, signal);
  };
  const deliverOne = async (entry: OutboxEntry, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const { id: imgId } = entry;
    const before = sent.get(imgId) ?? store.outbox.receipt("detection", imgId, name)?.reference;
    if (before !== undefined) return { result: "delivered", reference: before, already: true };
    const frame = store.frames.get(imgId);
    // It cannot be taken back: a camera may only add.
    if (frame === null || frame.erasedAtUs !== null || entry.operation === "remove")
      return { result: "gone" };
    const picture = store.frames.picture(imgId);
    if (picture === null)
      return { result: "failed", error: new SyncError("permanent", "its picture is damaged in the store") };
    const row = await device.createDetection(
      {
        poseId: pose,
        // A box beside the picture (a model sees something in the bars) must not cost the others their alert.
        boxes: (entry.boxes ?? []).flatMap(({ box, confidence }) => {
          const xyxyn = edgesOf(box);
          return xyxyn === null ? [] : [{ xyxyn, confidence }];
        }),
        recordedAt: formatIso(frame.correctedWallUs ?? frame.moment.wallUs),
        picture,
        fileName: fileNameOf(imgId, frame.mediaType),
      },
      signal,
    );
    const reference = row === null ? null : String(row.id);
    sent.set(imgId, reference);
    if (sent.size > remembered) sent.delete(sent.keys().next().value!);
    return { result: "delivered", reference, already: false };
  };
  const judged = { deliver: deliverOne, probe, doubts: createDoubts() };
  return {
    name,
    waitsFor: [],
    maxBatch: 1,
    // The platform links detections in the order they come.
    concurrency: 1,
    inOrder: true,
    deliver: (entries, signal) => Promise.all(entries.map((entry) => judgedDelivery(entry, judged, signal))),
    probe,
    close: () => device.close(),
  };
}

/** @throws SyncError permanent when the platform does not know the pose for this camera, or it is switched off. */
export async function checkPose(
  device: Pick<PlatformDevice, "poses" | "url">,
  { camera, pose }: { readonly camera: string; readonly pose: number },
  signal: AbortSignal,
): Promise<void> {
  const poses = await device.poses(signal);
  const known = poses.map(({ id, active }) => (active ? String(id) : `${id} (switched off)`)).join(", ");
  if (poses.some(({ id, active }) => id === pose && active)) return;
  throw new SyncError(
    "permanent",
    `${device.url}: expected cameras.${camera}.platform.pose to be one of ${known || "none (the camera has no pose)"}, got ${pose}`,
  );
}

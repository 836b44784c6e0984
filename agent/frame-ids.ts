// The name of a captured frame: whoever keeps it, the recorder or the watcher, keeps it under the same img_id, and only once.
import type { CapturedFrame, FrameRecord } from "../device/frame.ts";
import { createImageIdAllocator, dayOf } from "../device/image-id.ts";
import { sha256Hex } from "../device/store/frames.ts";
import type { Store } from "../device/store/store.ts";

export type FrameIds = {
  /** The img_id of a frame; the same whenever the same frame is asked for. */
  readonly of: (frame: CapturedFrame) => string;
};

/** @param options.byContent true: a picture whose bytes are in the store already is the frame it is there. */
export function createFrameIds(
  store: Pick<Store, "frames" | "seen">,
  { byContent = false }: { readonly byContent?: boolean } = {},
): FrameIds {
  const allocate = createImageIdAllocator((imgId) => store.frames.has(imgId));
  // Those who follow a camera are handed the very same object; when the last of them lets go of it, its name is forgotten.
  const names = new WeakMap<CapturedFrame, string>();
  const inStore = ({ bytes }: CapturedFrame): string | null => {
    const imgId = store.seen.contents.get(sha256Hex(bytes));
    return imgId !== null && store.frames.has(imgId) ? imgId : null;
  };
  return {
    of: (frame) => {
      const known = names.get(frame);
      if (known !== undefined) return known;
      const imgId = (byContent ? inStore(frame) : null) ?? allocate(frame.moment.wallUs);
      names.set(frame, imgId);
      return imgId;
    },
  };
}

/**
 * Adds a frame; one that another part has kept already stays as it is, and learns of the run. Within a commit only.
 * @returns whether it is new.
 */
export function addFrame(store: Pick<Store, "frames">, frame: FrameRecord, bytes: Uint8Array): boolean {
  const there = store.frames.get(frame.imgId);
  if (there === null) {
    store.frames.add(frame, bytes);
    return true;
  }
  if (there.run === null && frame.run !== null) store.frames.update({ ...there, run: frame.run });
  return false;
}

/** The record of a captured frame. @param kept.run the run that keeps it; null: none. */
export function recordOfFrame(
  captured: CapturedFrame,
  kept: { readonly imgId: string; readonly run: string | null; readonly prefix: string },
): FrameRecord {
  return {
    imgId: kept.imgId,
    camera: captured.camera,
    sequence: captured.sequence,
    moment: captured.moment,
    sha256: sha256Hex(captured.bytes),
    size: captured.bytes.byteLength,
    mediaType: captured.mediaType,
    width: captured.width,
    height: captured.height,
    run: kept.run,
    prefix: kept.prefix,
    erasedAtUs: null,
    ...(captured.truth === undefined ? {} : { truth: captured.truth }),
  };
}

/** `<event>/<YYYYMMDD>`: where frames go in a bucket. Empty segments of the event are left out. */
export function prefixOf(event: string, imgId: string): string {
  return `${event.split("/").filter(Boolean).join("/")}/${dayOf(imgId)}`;
}

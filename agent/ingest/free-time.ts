// A moment that no frame has yet: data sets are unpacked in one second, and a frame is named by its microsecond.
import { formatImageId, parseImageId } from "../../device/image-id.ts";
import type { Store } from "../../device/store/store.ts";

const secondUs = 1_000_000;
/** Steps of a microsecond before looking for the end of a crowd. */
const steps = 16;

/** The img_id of the moment, or of one soon after it: in a crowd behind its last. Asks the store alone, so that it may be asked twice. */
export function freeImageId(store: Pick<Store, "frames">, wallUs: number): string {
  for (let us = wallUs; ; ) {
    for (let step = 0; step < steps; step += 1) {
      const imgId = formatImageId(us + step);
      if (!store.frames.has(imgId)) return imgId;
    }
    // Thousands of pictures of one second: behind the newest of the same second.
    const end = formatImageId((Math.floor(us / secondUs) + 1) * secondUs - 1);
    const [newest] = store.frames.range({ start: end, end: formatImageId(us), reverse: true, limit: 1 });
    us = newest === undefined ? us + steps : parseImageId(newest.imgId)! + 1;
  }
}

// The natural keys that our rows have at the annotation API: made of what the store names them by, so that they are the same after a restart,
// after another installation, and whatever the configuration says meanwhile.
import { createHash } from "node:crypto";
import { parseImageId } from "../../device/image-id.ts";

/**
 * `alert_api_id` of a sequence, from its ULID: −1 … −(2^53−1). Platforms count upwards from 1, so that theirs and ours never meet. All 53 bits
 * come from a hash: of a million sequences of any number of devices on one server, two meet with a chance of 1 : 18 000.
 */
export function sequenceKey(id: string): number {
  const bits = createHash("sha256").update(id).digest().readBigUInt64BE();
  return -1 - Number(bits % BigInt(Number.MAX_SAFE_INTEGER));
}

/** `alert_api_id` of a detection, unique within its sequence: the µs of its frame's name, negative. */
export function detectionKey(imgId: string): number {
  // A clock that is wrong by centuries names frames, too.
  return -((parseImageId(imgId) ?? 0) % Number.MAX_SAFE_INTEGER);
}

/** `camera_id` of a camera nobody numbered: 2^30 … 2^31−1, far above what a platform counts to. */
export function cameraKey(device: string, camera: string): number {
  const bits = createHash("sha256").update(`${device}/${camera}`).digest().readUInt32BE();
  return 2 ** 30 + (bits >>> 2);
}

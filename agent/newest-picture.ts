// The newest picture that came from a camera, kept or not, for whoever wants to show it: one a camera, in memory.
import type { Camera } from "../device/camera/camera.ts";
import type { CapturedFrame } from "../device/frame.ts";

export type NewestPictures = {
  /** The same camera, looked at as its frames pass. */
  readonly tap: (camera: Camera) => Camera;
  /** null: none came yet. */
  readonly of: (camera: string) => CapturedFrame | null;
};

export function createNewestPictures(): NewestPictures {
  const newest = new Map<string, CapturedFrame>();
  return {
    tap: (camera) => ({
      ...camera,
      async *frames(signal) {
        for await (const frame of camera.frames(signal)) {
          newest.set(camera.id, frame);
          yield frame;
        }
      },
    }),
    of: (camera) => newest.get(camera) ?? null,
  };
}

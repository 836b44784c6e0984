// A camera whose pictures its follower gets only while nobody has switched that off. The camera goes on: switched on again, it is there at once.
import type { Camera } from "../device/camera/camera.ts";

export function switchedCamera(camera: Camera, isOn: () => boolean): Camera {
  return {
    ...camera,
    async *frames(signal) {
      for await (const frame of camera.frames(signal)) if (isOn()) yield frame;
    },
  };
}

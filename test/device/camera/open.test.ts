import assert from "node:assert/strict";
import { test } from "node:test";
import type { Camera } from "../../../device/camera/camera.ts";
import { builtInCameras, openCamera } from "../../../device/camera/open.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";

const deps = { clock: createSystemClock(), log: silentLog };

test("openCamera() names the camera, the URL without its password and every known driver", async () => {
  await assert.rejects(
    openCamera(settings("webcam:rtsp://user:hunter2@host/path"), { ...deps, drivers: { sim: noCamera } }),
    {
      message:
        'Expected camera front to be one of ffmpeg:, folder:, rpicam:, sim:, tub:, got "webcam:rtsp://***@host/path"',
    },
  );
  await assert.rejects(openCamera(settings("toString:x"), deps), /Expected camera front to be one of/);
  await assert.rejects(openCamera(settings(""), deps), /got ""/);
});

test("openCamera() takes a driver of the agent's, also in place of a built-in one", async () => {
  const camera = await openCamera(settings("folder:/nowhere"), { ...deps, drivers: { folder: noCamera } });
  assert.equal(camera.id, "front");
  assert.ok(Object.hasOwn(builtInCameras, "folder"));
});

function settings(url: string) {
  return { id: "front", url, width: 640, height: 480, fps: 30, quality: 80 };
}

function noCamera({ id }: { id: string }): Camera {
  return {
    id,
    frames: async function* () {
      // Gives nothing.
    },
    status: () => ({
      state: "ended",
      frames: 0,
      dropped: {},
      restarts: 0,
      newestFrameNs: null,
      fps: 0,
      problem: null,
    }),
    close: async () => undefined,
  };
}

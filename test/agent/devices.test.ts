import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { openDevices } from "../../agent/devices.ts";
import { silentLog } from "../../device/log.ts";
import { createManualClock } from "../fakes/manual-clock.ts";

function open(values: object) {
  return openDevices({
    config: parseConfig(values, "test"),
    clock: createManualClock(),
    log: silentLog,
    random: Math.random,
    keyboard: null,
  });
}

test("openDevices() with no configuration opens a simulated car, all parts in one world", async () => {
  const devices = await open({ gamepad: "scripted:" });
  assert.deepEqual(
    devices.cameras.map(({ id }) => id),
    ["front"],
  );
  assert.match(devices.gamepad.name, /scripted driver \(seed 1\)/);
  assert.match(devices.drive.name, /simulated car .*seed 1/);
  await devices.drive.arm();
  await devices.drive.apply({ steering: 0, throttle: 1 });
  await devices.close();
  assert.equal(devices.drive.state().armed, false);
  await devices.close();
});

test("openDevices() drives nothing when the camera is real and no drive is named", async () => {
  const devices = await open({ cameras: [{ url: "ffmpeg:/dev/video9" }], gamepad: "none:" });
  assert.equal(devices.drive.moves, false);
  await devices.close();
});

test("openDevices() drives nothing when only camera posts are simulated", async () => {
  const posts = [
    { id: "clearing", url: "sim:reserve" },
    { id: "mast", url: "sim:ridge" },
  ];
  const devices = await open({ cameras: posts, gamepad: "none:" });
  assert.equal(devices.cameras.length, 2);
  assert.equal(devices.drive.moves, false);
  await devices.close();
});

test("openDevices() tells an address that means nothing from a device that is not there", async () => {
  const none = { gamepad: "none:", drive: "none:" };
  for (const wrong of [
    { cameras: [{ url: "magic:1" }] },
    { cameras: [{ url: "sim:track?seed=x" }] },
    { cameras: [{ url: "sim:track", fps: 200 }] },
    { cameras: [{ url: "ffmpeg:" }] },
    { cameras: [{ url: "rpicam:front" }] },
    { gamepad: "x" },
    { gamepad: "scripted:?y=soon" },
    { gamepad: "replay:" },
    { gamepad: "tub:" },
    { drive: "x" },
    { drive: "pca9685:one" },
    { drive: "pca9685:1?address=999" },
  ])
    await assert.rejects(
      open({ ...none, ...wrong }),
      { name: "DeviceUrlError" },
      `Expected DeviceUrlError for ${JSON.stringify(wrong)}`,
    );
  await assert.rejects(open({ ...none, cameras: [{ url: "folder:/none" }] }), { name: "Error" });
});

test("openDevices() opens several cameras and names the one it cannot open", async () => {
  const both = [
    { id: "front", url: "sim:track?seed=4", width: 64, height: 48 },
    { id: "rear", url: "sim:track?seed=4", width: 64, height: 48 },
  ];
  const devices = await open({ cameras: both, gamepad: "none:" });
  assert.equal(devices.cameras.length, 2);
  await devices.close();
  await assert.rejects(
    open({ cameras: [both[0], { ...both[1], url: "magic:1" }] }),
    /Expected camera rear to be one of .*"magic:1"/,
  );
});

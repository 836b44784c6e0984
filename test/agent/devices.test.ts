import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { openDevices } from "../../agent/devices.ts";
import { type Clock, createSystemClock } from "../../device/clock.ts";
import { readRecording } from "../../device/drive/recording-bus.ts";
import { silentLog } from "../../device/log.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { temporaryFolder } from "../fakes/store.ts";

function open(values: object, clock: Clock = createManualClock()) {
  return openDevices({
    config: parseConfig(values, "test"),
    clock,
    log: silentLog,
    random: Math.random,
    keyboard: null,
  });
}

test("openDevices() with no configuration opens a simulated car, all parts in one world", async () => {
  const devices = await open({ gamepad: "scripted:", drive: { guard: false } });
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

test("openDevices() has a guard process watch over the simulated car, unless told otherwise", async () => {
  const { drive, close } = await open({ gamepad: "none:" }, createSystemClock());
  try {
    assert.ok(drive.onFailSafe !== undefined);
    const stopped = new Promise<string>((resolve) => drive.onFailSafe?.(({ cause }) => resolve(cause)));
    await drive.arm();
    await drive.apply({ steering: 0, throttle: 1 });
    // A guard that gets no turn for long is as good as one that is gone.
    assert.match(await stopped, /^(stale|guard)$/);
    assert.equal(drive.state().armed, false);
  } finally {
    await close();
  }
  const { drive: bare, close: closeBare } = await open({ gamepad: "none:", drive: { guard: false } });
  assert.equal(bare.onFailSafe, undefined);
  await closeBare();
});

test("openDevices() has a board opened by the guard, and by nobody where it is not there", async (t) => {
  const folder = temporaryFolder(t);
  const board = `recording:${folder}/bus.jsonl?arm-ms=0`;
  const { drive, close } = await open({ gamepad: "none:", drive: board }, createSystemClock());
  assert.match(drive.name, /bus\.jsonl/);
  const pids = new Set(readRecording(`${folder}/bus.jsonl`).map(({ pid }) => pid));
  assert.equal(pids.has(process.pid), false);
  await close();
  await assert.rejects(
    open({ gamepad: "none:", drive: "recording:/no-such-folder/x" }, createSystemClock()),
    /ENOENT/,
  );
});

test("openDevices() drives nothing when no camera is simulated and no drive is named", async (t) => {
  const devices = await open({ cameras: [{ url: `folder:${temporaryFolder(t)}` }], gamepad: "none:" });
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

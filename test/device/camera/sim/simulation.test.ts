import assert from "node:assert/strict";
import test from "node:test";
import type { Camera, CameraSettings } from "../../../../device/camera/camera.ts";
import { openCamera } from "../../../../device/camera/open.ts";
import { createSimulation } from "../../../../device/camera/sim/simulation.ts";
import { readFrameStamp } from "../../../../device/camera/sim/stamp.ts";
import type { TrackTruth } from "../../../../device/camera/sim/track.ts";
import { createSystemClock } from "../../../../device/clock.ts";
import { openDrive } from "../../../../device/drive/open.ts";
import type { CapturedFrame } from "../../../../device/frame.ts";
import { openGamepad } from "../../../../device/gamepad/open.ts";
import { silentLog } from "../../../../device/log.ts";
import { testCamera } from "../../../contracts/camera.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";

const settings: CameraSettings = {
  id: "front",
  url: "sim:track?seed=3&pace=asap&frames=120",
  width: 160,
  height: 96,
  fps: 30,
  quality: 75,
};

/** The whole machine: the hands' every state goes to the drive, as the agent does it. */
async function driveAndFilm(overrides: Partial<CameraSettings> = {}): Promise<CapturedFrame[]> {
  const simulation = createSimulation({ clock: createManualClock(), log: silentLog });
  const camera = simulation.openCamera({ ...settings, ...overrides });
  const drive = simulation.openDrive();
  const gamepad = simulation.openScriptedGamepad();
  const stop = new AbortController();
  await drive.arm();
  const frames: CapturedFrame[] = [];
  const hands = (async () => {
    for await (const { axes } of gamepad.states(stop.signal)) {
      await drive.apply({ steering: axes.leftx, throttle: axes.righttrigger });
    }
  })();
  for await (const frame of camera.frames(stop.signal)) frames.push(frame);
  stop.abort();
  await hands;
  await Promise.all([camera.close(), drive.close(), gamepad.close()]);
  return frames;
}

const truthOf = (frame: CapturedFrame | undefined): TrackTruth => frame?.truth as unknown as TrackTruth;

test("createSimulation() films a car that is driven: the same seed gives the same bytes, another does not", async () => {
  const frames = await driveAndFilm();
  const again = await driveAndFilm();
  const other = await driveAndFilm({ url: "sim:track?seed=4&pace=asap&frames=3" });
  assert.equal(frames.length, 120);
  assert.deepEqual(again, frames);
  assert.notDeepEqual(Buffer.from(other[0]!.bytes), Buffer.from(frames[0]!.bytes));

  const last = truthOf(frames.at(-1));
  assert.equal(last.seed, 3);
  assert.ok(last.speed > 0.5 && last.distanceM > 1 && last.onTrack, JSON.stringify(last));
  assert.ok(Math.abs(last.timeS - 119 / 30) < 0.006);
  assert.deepEqual(readFrameStamp(frames[7]!.bytes)?.sequence, 7);
  JSON.stringify(last);
});

test("createSimulation() has one world: another seed is refused with both named", () => {
  const simulation = createSimulation({ clock: createManualClock(), log: silentLog, seed: 5 });
  assert.equal(simulation.world().seed, 5);
  simulation.openCamera({ ...settings, url: "sim:track" });
  assert.throws(() => simulation.openCamera(settings), /Expected seed=5.*got seed=3/);
});

test("createSimulation() opens camera posts beside the track, each with a seed of its own, in one time", async () => {
  const simulation = createSimulation({ clock: createManualClock(), log: silentLog });
  const take = async (id: string, url: string): Promise<CapturedFrame[]> => {
    const camera = simulation.openCamera({ ...settings, id, url });
    const frames: CapturedFrame[] = [];
    for await (const frame of camera.frames(new AbortController().signal)) frames.push(frame);
    await camera.close();
    return frames;
  };
  const track = await take("front", "sim:track?seed=3&pace=asap&frames=4");
  const reserve = await take("clearing", "sim:reserve?seed=5&animals=3&pace=asap&frames=4");
  const ridge = await take("mast", "sim:ridge?seed=6&pace=asap&frames=4");
  assert.deepEqual(
    [track, reserve, ridge].map((frames) => frames.map(({ truth }) => truth?.scene ?? truth?.world)),
    ["track", "reserve", "ridge"].map((scene) => [scene, scene, scene, scene]),
  );
  assert.deepEqual(
    [track, reserve, ridge].map(([frame]) => frame?.truth?.seed),
    [3, 5, 6],
  );
  // The second camera goes on where the first one left off.
  const lastS = truthOf(track.at(-1)).timeS;
  assert.ok(Math.abs((reserve[0]?.truth?.timeS as number) - lastS) < 0.01);
});

test("createSimulation() refuses settings that no picture can have, all at once", () => {
  const simulation = createSimulation({ clock: createManualClock(), log: silentLog });
  assert.throws(
    () => simulation.openCamera({ ...settings, width: 10, height: 0.5, fps: Number.NaN, quality: 0 }),
    /front.*width to be 64–1920, got 10.*height.*fps.*quality to be 1–100, got 0/s,
  );
});

test("createSimulation() offers its drive and its driver by name", async () => {
  const clock = createManualClock();
  const simulation = createSimulation({ clock, log: silentLog, seed: 2 });
  const deps = { clock, log: silentLog };
  const drive = await openDrive("sim:", { ...deps, drivers: simulation.drives });
  const gamepad = await openGamepad("scripted:?seed=9", { ...deps, drivers: simulation.gamepads });
  assert.match(drive.name, /simulated car .*seed 2/);
  assert.match(gamepad.name, /scripted driver .*seed 9/);
  await assert.rejects(openDrive("sim:?speed=9", { ...deps, drivers: simulation.drives }), /no options/);
});

test("createSimulation() opens its camera by name", async () => {
  const clock = createManualClock();
  const simulation = createSimulation({ clock, log: silentLog, seed: 3 });
  const drivers = { sim: simulation.openCamera };
  const camera = await openCamera(settings, { clock, log: silentLog, drivers });
  assert.equal(camera.status().state, "starting");
  await camera.close();
});

/** One simulation for all of a contract's tests: its scenery is built once. */
function contractCameras(url: string): () => Promise<Camera> {
  const simulation = createSimulation({ clock: createSystemClock(), log: silentLog });
  return async () => simulation.openCamera({ ...settings, id: "contract", fps: 60, url });
}
testCamera("sim:track?pace=asap", contractCameras("sim:track?pace=asap&frames=6"), { ends: 6 });
testCamera("sim:reserve?pace=asap", contractCameras("sim:reserve?pace=asap&animals=1&frames=6"), { ends: 6 });
testCamera("sim:ridge?pace=asap", contractCameras("sim:ridge?pace=asap&frames=6"), { ends: 6 });
testCamera("sim:track", contractCameras("sim:track"), { ends: null });

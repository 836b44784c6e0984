// A model at the wheel: what it says moves the car as long as it is fresh, and anybody or anything that stops it stops it for good.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type AutopilotOptions, createAutopilot, type PilotReport } from "../../../agent/drive/autopilot.ts";
import { createDriveHands } from "../../../agent/remote/drive-hands.ts";
import { silentLog } from "../../../device/log.ts";
import { manifestSchema } from "../../../models/manifest.ts";
import { armSlowly, openTestCar } from "../../fakes/car.ts";

const bins = { output: "d", kind: "bins", centres: [-1, 0, 1] } as const;

function manifestOf(id: string, trusted: boolean) {
  return manifestSchema.parse({
    id,
    task: "steer",
    file: "none",
    sha256: "0".repeat(64),
    bytes: 1,
    input: { name: "image", width: 160, height: 96 },
    steering: { direction: bins, speed: { reads: bins, trusted } },
    licence: "none",
    source: "test",
  });
}

type Setup = Partial<AutopilotOptions> & { intervalMs?: number; allowed?: boolean };

async function setUp(t: TestContext, { intervalMs = 33, allowed = true, ...setup }: Setup = {}) {
  const car = await openTestCar(t, { allowed });
  const { clock, wheel, stick, drive, pass } = car;
  const reports: PilotReport[] = [];
  const pilot = createAutopilot({
    wheel,
    stick,
    advisor: {
      use: async (id) => {
        if (id === "absent") throw new Error("there is no model absent");
        return { manifest: manifestOf(id, id === "quick"), file: "none" };
      },
      intervalMs: () => intervalMs,
    },
    clock,
    log: silentLog,
    throttle: 0.3,
    onChange: (report) => reports.push(report),
    ...setup,
  });
  let sequence = 0;
  /** The model looked at a picture of `ageMs` ago. */
  const advise = async (
    steering: number,
    { ageMs = 20, throttle = 0.9, model = "m", ms = 33 } = {},
  ): Promise<void> => {
    const now = clock.now();
    sequence += 1;
    pilot.advise({
      model,
      frame: {
        camera: "front",
        sequence,
        moment: { ...now, monotonicNs: now.monotonicNs - ageMs * 1e6 },
        bytes: new Uint8Array(),
        mediaType: "image/jpeg",
        width: 160,
        height: 120,
      },
      advice: { steering, throttle, confidence: 1, bins: { direction: 0, speed: 0 }, outputs: {} },
    });
    await pass(ms);
  };
  const drivingOn = async (model = "m"): Promise<void> => {
    await pilot.start(model);
    await advise(0, { model });
    await advise(0, { model });
    assert.equal(pilot.report().state, "driving");
  };
  const applied = () => drive.state().applied;
  return { ...car, pilot, advise, drivingOn, applied, reports };
}

test("advise() drives once a person has started it: at the set throttle, slower in bends, and labels name the model", async (t) => {
  const { pilot, advise, drivingOn, applied, wheel, clock, reports } = await setUp(t);
  await advise(0.5);
  assert.deepEqual([applied().throttle, pilot.report().state], [0, "off"]);
  await drivingOn();
  assert.deepEqual(applied(), { steering: 0, throttle: 0.3 });
  await advise(-1);
  assert.deepEqual(applied(), { steering: -1, throttle: 0.15 });
  assert.deepEqual(wheel.commandAt(clock.monotonicNs())?.driver, { kind: "model", createdBy: "m" });
  assert.equal(reports.at(-1)?.state, "driving");
});

test("advise() drives at the model's own speed only when its manifest says that it is to be trusted, and never above the limit", async (t) => {
  const { advise, drivingOn, applied } = await setUp(t);
  await drivingOn("quick");
  await advise(0, { model: "quick", throttle: 0.2 });
  assert.equal(applied().throttle, 0.2);
  await advise(0, { model: "quick", throttle: 0.9 });
  assert.equal(applied().throttle, 0.3);
});

test("a camera that stalls, or pictures that are old, stop the car, and only a person starts the model again", async (t) => {
  const { pilot, advise, drivingOn, applied, wheel, pass } = await setUp(t);
  await drivingOn();
  for (let n = 0; n < 12; n += 1) await advise(0.2, { ageMs: 500 });
  assert.equal(applied().throttle, 0);
  assert.deepEqual([wheel.stops().counts, pilot.report().state], [{ stale: 1 }, "failed"]);
  await advise(0);
  assert.equal(applied().throttle, 0);
  pilot.resume();
  await advise(0);
  await advise(0);
  assert.equal(pilot.report().state, "driving");
  await pass(400);
  assert.equal(pilot.report().state, "failed", "no picture at all");
});

test("a picture moves the car for 600 ms after its exposure at the most, however slow camera and model are", async (t) => {
  const { advise, drivingOn, applied, pass } = await setUp(t, { intervalMs: 190 });
  await drivingOn();
  await advise(0, { ageMs: 390, ms: 1 });
  assert.equal(applied().throttle, 0.3);
  // The last of it, and the time in which its guard, or the wheel, finds out.
  await pass(210 + 160);
  assert.equal(applied().throttle, 0);
});

test("fail() stops the car, says why, and the stick drives", async (t) => {
  const { pilot, drivingOn, wheel, gamepad, pass, applied } = await setUp(t);
  await drivingOn();
  pilot.fail(new Error("the worker crashed"));
  await pass(1);
  assert.deepEqual(pilot.report(), { model: "m", state: "failed", reason: "the worker crashed" });
  assert.deepEqual(wheel.stops().counts, { model: 1 });
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.5 });
  await pass(1);
  assert.deepEqual([wheel.driver()?.kind, applied().throttle], ["stick", 0.5]);
});

test("a stick that is moved takes over at once, and the model waits for a person", async (t) => {
  const { pilot, advise, drivingOn, wheel, gamepad, pass, applied } = await setUp(t);
  gamepad.hold({});
  await pass(2100);
  await drivingOn();
  gamepad.hold({ leftx: -0.4 });
  await pass(1);
  assert.deepEqual([wheel.driver()?.kind, applied().throttle, applied().steering], ["stick", 0, -0.4]);
  gamepad.hold({});
  await pass(5000);
  await advise(0.2);
  await advise(0.2);
  assert.deepEqual([wheel.driver()?.kind, pilot.report().state], ["stick", "paused"]);
  pilot.resume();
  await advise(0.2);
  await advise(0.2);
  assert.equal(pilot.report().state, "driving");
});

test("a pause of the run pauses the model, and going on lets it drive on, once the pad is left alone", async (t) => {
  const { pilot, advise, drivingOn, wheel, gamepad, pass, applied } = await setUp(t);
  gamepad.hold({});
  await pass(2100);
  await drivingOn();
  await wheel.forbid("the run is paused");
  await advise(0.2);
  assert.deepEqual([applied().throttle, pilot.report().state], [0, "paused"]);
  gamepad.hold({}, ["start"]);
  await pass(1);
  await wheel.allow();
  gamepad.hold({});
  await advise(0.2);
  assert.notEqual(pilot.report().state, "driving", "the thumb is still near");
  await pass(2000);
  await advise(0.2);
  await advise(0.2);
  assert.equal(pilot.report().state, "driving");
});

test("pause() lasts until resume(), whatever else goes on; stop() gives the car to the person", async (t) => {
  const { pilot, advise, drivingOn, wheel, applied } = await setUp(t);
  await drivingOn();
  await pilot.pause();
  assert.equal(applied().throttle, 0);
  await wheel.forbid("the run is paused");
  await wheel.allow();
  await advise(0.2);
  await advise(0.2);
  assert.deepEqual([pilot.report().state, pilot.report().reason], ["paused", "paused"]);
  pilot.resume();
  await advise(0.2);
  await advise(0.2);
  assert.equal(pilot.report().state, "driving");
  await pilot.stop();
  await advise(0.2);
  assert.deepEqual([pilot.report().state, applied().throttle], ["off", 0]);
  assert.throws(pilot.resume, /Expected a model that was told to drive/);
});

test("start() refuses a camera that is too slow, a stick in use, and a model that is not there", async (t) => {
  const slow = await setUp(t, { intervalMs: 350 });
  await assert.rejects(slow.pilot.start("m"), /a picture every 350 ms/);
  const used = await setUp(t);
  used.gamepad.hold({ leftx: 0.5 });
  await used.pass(1);
  await assert.rejects(used.pilot.start("m"), /somebody drives/);
  const absent = await setUp(t);
  await assert.rejects(absent.pilot.start("absent"), /there is no model absent/);
  assert.deepEqual(absent.pilot.report(), {
    model: "absent",
    state: "failed",
    reason: "there is no model absent",
  });
});

test("a gamepad that is lost stops a model, for nobody could take over any more; a car without one is not stopped", async (t) => {
  const { pilot, drivingOn, gamepad, pass, wheel, advise } = await setUp(t);
  gamepad.unplug();
  await pass(1);
  await drivingOn();
  await pilot.stop();
  gamepad.hold({});
  await pass(2100);
  await pilot.start("m");
  await advise(0);
  await advise(0);
  gamepad.unplug();
  await pass(1);
  assert.deepEqual([pilot.report().state, wheel.stops().counts], ["failed", { gamepad: 1 }]);
});

test("a stick that is taken while the car arms for a model is not driven over, also when it is held still", async (t) => {
  const { pilot, advise, wheel, drive, clock, gamepad, pass, applied } = await setUp(t);
  gamepad.hold({});
  await pass(2100);
  await wheel.stop("the test begins");
  armSlowly({ drive, clock }, 1500);
  await pilot.start("m");
  await advise(0);
  gamepad.hold({ leftx: -0.4 });
  await pass(1600);
  await advise(0);
  assert.deepEqual(
    [wheel.driver()?.kind, pilot.report().state, applied().throttle],
    [undefined, "paused", 0],
  );
});

test("a gamepad that goes while a model waits keeps it from driving until a person says otherwise", async (t) => {
  const { pilot, advise, gamepad, pass, applied } = await setUp(t);
  gamepad.hold({});
  await pass(2100);
  await pilot.start("m");
  await pass(1);
  gamepad.unplug();
  await pass(1);
  await advise(0);
  await advise(0);
  assert.deepEqual([pilot.report().state, pilot.report().reason], ["failed", "the gamepad is gone"]);
  assert.equal(applied().throttle, 0);
  pilot.resume();
  await advise(0);
  await advise(0);
  assert.equal(pilot.report().state, "driving");
});

test("a stop from afar holds for a model that was about to arm, until it is resumed", async (t) => {
  const { pilot, advise, wheel, drive, clock, pass, applied } = await setUp(t);
  const driving = { wheel, pilot, stick: { hold: () => undefined }, report: () => ({}) };
  const hands = createDriveHands({ driving, config: {} } as unknown as Parameters<
    typeof createDriveHands
  >[0]);
  armSlowly({ drive, clock }, 500);
  await pilot.start("m");
  await advise(0);
  await hands.stop("somebody on the track");
  await pass(600);
  await advise(0, { ms: 600 });
  await advise(0);
  assert.deepEqual([drive.state().armed, applied().throttle, pilot.report().state], [false, 0, "paused"]);
  pilot.resume();
  await advise(0, { ms: 600 });
  await advise(0);
  assert.equal(pilot.report().state, "driving");
});

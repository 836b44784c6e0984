// Somebody far away at the wheel: who may, what counts, and that nothing but a whole, fresh and allowed command moves the car.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { createRemoteDriver, type RemoteDriverOptions } from "../../../agent/drive/remote-driver.ts";
import type { ControlDrive } from "../../../agent/remote/drive-messages.ts";
import { silentLog } from "../../../device/log.ts";
import { armSlowly, openTestCar } from "../../fakes/car.ts";

type Setup = Partial<RemoteDriverOptions> & { readonly allowed?: boolean };

async function setUp(t: TestContext, { allowed = true, ...setup }: Setup = {}) {
  const car = await openTestCar(t, { allowed });
  const { wheel, stick, clock, drive, pass } = car;
  const remote = createRemoteDriver({
    wheel,
    stick,
    clock,
    log: silentLog,
    refusal: null,
    throttleLimit: 0.5,
    validMs: 500,
    leaseMs: 5000,
    ...setup,
  });
  let seq = 0;
  /** The sender's clock began some time before ours. */
  const sentMs = (): number => clock.monotonicNs() / 1e6 - 900_000;
  const raw = (payload: string | Uint8Array, retained = false, expiresAtNs: number | null = null): void =>
    remote.take({
      payload: Buffer.from(payload),
      retained,
      receivedNs: clock.monotonicNs(),
      expiresAtNs,
    });
  const message = (changes: Partial<ControlDrive> = {}): ControlDrive => {
    seq += 1;
    const plain = {
      validMs: 500,
      steer: 0,
      throttle: 0,
      hold: true,
      driver: "ann",
      arm: false,
      release: false,
    };
    return { ...plain, seq, sentMs: sentMs(), ...changes };
  };
  /** Says something and lets it be dealt with. */
  const say = async (changes: Partial<ControlDrive> = {}, ms = 20): Promise<void> => {
    raw(JSON.stringify(message(changes)));
    await pass(ms);
  };
  const throttle = (): number => drive.state().applied.throttle;
  return { ...car, remote, raw, message, say, sentMs, throttle };
}

test("take() moves the car after a neutral message that arms, within the throttle's limit, and names the driver", async (t) => {
  const { wheel, clock, say, throttle, remote, drive } = await setUp(t);
  await say({ throttle: 0.3 });
  await say({ throttle: 0.3, arm: true });
  assert.deepEqual([drive.state().armed, remote.holder()], [false, null]);
  await say({ arm: true });
  assert.deepEqual([drive.state().armed, remote.holder()], [true, "ann"]);
  await say({ throttle: 0.3, steer: -0.7 });
  assert.equal(throttle(), 0.3);
  await say({ throttle: 1 });
  assert.equal(throttle(), 0.5);
  await say({ throttle: -1 });
  assert.equal(throttle(), -0.5);
  assert.deepEqual(wheel.commandAt(clock.monotonicNs())?.driver, { kind: "remote", createdBy: "remote:ann" });
  assert.deepEqual(remote.ignored(), { not_armed: 2 });
});

test("take() stops the car when the button is let go, however late that comes, and wants it armed again", async (t) => {
  const { clock, say, throttle, remote, drive } = await setUp(t);
  await say({ arm: true });
  await say({ throttle: 0.4 });
  await say({ throttle: 0.4, hold: false, sentMs: clock.monotonicNs() / 1e6 - 990_000 });
  assert.deepEqual([drive.state().armed, drive.told.at(-1)], [false, "neutral: the driver far away let go"]);
  await say({ throttle: 0.4 });
  assert.equal(throttle(), 0);
  assert.equal(remote.holder(), "ann");
  await say({ arm: true });
  await say({ throttle: 0.4 });
  assert.equal(throttle(), 0.4);
});

test("take() gives the wheel to one driver at a time: until it is given back, or its holder was silent for long", async (t) => {
  const { say, throttle, remote, pass } = await setUp(t);
  await say({ arm: true });
  await say({ throttle: 0.4 });
  await say({ arm: true, driver: "bob" });
  await say({ hold: false, driver: "bob" });
  await say({ release: true, driver: "bob" });
  assert.deepEqual([remote.holder(), throttle(), remote.ignored()], ["ann", 0.4, { not_yours: 3 }]);
  await say({ release: true });
  assert.deepEqual([remote.holder(), throttle()], [null, 0]);
  await say({ arm: true, driver: "bob" });
  await say({ throttle: 0.2, driver: "bob" });
  assert.deepEqual([remote.holder(), throttle()], ["bob", 0.2]);
  await pass(5100);
  assert.equal(remote.holder(), null);
  await say({ arm: true });
  assert.equal(remote.holder(), "ann");
});

test("release() takes the wheel from whoever holds it, who has to arm to get it back", async (t) => {
  const { say, throttle, remote } = await setUp(t);
  await say({ arm: true });
  await say({ throttle: 0.4 });
  await remote.release("asked");
  await say({ throttle: 0.4 });
  assert.deepEqual([remote.holder(), throttle()], [null, 0]);
});

test("take() never obeys what is not newer, came too late, has expired or was retained", async (t) => {
  const { clock, say, throttle, remote, raw, message, pass } = await setUp(t);
  await say({ arm: true });
  const twice = message({ throttle: 0.3 });
  raw(JSON.stringify(twice));
  await pass(20);
  await say({ throttle: 0.1 });
  raw(JSON.stringify(twice));
  await pass(1);
  assert.deepEqual([throttle(), remote.ignored()], [0.1, { old: 1 }]);
  await say({ throttle: 0.5, sentMs: clock.monotonicNs() / 1e6 - 900_000 - 600 });
  raw(JSON.stringify(message({ throttle: 0.5 })), true);
  raw(JSON.stringify(message({ throttle: 0.5 })), false, clock.monotonicNs() - 1);
  await pass(1);
  assert.deepEqual([throttle(), remote.ignored()], [0.1, { old: 1, stale: 2, retained: 1 }]);
});

test("take() is not moved by what a stalled link held back and gives at once", async (t) => {
  const { say, throttle, remote, raw, message, pass, drive } = await setUp(t);
  await say({ arm: true });
  await say({ throttle: 0.4 });
  const held = [];
  for (let n = 0; n < 60; n += 1) {
    held.push(JSON.stringify(message({ throttle: 0.5 })));
    await pass(50);
  }
  assert.equal(drive.state().armed, false, "silence stopped it");
  const before = drive.told.length;
  for (const each of held) raw(each);
  await pass(1);
  assert.deepEqual([throttle(), drive.told.length], [0, before]);
  assert.ok(remote.ignored().stale! >= 48, "only the newest half second is fresh");
});

test("take() stops a car that an old burst armed, before it is told anything that is not fresh", async (t) => {
  const { throttle, raw, message, pass, drive } = await setUp(t);
  const held = [JSON.stringify(message({ arm: true }))];
  for (let n = 0; n < 60; n += 1) {
    await pass(50);
    held.push(JSON.stringify(message({ throttle: 0.5 })));
  }
  for (const each of held) {
    raw(each);
    await pass(0);
  }
  await pass(1);
  assert.deepEqual([throttle(), drive.state().armed], [0, false]);
});

test("take() forgets the quickest message slowly: a sender whose clock runs slow is not late for ever", async (t) => {
  const { clock, say, throttle, remote } = await setUp(t);
  const beginMs = clock.monotonicNs() / 1e6;
  // 900 ppm slow: after 20 minutes it is more than a second behind.
  const slow = (): number => (clock.monotonicNs() / 1e6 - beginMs) * (1 - 0.0009);
  await say({ arm: true, sentMs: slow() });
  for (let n = 0; n < 300; n += 1) await say({ hold: false, sentMs: slow() }, 4000);
  await say({ arm: true, sentMs: slow() });
  await say({ throttle: 0.4, sentMs: slow() });
  assert.deepEqual([throttle(), remote.ignored()], [0.4, {}]);
});

test("take() lets silence stop the car, also where no guard does, and counts it", async (t) => {
  const { wheel, say, drive, pass, changes } = await setUp(t);
  await say({ arm: true });
  await say({ throttle: 0.4, validMs: 100 });
  await pass(100);
  assert.equal(drive.state().armed, true);
  await pass(200);
  assert.equal(drive.state().armed, false);
  assert.deepEqual(wheel.stops().counts, { stale: 1 });
  assert.equal(changes.filter(({ kind }) => kind === "failSafe").length, 1);
});

test("take() refuses while it is not allowed, no run is on, or somebody drives at the car, and says why", async (t) => {
  const forbidden = await setUp(t, { refusal: "drive.remote.enabled is not true" });
  await forbidden.say({ arm: true });
  assert.deepEqual(forbidden.remote.ignored(), { not_allowed: 1 });
  const idle = await setUp(t, { allowed: false });
  await idle.say({ arm: true });
  assert.deepEqual([idle.remote.ignored(), idle.remote.holder()], [{ not_allowed: 1 }, null]);
  assert.match(idle.remote.refusal()!, /no run is on/);
  const busy = await setUp(t);
  busy.gamepad.hold({});
  await busy.pass(1);
  busy.gamepad.hold({ righttrigger: 0.6 });
  await busy.pass(3000);
  await busy.say({ arm: true });
  assert.deepEqual([busy.throttle(), busy.remote.ignored()], [0.6, { not_allowed: 1 }]);
  assert.match(busy.remote.refusal()!, /somebody drives at the car/);
});

test("a stick that is moved takes over at once from far away; one at rest does not, and gives the wheel away after a while", async (t) => {
  const { gamepad, say, throttle, drive, pass, remote, wheel } = await setUp(t);
  gamepad.hold({});
  await pass(100);
  assert.equal(wheel.driver()?.kind, "stick");
  await pass(2000);
  await say({ arm: true });
  await say({ throttle: 0.4 });
  gamepad.hold({ leftx: 0.1 });
  await say({ throttle: 0.4 });
  assert.deepEqual([wheel.driver()?.kind, throttle()], ["remote", 0.4]);
  gamepad.hold({ leftx: 0.3 });
  await pass(1);
  assert.deepEqual([wheel.driver()?.kind, throttle()], ["stick", 0]);
  assert.ok(drive.told.includes("neutral: somebody took the stick"));
  await say({ throttle: 0.4 });
  await say({ arm: true });
  assert.deepEqual([wheel.driver()?.kind, throttle()], ["stick", 0]);
  assert.deepEqual(remote.ignored(), { not_allowed: 2 });
  gamepad.hold({});
  await pass(2100);
  await say({ arm: true });
  assert.equal(wheel.driver()?.kind, "remote");
  gamepad.hold({}, ["b"]);
  await pass(1);
  assert.equal(wheel.driver()?.kind, "stick", "a button does so, too");
});

test("lost() stops the car at once when somebody far away drives, and nobody else", async (t) => {
  const { say, drive, wheel, remote, pass, gamepad } = await setUp(t);
  remote.lost();
  assert.deepEqual(wheel.stops().counts, {});
  await say({ arm: true });
  await say({ throttle: 0.4 });
  remote.lost();
  await pass(1);
  assert.deepEqual([drive.state().armed, wheel.stops().counts], [false, { link: 1 }]);
  gamepad.hold({});
  await pass(1);
  remote.lost();
  await pass(1);
  assert.equal(drive.state().armed, true);
});

test("take() survives an arming that takes its time and is let go meanwhile", async (t) => {
  const { say, drive, remote, pass, clock } = await setUp(t);
  armSlowly({ drive, clock }, 1500);
  await say({ arm: true });
  await say({ throttle: 0.4 });
  await say({ release: true });
  await pass(1600);
  assert.deepEqual([drive.state().armed, remote.holder()], [false, null]);
});

test("take() is moved by no bytes whatever that are not a whole command of its driver", async (t) => {
  const { raw, drive, throttle, message, pass, sentMs } = await setUp(t);
  const wellFormed = (): Record<string, unknown> => ({
    ...message({ throttle: 0.5, arm: true, sentMs: sentMs() }),
  });
  const spoiled = fc
    .tuple(fc.constantFrom(...Object.keys(wellFormed())), fc.jsonValue())
    .map(([key, value]) => {
      const all = wellFormed();
      // What the schema itself would take is no garbage.
      all[key] = typeof value === typeof all[key] ? { value } : value;
      return JSON.stringify(all);
    });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.json().map((text) => Buffer.from(text)),
    spoiled.map((text) => Buffer.from(text)),
    // Two throttles, one of them rest.
    fc.constant(Buffer.from(JSON.stringify(wellFormed()).replace("{", '{"throttle":0,'))),
    fc.nat(200).map((length) => Buffer.from(JSON.stringify(wellFormed())).subarray(0, length)),
  );
  fc.assert(
    fc.property(bytes, fc.boolean(), (payload, retained) => {
      raw(payload, retained);
    }),
    { numRuns: 3000 },
  );
  await pass(10);
  assert.deepEqual(
    [drive.state().armed, throttle(), drive.told.filter((word) => word !== "arm").length],
    [false, 0, 0],
  );
});

test("take() lets a person at the car keep it who took the stick while it was arming, and held it still", async (t) => {
  const { say, pass, clock, drive, gamepad, wheel } = await setUp(t);
  gamepad.hold({});
  await pass(2100);
  await wheel.stop("the test begins");
  armSlowly({ drive, clock }, 1500);
  await say({ arm: true });
  gamepad.hold({ righttrigger: 0.5 });
  await pass(1600);
  await say({ throttle: 0.4 });
  assert.deepEqual([drive.state().armed, wheel.driver()], [false, null]);
});

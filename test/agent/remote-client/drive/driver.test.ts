import assert from "node:assert/strict";
import { test } from "node:test";
import type { DriveReport } from "../../../../agent/remote/drive-messages.ts";
import { controlDriveSchema } from "../../../../agent/remote/drive-messages.ts";
import { createRemoteDriver } from "../../../../agent/remote-client/drive/driver.ts";
import type { Hand } from "../../../../agent/remote-client/drive/hand.ts";
import { standingCar } from "../../../fakes/hands.ts";

const rest: Hand = { steer: 0, throttle: 0, held: true, armed: false };
const ours: DriveReport = { ...standingCar, driver: "remote", holder: "me", armed: true };

/** A driver with a clock that moves 50 ms with every message. */
function createSeat() {
  const driver = createRemoteDriver({ id: "me" });
  driver.link(true);
  let nowMs = 5_000;
  const next = () => {
    nowMs += 50;
    const message = driver.next(nowMs);
    if (message !== null) controlDriveSchema.parse(message);
    return message;
  };
  const after = (ms: number) => {
    let last = next();
    for (let passed = 50; passed < ms; passed += 50) last = next();
    return last;
  };
  const arm = () => {
    driver.hand({ ...rest, armed: true });
    const first = next();
    driver.hand(rest);
    driver.heard(ours);
    return first;
  };
  return { driver, next, after, arm };
}

test("createRemoteDriver() says nothing before somebody arms, whatever the hand does", () => {
  const { driver, next } = createSeat();
  driver.hand({ ...rest, throttle: 1 });
  driver.heard(ours);
  assert.equal(next(), null);
  assert.equal(driver.phase(), "idle");
});

test("createRemoteDriver() arms with neutral only, and moves when the car says that it is armed for us", () => {
  const { driver, next } = createSeat();
  driver.hand({ ...rest, throttle: 0.4, armed: true });
  assert.equal(next(), null);
  assert.match(driver.note()!, /throttle at rest/);
  driver.hand({ ...rest, armed: true });
  const first = next()!;
  assert.deepEqual([first.arm, first.throttle, first.hold, first.seq], [true, 0, true, 1]);
  driver.hand({ ...rest, steer: 0.5, throttle: 0.4 });
  assert.deepEqual([next()!.arm, next()!.throttle], [true, 0]);
  driver.heard({ ...ours, holder: "somebody" });
  assert.equal(next()!.throttle, 0);
  driver.heard(ours);
  const moving = next()!;
  assert.deepEqual([moving.arm, moving.steer, moving.throttle], [false, 0.5, 0.4]);
  assert.ok(moving.seq > first.seq && moving.sentMs > first.sentMs);
});

test("createRemoteDriver() gives up arming after a while, with the car's reason", () => {
  const { driver, after, next } = createSeat();
  driver.hand({ ...rest, armed: true });
  next();
  driver.hand(rest);
  driver.heard({ ...standingCar, remote: { allowed: false, why: "no run is open" } });
  assert.equal(after(4_200)?.hold, false);
  assert.match(driver.note()!, /no run is open/);
});

test("createRemoteDriver() lets go: stops a few times, then is silent, and moves again only when armed anew", () => {
  const { driver, arm, next } = createSeat();
  arm();
  driver.hand({ ...rest, throttle: 0.5 });
  assert.equal(next()!.throttle, 0.5);
  driver.hand({ ...rest, throttle: 0.5, held: false });
  const stops = [next(), next(), next(), next()];
  assert.ok(stops.every((message) => message !== null && !message.hold && message.throttle === 0));
  assert.equal(next(), null);
  driver.hand({ ...rest, throttle: 0.5 });
  assert.equal(next(), null);
});

test("createRemoteDriver() falls silent at once when the link is lost, and does not drive on when it is back", () => {
  const { driver, arm, next } = createSeat();
  arm();
  driver.hand({ ...rest, throttle: 0.5 });
  next();
  driver.link(false);
  assert.equal(next(), null);
  assert.match(driver.note()!, /link is lost/);
  driver.link(true);
  driver.heard(ours);
  assert.deepEqual([next(), driver.phase(), driver.figures().stops], [null, "idle", 1]);
});

test("createRemoteDriver() stops when the car was stopped, with its cause; a late report of before does not stop it", () => {
  const { driver, arm, next, after } = createSeat();
  arm();
  next();
  driver.heard(standingCar);
  assert.equal(next()!.hold, true);
  driver.heard(ours);
  after(1_200);
  driver.heard({
    ...standingCar,
    failSafe: { cause: "stale", reason: "nothing fresh came", at: "2024-05-01T00:00:00Z" },
  });
  assert.equal(next(), null);
  assert.match(driver.note()!, /fail-safe stale: nothing fresh came/);
});

test("createRemoteDriver() lets go when nobody asks for anything for long", () => {
  const { driver, arm, after } = createSeat();
  arm();
  after(9_000);
  assert.equal(driver.phase(), "driving");
  after(1_500);
  assert.notEqual(driver.phase(), "driving");
  assert.match(driver.note()!, /nothing was asked for/);
});

test("leave() is neutral and gives the wheel back", () => {
  const { driver, arm } = createSeat();
  arm();
  const last = driver.leave(9_000);
  assert.deepEqual([last.hold, last.release, last.throttle], [false, true, 0]);
});

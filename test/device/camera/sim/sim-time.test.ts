import assert from "node:assert/strict";
import test from "node:test";
import { createSimTime } from "../../../../device/camera/sim/sim-time.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";

const never = new AbortController().signal;

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-5, `expected ${expected}, got ${actual}`);
}

test("createSimTime() follows the clock until somebody leads, then the lead, then the clock without a jump", async () => {
  const clock = createManualClock();
  const time = createSimTime(clock);
  await clock.advance(700);
  assert.equal(time.nowS(), 0);
  await clock.advance(1500);
  near(time.nowS(), 1.5);
  near(time.atS(clock.monotonicNs() - 1e9), 0.5);
  const lead = time.lead();
  await clock.advance(9000);
  near(time.nowS(), 1.5);
  lead.advance(0.25);
  near(time.nowS(), 1.75);
  lead.release();
  lead.release();
  near(time.nowS(), 1.75);
  await clock.advance(1000);
  near(time.nowS(), 2.75);
});

test("until() wakes by the clock, by a lead, and across both changes", async () => {
  const clock = createManualClock();
  const time = createSimTime(clock);
  const woken: string[] = [];
  const wait = (name: string, seconds: number) => time.until(seconds, never).then(() => woken.push(name));
  const waits = [wait("clock", 0.5), wait("lead", 1.5), wait("clock again", 3)];
  await clock.advance(1000);
  assert.deepEqual(woken, ["clock"]);
  const lead = time.lead();
  await clock.advance(5000);
  lead.advance(0.4);
  await clock.advance(0);
  assert.deepEqual(woken, ["clock"]);
  lead.advance(0.1);
  await clock.advance(0);
  assert.deepEqual(woken, ["clock", "lead"]);
  lead.release();
  await clock.advance(1501);
  assert.deepEqual(woken, ["clock", "lead", "clock again"]);
  await Promise.all(waits);
});

test("until() rejects with the signal's reason, also while somebody leads", async () => {
  const clock = createManualClock();
  const time = createSimTime(clock);
  const reason = new Error("enough");
  await assert.rejects(time.until(1, AbortSignal.abort(reason)), reason);
  const lead = time.lead();
  const stop = new AbortController();
  const waiting = time.until(1, stop.signal);
  stop.abort(reason);
  await assert.rejects(waiting, reason);
  lead.release();
});

test("lead() is one at a time", () => {
  const time = createSimTime(createManualClock());
  const lead = time.lead();
  assert.throws(() => time.lead(), /one camera with pace=asap/);
  lead.release();
  time.lead().release();
});

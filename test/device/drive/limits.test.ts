import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  checkCurve,
  clampCommand,
  hardPulseUs,
  positionOf,
  pulseOf,
  slew,
  slewThrottle,
} from "../../../device/drive/limits.ts";

const forward = { lowUs: 1000, neutralUs: 1500, highUs: 2000 };
const reversed = { lowUs: 1850, neutralUs: 1520, highUs: 1180 };
const curves = fc.constantFrom(forward, reversed);

test("clampCommand() keeps −1…1, and takes what is no number for neutral", () => {
  assert.deepEqual(clampCommand({ steering: -2, throttle: 9 }), { steering: -1, throttle: 1 });
  assert.deepEqual(clampCommand({ steering: 0.5, throttle: Number.POSITIVE_INFINITY }), {
    steering: 0,
    throttle: 0,
  });
  assert.deepEqual(clampCommand({ steering: -0, throttle: -0 }), { steering: 0, throttle: 0 });
});

describe("pulseOf()", () => {
  test("pulseOf() meets the ends and the middle of either direction", () => {
    assert.deepEqual(
      [-1, 0, 1].map((position) => pulseOf(position, forward)),
      [1000, 1500, 2000],
    );
    assert.deepEqual(
      [-1, 0, 1].map((position) => pulseOf(position, reversed)),
      [1850, 1520, 1180],
    );
  });

  test("pulseOf() never leaves the hard bounds, whatever the curve", () => {
    const any = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(any, any, any, any, (position, lowUs, neutralUs, highUs) => {
        const pulse = pulseOf(position, { lowUs, neutralUs, highUs });
        assert.ok(pulse >= hardPulseUs.min && pulse <= hardPulseUs.max);
      }),
    );
  });

  test("positionOf() is pulseOf() backwards", () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), curves, (position, curve) => {
        assert.ok(Math.abs(positionOf(pulseOf(position, curve), curve) - position) < 1e-9);
      }),
    );
  });
});

test("checkCurve() names the value that is out of bounds or out of order", () => {
  assert.throws(
    () => checkCurve("steering", { ...forward, highUs: 2200 }),
    /steering highUs to be 900–2100 microseconds, got 2200/,
  );
  assert.throws(() => checkCurve("throttle", { ...forward, neutralUs: Number.NaN }), /throttle neutralUs/);
  assert.throws(
    () => checkCurve("throttle", { lowUs: 1500, neutralUs: 1000, highUs: 2000 }),
    /neutralUs to lie between/,
  );
  checkCurve("steering", reversed);
});

test("slew() goes at most its rate, and no further than its goal", () => {
  assert.equal(slew(1500, 2000, { usPerS: 1000, elapsedMs: 20 }), 1520);
  assert.equal(slew(1500, 1000, { usPerS: 1000, elapsedMs: 20 }), 1480);
  assert.equal(slew(1500, 1505, { usPerS: 1000, elapsedMs: 20 }), 1505);
});

describe("slewThrottle()", () => {
  const limit = { usPerS: 1000, elapsedMs: 20, neutralUs: 1500 };

  test("slewThrottle() speeds up slowly and slows down at once, both ways", () => {
    assert.equal(slewThrottle(1500, 2000, limit), 1520);
    assert.equal(slewThrottle(1900, 1600, limit), 1600);
    assert.equal(slewThrottle(1900, 1500, limit), 1500);
    assert.equal(slewThrottle(1400, 1000, limit), 1380);
    assert.equal(slewThrottle(1100, 1300, limit), 1300);
  });

  test("slewThrottle() stands at neutral between forward and reverse", () => {
    assert.equal(slewThrottle(1900, 1000, limit), 1500);
    assert.equal(slewThrottle(1500, 1000, limit), 1480);
  });

  test("slewThrottle() never gets faster than its rate allows", () => {
    const pulse = fc.integer({ min: 900, max: 2100 });
    fc.assert(
      fc.property(pulse, pulse, (from, to) => {
        const next = slewThrottle(from, to, limit);
        assert.ok(Math.abs(next - 1500) <= Math.abs(from - 1500) + 20);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createAxisScaler, normalise, ranges } from "../../../device/gamepad/axis-range.ts";

const scalerOf = (code: number, isTrigger: boolean) => {
  const scaler = createAxisScaler(() => null, new Set(isTrigger ? [code] : []));
  const feed = (value: number): number => {
    const input = scaler.scale({ kind: "changes", changes: [{ kind: "axis", code, value }] });
    return input.kind === "lost" ? Number.NaN : input.changes[0]!.value;
  };
  return { scaler, feed };
};
const sweep = (from: number, to: number): number[] =>
  Array.from({ length: 101 }, (_, index) => Math.round(from + ((to - from) * index) / 100));

test("normalise() gives −1…1 and clamps", () => {
  assert.deepEqual(
    [normalise(0, ranges.unsigned8), normalise(255, ranges.unsigned8), normalise(-9, ranges.unsigned8)],
    [-1, 1, -1],
  );
});

describe("createAxisScaler()", () => {
  test("createAxisScaler() uses the known range, and −1…1 for hats", () => {
    const scaler = createAxisScaler(() => ranges.unsigned16, new Set());
    assert.deepEqual(
      scaler.scale({
        kind: "changes",
        changes: [
          { kind: "axis", code: 0, value: 65535 },
          { kind: "axis", code: 0x11, value: -1 },
          { kind: "button", code: 0x130, value: 1 },
        ],
      }),
      {
        kind: "changes",
        changes: [
          { kind: "axis", code: 0, value: 1 },
          { kind: "axis", code: 0x11, value: -1 },
          { kind: "button", code: 0x130, value: 1 },
        ],
      },
    );
    assert.deepEqual(scaler.unknown(), []);
  });

  for (const [name, range] of Object.entries(ranges).filter(([name]) => name !== "hat")) {
    test(`createAxisScaler() learns a stick of range ${name} from one round, and stays within the truth until then`, () => {
      const { scaler, feed } = scalerOf(0, false);
      const centre = Math.round((range.min + range.max) / 2);
      for (const value of [...sweep(centre, range.max), ...sweep(range.max, range.min)]) {
        const truth = normalise(value, range);
        const said = feed(value);
        assert.ok(Math.abs(said) <= Math.abs(truth), `${value}: said ${said}, is ${truth}`);
      }
      feed(centre);
      assert.deepEqual(scaler.unknown(), []);
      assert.ok(Math.abs(feed(range.max) - 1) < 1e-9);
      assert.ok(Math.abs(feed(range.min) + 1) < 1e-9);
    });
  }

  test("createAxisScaler() gives a range up as soon as a value leaves it", () => {
    const { scaler, feed } = scalerOf(0, false);
    for (const value of [...sweep(128, 255), ...sweep(255, 0), 128]) feed(value);
    assert.equal(feed(255), 1);
    assert.equal(feed(300), 0);
    assert.deepEqual(scaler.unknown(), [0]);
  });

  test("createAxisScaler() takes the trembling of a resting 16-bit stick for rest", () => {
    const { feed } = scalerOf(0, false);
    for (let value = -200; value <= 200; value += 1) assert.equal(feed(value), 0);
    for (let value = 200; value >= -200; value -= 1) assert.equal(feed(value), 0);
  });

  test("createAxisScaler() learns a trigger from one full press, and only at rest", () => {
    const { scaler, feed } = scalerOf(5, true);
    for (const value of sweep(0, 255)) assert.equal(feed(value), -1);
    assert.deepEqual(scaler.unknown(), [5]);
    feed(0);
    assert.deepEqual(scaler.unknown(), []);
    assert.equal(feed(255), 1);
  });

  test("createAxisScaler() does not take a quarter press of a long trigger for its end", () => {
    const { feed } = scalerOf(5, true);
    for (const value of [...sweep(0, 220), ...sweep(220, 0)]) feed(value);
    assert.equal(feed(200), -1);
  });

  test("createAxisScaler() keeps every axis within −1…1, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.boolean(), (values, isTrigger) => {
        const { feed } = scalerOf(2, isTrigger);
        for (const value of values) assert.ok(Math.abs(feed(value)) <= 1);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pythonRound } from "../../device/python-number.ts";

// Rows of [value, digits, result], computed by CPython 3.11.
const table = JSON.parse(
  readFileSync(new URL("../fixtures/python-round.json", import.meta.url), "utf8"),
) as readonly [number, number, number][];

test("pythonRound() gives CPython's result, halves and negative zero included", () => {
  for (const [value, digits, expected] of table) {
    const rounded = pythonRound(value, digits);
    assert.ok(
      Object.is(rounded, expected),
      `round(${value}, ${digits}): ${rounded}, Python says ${expected}`,
    );
  }
});

test("pythonRound() passes on what has no decimals", () => {
  assert.equal(pythonRound(Number.POSITIVE_INFINITY, 2), Number.POSITIVE_INFINITY);
  assert.ok(Number.isNaN(pythonRound(Number.NaN, 2)));
});

test("pythonRound() refuses digits it cannot do", () => {
  assert.throws(() => pythonRound(1, -1), /digits to be an integer 0–15, got -1/);
  assert.throws(() => pythonRound(1, 1.5), RangeError);
});

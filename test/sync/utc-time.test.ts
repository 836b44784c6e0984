import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatIso } from "../../sync/annotation/drafts.ts";
import { parseUtc } from "../../sync/utc-time.ts";

const noon = Date.UTC(2026, 6, 1, 12) * 1000;

test("parseUtc() takes a time without an offset for UTC, and keeps the microseconds", () => {
  assert.equal(parseUtc("2026-07-01T12:00:00"), noon);
  assert.equal(parseUtc("2026-07-01T12:00:00.000001"), noon + 1);
  assert.equal(parseUtc("2026-07-01T12:00:00.5Z"), noon + 500_000);
  assert.equal(parseUtc("2026-07-01T12:00:00.123456789"), noon + 123_456);
});

test("parseUtc() reads every form the services answer with", () => {
  assert.equal(parseUtc("2026-07-01 12:00:00+00:00"), noon);
  assert.equal(parseUtc("2026-07-01T14:00:00+02:00"), noon);
  assert.equal(parseUtc("2026-07-01T07:30:00-0430"), noon);
  assert.equal(parseUtc("2026-07-01T12:00"), noon);
});

test("parseUtc() is null for what names no moment", () => {
  const days = ["", "soon", "2026-07-01", "2026-02-30T00:00:00", "0000-07-01T00:00:00"];
  const hours = [
    "2026-07-01T25:00:00",
    "2026-07-01T24:00:00",
    "2026-07-01T12:00:00+25:00",
    "2026-07-01T12:00:00+02:60",
  ];
  for (const text of [...days, ...hours, " 2026-07-01T12:00:00", null, 5, {}])
    assert.equal(parseUtc(text), null, String(text));
});

test("formatIso() and parseUtc() are each other's way back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e15 }), (us) => {
      assert.equal(parseUtc(formatIso(us)), us);
      assert.match(formatIso(us), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    }),
  );
});

test("parseUtc() never throws", () => {
  fc.assert(fc.property(fc.anything(), (value) => void parseUtc(value)));
  fc.assert(
    fc.property(fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?$/), (text) => {
      const us = parseUtc(text);
      assert.ok(us === null || Number.isInteger(us));
    }),
  );
});

// Dates in three formats, to the millisecond.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDate } from "../../../../device/store/search/dates.ts";

const day = Date.UTC(2020, 1, 4);

test("parseDate() reads a time stamp, dropping microseconds", () => {
  const ms = day + 15 * 3_600_000 + 23 * 60_000 + 19_881;
  assert.deepEqual(parseDate("20200204T15-23-19-881268"), { firstMs: ms, lastMs: ms });
});

test("parseDate() reads a day as its first to its last millisecond", () => {
  const span = { firstMs: day, lastMs: day + 86_399_999 };
  assert.deepEqual(parseDate("20200204"), span);
  assert.deepEqual(parseDate("04/02/2020"), span);
  assert.deepEqual(parseDate(20_200_204), span);
  assert.equal(parseDate("00010101")?.firstMs, Date.parse("0001-01-01T00:00:00Z"));
});

test("parseDate() refuses what is no date", () => {
  const wrong = [
    "",
    "2020",
    "2020-02-04",
    "4/2/2020",
    "20200230",
    "20190229",
    "20201301",
    "20200100",
    "00000101",
    "20200204T24-00-00-000000",
    "20200204T23-60-00-000000",
    "20200204T15-23-19-881",
    " 20200204",
    true,
    null,
    {},
  ];
  for (const value of wrong) assert.equal(parseDate(value), null, JSON.stringify(value));
});

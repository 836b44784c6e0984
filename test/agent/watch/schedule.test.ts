import assert from "node:assert/strict";
import { test } from "node:test";
import { isScheduled } from "../../../agent/watch/schedule.ts";

/** 2024-05-03 is a Friday. */
const at = (day: number, time: string): Date => new Date(`2024-05-0${day}T${time}:00`);

test("isScheduled() is always true without entries, and its end does not count", () => {
  assert.equal(isScheduled([], at(3, "03:00")), true);
  const office = [{ from: "08:00", to: "17:00" }];
  assert.deepEqual(
    ["07:59", "08:00", "16:59", "17:00"].map((time) => isScheduled(office, at(3, time))),
    [false, true, true, false],
  );
  assert.equal(isScheduled([{ from: "20:00", to: "24:00" }], at(3, "23:59")), true);
});

test("isScheduled() goes over midnight with the day it began on", () => {
  const night = [{ from: "22:00", to: "05:00", days: ["fri"] }];
  assert.equal(isScheduled(night, at(3, "23:00")), true);
  assert.equal(isScheduled(night, at(4, "04:59")), true, "Saturday morning belongs to Friday night");
  assert.equal(isScheduled(night, at(3, "04:00")), false, "Friday morning belongs to Thursday night");
  assert.equal(isScheduled(night, at(4, "22:30")), false);
});

test("isScheduled() takes an entry that ends where it begins for a whole day", () => {
  const sunday = [{ from: "00:00", to: "00:00", days: ["sun"] }];
  assert.equal(isScheduled(sunday, at(5, "13:00")), true);
  assert.equal(isScheduled(sunday, at(3, "13:00")), false);
});

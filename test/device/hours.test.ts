import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithinHours, nextOpening } from "../../device/hours.ts";

/** 2024-05-03 is a Friday. */
const at = (day: number, time: string): Date => new Date(`2024-05-0${day}T${time}:00`);

test("isWithinHours() is always true without entries, and its end does not count", () => {
  assert.equal(isWithinHours([], at(3, "03:00")), true);
  const office = [{ from: "08:00", to: "17:00" }];
  assert.deepEqual(
    ["07:59", "08:00", "16:59", "17:00"].map((time) => isWithinHours(office, at(3, time))),
    [false, true, true, false],
  );
  assert.equal(isWithinHours([{ from: "20:00", to: "24:00" }], at(3, "23:59")), true);
});

test("isWithinHours() goes over midnight with the day it began on", () => {
  const night = [{ from: "22:00", to: "05:00", days: ["fri"] }];
  assert.equal(isWithinHours(night, at(3, "23:00")), true);
  assert.equal(isWithinHours(night, at(4, "04:59")), true, "Saturday morning belongs to Friday night");
  assert.equal(isWithinHours(night, at(3, "04:00")), false, "Friday morning belongs to Thursday night");
  assert.equal(isWithinHours(night, at(4, "22:30")), false);
});

test("isWithinHours() takes an entry that ends where it begins for a whole day", () => {
  const sunday = [{ from: "00:00", to: "00:00", days: ["sun"] }];
  assert.equal(isWithinHours(sunday, at(5, "13:00")), true);
  assert.equal(isWithinHours(sunday, at(3, "13:00")), false);
});

test("nextOpening() names the next beginning: the time within a day, the day before it later, null without any", () => {
  const night = [{ from: "22:00", to: "06:00" }];
  assert.equal(nextOpening(night, at(3, "12:00")), "22:00");
  assert.equal(nextOpening([{ from: "02:00", to: "05:00" }], at(3, "12:00")), "02:00");
  const weekend = [{ from: "08:00", to: "20:00", days: ["sun", "sat"] }];
  assert.equal(nextOpening(weekend, at(3, "07:00")), "sat 08:00");
  assert.equal(nextOpening(weekend, at(3, "09:00")), "08:00");
  assert.equal(nextOpening(weekend, at(5, "21:00")), "sat 08:00");
  assert.equal(nextOpening([{ from: "00:00", to: "00:00", days: ["fri"] }], at(4, "10:00")), "fri 00:00");
  assert.equal(nextOpening([{ from: "01:00", to: "02:00", days: [] }], at(3, "00:00")), null);
});

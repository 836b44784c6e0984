import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createWatchdog,
  defaultWatchdogLimits,
  type WatchdogLimits,
} from "../../../device/camera/watchdog.ts";

const second = 1e9;
const startNs = 1e12;

test("createWatchdog() gives the first picture longer than the others", () => {
  const watchdog = start({});
  assert.equal(watchdog.check(startNs + 9.9 * second), null);
  assert.equal(watchdog.check(startNs + 10.1 * second)?.kind, "no frame");
  watchdog.saw(picture(1), startNs + 11 * second);
  assert.equal(watchdog.check(startNs + 12.9 * second), null);
  const fault = watchdog.check(startNs + 13.1 * second);
  assert.deepEqual([fault?.kind, fault?.mend], ["no frame", true]);
});

test("createWatchdog() waits three periods for a camera that is slow by wish", () => {
  const watchdog = start({ fps: 0.2 });
  watchdog.saw(picture(1), startNs);
  assert.equal(watchdog.check(startNs + 14.9 * second), null);
  assert.equal(watchdog.check(startNs + 15.1 * second)?.kind, "no frame");
});

test("createWatchdog() finds a picture frozen after ten seconds of the same bytes, and not before", () => {
  const watchdog = start({});
  for (let n = 0; n <= 105; n += 1) {
    const atNs = startNs + (n * second) / 10;
    assert.equal(watchdog.saw(picture(7), atNs), n < 2, `picture ${n}`);
    if (n <= 100) assert.equal(watchdog.check(atNs), null);
  }
  assert.equal(watchdog.check(startNs + 10.5 * second)?.kind, "frozen");
});

test("createWatchdog() takes pictures of one size with other bytes for new ones", () => {
  const watchdog = start({});
  for (let n = 0; n < 300; n += 1) watchdog.saw(picture(n % 250), startNs + (n * second) / 10);
  assert.equal(watchdog.check(startNs + 30 * second), null);
});

test("createWatchdog() lets pictures be the same where that is right", () => {
  const watchdog = start({ frozenMs: null });
  for (let n = 0; n < 300; n += 1) watchdog.saw(picture(7), startNs + (n * second) / 10);
  assert.equal(watchdog.check(startNs + 30 * second), null);
});

test("createWatchdog() tells half the rate, and mends a tenth of it", () => {
  const rates: readonly [number, "well" | "told" | "mended"][] = [
    [16, "well"],
    [14, "told"],
    [4, "told"],
    [2, "mended"],
  ];
  for (const [rate, expected] of rates) {
    const watchdog = start({ fps: 30 });
    let n = 0;
    for (; n < 8 * rate; n += 1) watchdog.saw(picture(n % 250, n), startNs + (n * second) / rate);
    const fault = watchdog.check(startNs + (n * second) / rate);
    const found = fault === null ? "well" : fault.mend ? "mended" : "told";
    assert.equal(found, expected, `${rate} a second`);
    if (fault !== null) assert.equal(fault.kind, "low rate");
  }
});

test("createWatchdog() judges no rate in the first five seconds", () => {
  const watchdog = start({ fps: 30 });
  watchdog.saw(picture(1), startNs);
  watchdog.saw(picture(2), startNs + 4 * second);
  assert.equal(watchdog.check(startNs + 4.9 * second), null);
});

test("createWatchdog() mends when more pictures are broken than whole, not for a few", () => {
  const watchdog = start({});
  for (let n = 0; n < 10; n += 1) watchdog.saw(picture(n), startNs + (n * second) / 10);
  for (let n = 0; n < 10; n += 1) watchdog.lost(startNs + (n * second) / 10);
  assert.equal(watchdog.check(startNs + second), null);
  watchdog.lost(startNs + second);
  assert.equal(watchdog.check(startNs + second)?.kind, "corrupt");
});

test("createWatchdog() forgives a silence that the consumer asked for", () => {
  const watchdog = start({});
  watchdog.saw(picture(1), startNs);
  watchdog.excuse(startNs + 60 * second);
  assert.equal(watchdog.check(startNs + 61 * second), null);
});

function start(limits: Partial<WatchdogLimits>) {
  return createWatchdog({ ...defaultWatchdogLimits, ...limits }, startNs);
}

function picture(value: number, extra = 0): Uint8Array {
  return new Uint8Array(100 + (extra % 3)).fill(value);
}

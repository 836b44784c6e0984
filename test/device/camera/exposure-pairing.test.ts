import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetadataParser } from "../../../device/camera/exposure-channel.ts";
import { createExposurePairing } from "../../../device/camera/exposure-pairing.ts";

const ms = 1e6;

test("createExposurePairing() holds a frame until its time stamp comes and moves all its clocks back", () => {
  const { pairing, released } = start();
  pairing.addFrame(frame(0, 100 * ms));
  assert.equal(released.length, 0);
  pairing.addExposure(60 * ms);
  assert.deepEqual(released[0]?.moment.monotonicNs, 60 * ms);
  assert.equal(released[0]?.moment.wallUs, 100_000 - 40_000);
});

test("createExposurePairing() joins by order, whichever stream is ahead", () => {
  const { pairing, released } = start();
  pairing.addExposure(10 * ms);
  pairing.addExposure(20 * ms);
  for (const n of [1, 2, 3]) pairing.addFrame(frame(n, n * 10 * ms + 5 * ms));
  pairing.addExposure(null);
  assert.deepEqual(
    released.map(({ moment }) => moment.monotonicNs / ms),
    [10, 20, 35],
  );
});

test("createExposurePairing() gives up for good, and loses nothing, when a time stamp cannot be true", () => {
  for (const sensorNs of [101 * ms, -3000 * ms]) {
    const { pairing, released, reasons } = start();
    pairing.addFrame(frame(0, 100 * ms));
    pairing.addExposure(sensorNs);
    pairing.addFrame(frame(1, 133 * ms));
    pairing.addExposure(132 * ms);
    assert.deepEqual(
      released.map(({ moment }) => moment.monotonicNs / ms),
      [100, 133],
    );
    assert.equal(reasons.length, 1);
  }
});

test("createExposurePairing() gives up when time stamps stop coming, or a picture was lost", () => {
  const silent = start();
  silent.pairing.addFrame(frame(0, 0));
  silent.pairing.check(999 * ms);
  assert.equal(silent.released.length, 0);
  silent.pairing.check(1001 * ms);
  assert.equal(silent.released.length, 1);

  const stood = start();
  stood.pairing.addFrame(frame(0, 0));
  stood.pairing.excuse(5000 * ms);
  stood.pairing.check(5000 * ms);
  assert.equal(stood.released.length, 0, "nobody read for five seconds: its time stamp may lie in the pipe");
  stood.pairing.check(6001 * ms);
  assert.equal(stood.released.length, 1);

  const ahead = start();
  for (let n = 0; n < 17; n += 1) ahead.pairing.addExposure(n);
  assert.equal(ahead.reasons.length, 1);

  const { pairing, released, reasons } = start();
  pairing.addFrame(frame(0, 0));
  pairing.giveUp("a corrupt picture came");
  pairing.giveUp("the program has ended");
  assert.equal(released.length, 1);
  assert.deepEqual(reasons, ["a corrupt picture came"]);
});

test("createMetadataParser() reads time stamps from lines cut anywhere", () => {
  const text =
    "ExposureTime=100\nSensorTimestamp=123456789012345\nLux=3.5\n\nLux=4\n\n\nSensorTimestamp=7\n\nSensorTimes";
  for (let size = 1; size < text.length; size += 1) {
    const found: (number | null)[] = [];
    const parser = createMetadataParser((sensorNs) => found.push(sensorNs));
    for (let at = 0; at < text.length; at += size) parser.push(text.slice(at, at + size));
    assert.deepEqual(found, [123_456_789_012_345, null, 7]);
  }
});

function start() {
  const released: ReturnType<typeof frame>[] = [];
  const reasons: string[] = [];
  const pairing = createExposurePairing<ReturnType<typeof frame>>({
    release: (item) => released.push(item),
    onGiveUp: (reason) => reasons.push(reason),
  });
  return { pairing, released, reasons };
}

function frame(n: number, monotonicNs: number) {
  return { n, moment: { wallUs: monotonicNs / 1000, monotonicNs, bootId: "test", clockSynchronised: true } };
}

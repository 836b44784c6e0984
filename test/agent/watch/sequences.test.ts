import assert from "node:assert/strict";
import { test } from "node:test";
import { createSequences, type SequencesOptions } from "../../../agent/watch/sequences.ts";
import type { Found } from "../../../models/vision.ts";

const options: SequencesOptions = {
  camera: "post",
  model: "m",
  window: { frames: 5, score: 0.15, hysteresis: 0.8, maxBoxWidth: 1, closeAfterMs: 5000 },
  masks: [],
};
const at = (x: number, confidence = 0.8, className = "animal"): Found => ({
  box: { left: x, right: x + 0.2, top: 0.4, bottom: 0.7 },
  className,
  confidence,
});
const moment = (n: number) => ({
  wallUs: 1.7e15 + n * 200_000,
  monotonicNs: n * 200e6,
  bootId: "b",
  clockSynchronised: true,
});
const picture = (n: number, ...found: readonly Found[]) => ({ imgId: `i${n}`, moment: moment(n), found });

test("push() opens a sequence with the third hit of five, and hands over the frames that led up to it once", () => {
  const sequences = createSequences(options);
  assert.deepEqual(sequences.push(picture(0)).frames, []);
  assert.deepEqual(sequences.push(picture(1, at(0.1))).opened, []);
  assert.equal(sequences.isExpecting(), true);
  assert.deepEqual(sequences.push(picture(2)).opened, []);
  assert.deepEqual(sequences.push(picture(3, at(0.14))).opened, []);
  const step = sequences.push(picture(4, at(0.16)));
  assert.equal(step.opened.length, 1);
  assert.deepEqual(
    step.frames.map(({ imgId, confidence, leadUp, box }) => [imgId, confidence, leadUp, box!.left]),
    [
      ["i0", 0, true, 0.1],
      ["i1", 0.8, true, 0.1],
      ["i2", 0, true, 0.1],
      ["i3", 0.8, true, 0.14],
      ["i4", 0.8, false, 0.16],
    ],
  );
  const next = sequences.push(picture(5, at(0.18)));
  assert.deepEqual(next.grown, step.opened);
  assert.deepEqual(
    next.frames.map(({ imgId }) => imgId),
    ["i5"],
  );
  const record = sequences.get(step.opened[0]!)!;
  assert.deepEqual([record.frames, record.firstImgId, record.lastImgId], [6, "i0", "i5"]);
});

test("push() fills a gap with the box carried over, and ends what nobody saw for long at its last frame", () => {
  const sequences = createSequences(options);
  for (let n = 0; n < 5; n += 1) sequences.push(picture(n, at(0.3)));
  for (let n = 5; n < 8; n += 1)
    assert.deepEqual(sequences.push(picture(n)).frames, [], "nothing is kept yet");
  const back = sequences.push(picture(8, at(0.32)));
  assert.deepEqual(
    back.frames.map(({ imgId, confidence, leadUp }) => [imgId, confidence, leadUp]),
    [
      ["i5", 0, false],
      ["i6", 0, false],
      ["i7", 0, false],
      ["i8", 0.8, false],
    ],
  );
  assert.deepEqual(sequences.expire(moment(33).monotonicNs), []);
  const [closed] = sequences.expire(moment(34).monotonicNs);
  assert.deepEqual([closed!.lastImgId, closed!.closedAt], ["i8", moment(8)]);
  assert.equal(sequences.open(), 0);
  assert.equal(sequences.isExpecting(), false);
});

test("push() confirms nothing that flickers, is weak, or only passes through what is confirmed", () => {
  const flicker = createSequences(options);
  for (let n = 0; n < 20; n += 1)
    assert.deepEqual(flicker.push(n % 4 === 0 ? picture(n, at(0.3)) : picture(n)).opened, []);
  const weak = createSequences(options);
  for (let n = 0; n < 10; n += 1) assert.deepEqual(weak.push(picture(n, at(0.3, 0.14))).opened, []);
  const passing = createSequences(options);
  for (let n = 0; n < 6; n += 1) passing.push(picture(n, at(0.3)));
  const stray = { ...at(0.42), box: { left: 0.46, right: 0.75, top: 0.3, bottom: 0.6 } };
  assert.deepEqual(passing.push(picture(6, at(0.3), stray)).opened, []);
});

test("push() opens no second sequence around what has one, and opens it once the two part", () => {
  const sequences = createSequences(options);
  for (let n = 0; n < 6; n += 1) sequences.push(picture(n, at(0.3)));
  const wide = { ...at(0.1), box: { left: 0.1, right: 0.75, top: 0.35, bottom: 0.8 } };
  for (let n = 6; n < 9; n += 1) assert.deepEqual(sequences.push(picture(n, wide)).opened, []);
  for (let n = 9; n < 16; n += 1) assert.deepEqual(sequences.push(picture(n, at(0.3), wide)).opened, []);
  assert.equal(sequences.open(), 1);
  for (let n = 16; n < 22; n += 1) sequences.push(picture(n, at(0.3), at(0.7)));
  assert.equal(sequences.open(), 2);
});

test("push() keeps classes apart: smoke does not make an animal last", () => {
  const sequences = createSequences(options);
  for (let n = 0; n < 6; n += 1) {
    const { opened } = sequences.push(picture(n, n % 2 === 0 ? at(0.3) : at(0.3, 0.8, "smoke")));
    if (n < 4) assert.deepEqual(opened, []);
  }
  const other = createSequences(options);
  const classes: string[] = [];
  for (let n = 0; n < 4; n += 1)
    for (const { className } of other.push(picture(n, at(0.3), at(0.35, 0.8, "smoke"))).seen)
      classes.push(className);
  assert.deepEqual([...new Set(classes)].sort(), ["animal", "smoke"]);
});

test("push() takes a box that lies within a large mask for nothing, and drops boxes that are too wide", () => {
  const mask = { left: 0, top: 0, right: 0.9, bottom: 1 };
  const masked = createSequences({ ...options, masks: [mask] });
  for (let n = 0; n < 8; n += 1) assert.deepEqual(masked.push(picture(n, at(0.3))).opened, []);
  const narrow = createSequences({ ...options, window: { ...options.window, maxBoxWidth: 0.15 } });
  for (let n = 0; n < 8; n += 1) assert.deepEqual(narrow.push(picture(n, at(0.3))).opened, []);
});

test("end() closes all, and identify() names an open one", () => {
  const sequences = createSequences(options);
  let id = "";
  for (let n = 0; n < 5; n += 1) [id = id] = sequences.push(picture(n, at(0.3))).opened;
  sequences.identify(id, "01TIGER");
  const [closed, ...others] = sequences.end();
  assert.equal(others.length, 0);
  assert.deepEqual([closed!.id, closed!.individual, closed!.bestScore], [id, "01TIGER", 0.8]);
  assert.equal(sequences.get(id), null);
});

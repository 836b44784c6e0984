import assert from "node:assert/strict";
import { test } from "node:test";
import { createTracks } from "../../../agent/watch/tracks.ts";
import type { Found } from "../../../models/vision.ts";

const animal = (x: number, y = 0.5, size = 0.2): Found => ({
  box: { left: x - size / 2, right: x + size / 2, top: y - size / 3, bottom: y + size / 3 },
  className: "animal",
  confidence: 0.9,
});
const atNs = (n: number): number => n * 200e6;

test("follow() gives a walking animal one track, also over a gap", () => {
  const tracks = createTracks();
  const ids = new Set<number>();
  for (let n = 0; n < 30; n += 1) {
    const isHidden = n >= 12 && n < 18;
    const [track] = tracks.follow(isHidden ? [] : [animal(0.1 + n * 0.025)], atNs(n));
    if (!isHidden) ids.add(track!.id);
  }
  assert.equal(ids.size, 1);
});

test("follow() keeps two that cross apart, although they are one box while they meet", () => {
  const tracks = createTracks();
  const path: Record<string, Set<number>> = { right: new Set(), left: new Set() };
  for (let n = 0; n < 30; n += 1) {
    const [a, b] = [0.1 + n * 0.027, 0.9 - n * 0.027];
    const right = animal(a, 0.5);
    const left = animal(b, 0.53);
    if (Math.abs(a - b) < 0.1) {
      const box = {
        left: Math.min(right.box.left, left.box.left),
        right: Math.max(right.box.right, left.box.right),
        top: right.box.top,
        bottom: left.box.bottom,
      };
      tracks.follow([{ ...right, box }], atNs(n));
      continue;
    }
    const [first, second] = tracks.follow([right, left], atNs(n));
    path.right!.add(first!.id);
    path.left!.add(second!.id);
  }
  assert.deepEqual([path.right!.size, path.left!.size], [1, 1]);
  assert.notDeepEqual([...path.right!], [...path.left!]);
});

test("follow() takes the same thing found twice for one, and another class for another", () => {
  const tracks = createTracks();
  const [first, double] = tracks.follow([animal(0.5), { ...animal(0.505), confidence: 0.3 }], atNs(0));
  assert.equal(first!.hits, 1);
  assert.equal(double, null);
  const [smoke] = tracks.follow([{ ...animal(0.5), className: "smoke" }], atNs(1));
  assert.notEqual(smoke!.id, first!.id);
});

test("forget() ends tracks nobody saw for long; what comes later is somebody else", () => {
  const tracks = createTracks();
  const [before] = tracks.follow([animal(0.5)], atNs(0));
  assert.deepEqual(tracks.forget(atNs(0)), []);
  assert.deepEqual(
    tracks.forget(atNs(30)).map(({ id }) => id),
    [before!.id],
  );
  const [after] = tracks.follow([animal(0.5)], atNs(31));
  assert.notEqual(after!.id, before!.id);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { iou, suppress } from "../../models/boxes.ts";
import type { Candidate } from "../../models/detectors/decoder.ts";

const options = { iou: 0.45, classAgnostic: false, maxDetections: 300 };

const candidate = (left: number, top: number, side: number, score: number, classIndex = 0): Candidate => ({
  left,
  top,
  right: left + side,
  bottom: top + side,
  score,
  classIndex,
});

const candidates = fc.array(
  fc
    .tuple(fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 40 }), fc.nat(20), fc.nat(2))
    .map(([left, top, side, score, classIndex]) => candidate(left, top, side, score / 20, classIndex)),
  { maxLength: 60 },
);

test("iou() is 1 for the same box, 0 for boxes apart, and 0 for boxes without an area", () => {
  assert.equal(iou(candidate(0, 0, 4, 1), candidate(0, 0, 4, 1)), 1);
  assert.equal(iou(candidate(0, 0, 4, 1), candidate(4, 0, 4, 1)), 0);
  assert.equal(iou(candidate(0, 0, 2, 1), candidate(1, 1, 2, 1)), 1 / 7);
  assert.equal(iou(candidate(1, 1, 0, 1), candidate(1, 1, 0, 1)), 0);
});

test("suppress() drops the weaker of two that overlap too much, of one class or of any", () => {
  const best = candidate(0, 0, 10, 0.9);
  const same = candidate(1, 1, 10, 0.8);
  const other = candidate(1, 0, 10, 0.7, 1);
  assert.deepEqual(suppress([other, same, best], options), [best, other]);
  assert.deepEqual(suppress([other, same, best], { ...options, classAgnostic: true }), [best]);
});

test("suppress() keeps overlap that equals the limit", () => {
  const half = [candidate(0, 0, 2, 0.9), { ...candidate(0, 0, 2, 0.8), right: 1 }];
  assert.equal(suppress(half, { ...options, iou: 0.5 }).length, 2);
  assert.equal(suppress(half, { ...options, iou: 0.49 }).length, 1);
});

test("suppress() takes the earlier of equal scores, and no more than asked for", () => {
  const equal = [candidate(50, 0, 5, 0.5), candidate(0, 0, 10, 0.5), candidate(1, 0, 10, 0.5)];
  assert.deepEqual(suppress(equal, options), equal.slice(0, 2));
  assert.deepEqual(suppress(equal, { ...options, maxDetections: 1 }), equal.slice(0, 1));
});

test("suppress() leaves what a plain greedy search leaves, best first, and every dropped one has a better neighbour", () => {
  fc.assert(
    fc.property(
      candidates,
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, classAgnostic, limit) => {
        const kept = suppress(all, { iou: limit, classAgnostic, maxDetections: 300 });
        const isRival = (a: Candidate, b: Candidate) => classAgnostic || a.classIndex === b.classIndex;
        const rest = all.filter((one) => !kept.includes(one));
        for (const [index, one] of kept.entries()) {
          assert.ok(index === 0 || kept[index - 1]!.score >= one.score);
          assert.ok(kept.every((two) => two === one || !isRival(one, two) || iou(one, two) <= limit + 1e-12));
        }
        for (const one of rest)
          assert.ok(
            kept.some((two) => two.score >= one.score && isRival(one, two) && iou(one, two) >= limit - 1e-12),
          );
      },
    ),
  );
});

test("suppress() answers in bounded time when a model sees boxes everywhere", () => {
  // 40 000 boxes that do not overlap: without the cap on comparisons this takes minutes.
  const many = Array.from({ length: 40_000 }, (_, index) =>
    candidate((index % 400) * 20, Math.floor(index / 400) * 20, 10, ((index * 7919) % 40_000) / 40_000),
  );
  const kept = suppress(many, options);
  assert.equal(kept.length, 300);
  assert.ok(kept.every(({ score }, index) => index === 0 || kept[index - 1]!.score >= score));
});

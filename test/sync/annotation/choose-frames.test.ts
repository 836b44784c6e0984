import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseFrames } from "../../../sync/annotation/choose-frames.ts";

const frames = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

test("chooseFrames() takes all when there are few", () => {
  assert.deepEqual(chooseFrames(frames(5), 5, 2), frames(5));
  assert.deepEqual(chooseFrames([], 5, -1), []);
});

test("chooseFrames() takes the first, the last and the best, and the others evenly", () => {
  assert.deepEqual(chooseFrames(frames(100), 5, -1), [0, 25, 50, 74, 99]);
  assert.deepEqual(chooseFrames(frames(100), 5, 51), [0, 25, 51, 74, 99]);
  assert.deepEqual(chooseFrames(frames(100), 5, 1), [0, 1, 50, 74, 99]);
  assert.deepEqual(chooseFrames(frames(100), 3, 98), [0, 98, 99]);
});

test("chooseFrames() gives exactly as many as asked, in order, none twice, whatever the lengths", () => {
  for (let count = 4; count < 80; count += 1)
    for (let most = 3; most < count; most += 1)
      for (const best of [-1, 0, 1, count >> 1, count - 2, count - 1]) {
        const chosen = chooseFrames(frames(count), most, best);
        assert.equal(new Set(chosen).size, most, `${most} of ${count}, best ${best}`);
        assert.deepEqual(
          chosen,
          chosen.toSorted((one, other) => one - other),
        );
        assert.ok(chosen.includes(0) && chosen.includes(count - 1) && (best < 0 || chosen.includes(best)));
      }
});

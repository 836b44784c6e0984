import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRandom } from "../../../device/camera/sim/seeded-random.ts";
import { halve, type LabelledItem, splitIdentities } from "../../../models/metrics/split.ts";

const items = fc.array(
  fc.record({
    identity: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"),
    group: fc.option(fc.constantFrom("v1", "v2", "v3")),
    atUs: fc.option(fc.integer({ min: 0, max: 1000 })),
  }),
  { minLength: 1, maxLength: 60 },
);

test("splitIdentities() gives every item one part, no identity of calibration to another, no video to two", () => {
  fc.assert(
    fc.property(items, fc.integer(), fc.constantFrom("time" as const, "random" as const), (all, seed, by) => {
      const split = splitIdentities(all, { by, random: createRandom(seed, "split") });
      const { calibration, gallery, queries, unknown } = split;
      assert.equal(calibration.length + gallery.length + queries.length, all.length);
      const namesOf = (part: readonly LabelledItem[]) => new Set(part.map(({ identity }) => identity));
      for (const name of namesOf(calibration))
        assert.ok(!namesOf(gallery).has(name) && !namesOf(queries).has(name));
      for (const name of unknown) assert.ok(!namesOf(gallery).has(name));
      const videosOf = (part: readonly LabelledItem[]) =>
        new Set(
          part.filter(({ group }) => group !== null).map(({ identity, group }) => `${identity}/${group}`),
        );
      for (const video of videosOf(gallery)) assert.ok(!videosOf(queries).has(video));
    }),
  );
});

test("halve() asks for the later half when times are known", () => {
  const own = [5, 1, 3, 2, 4, 6].map((atUs) => ({ identity: "a", group: null, atUs }));
  const { earlier, later } = halve(own, { by: "time", random: createRandom(1, "split") });
  assert.deepEqual(
    earlier.map(({ atUs }) => atUs),
    [1, 2, 3],
  );
  assert.deepEqual(
    later.map(({ atUs }) => atUs),
    [4, 5, 6],
  );
});

test("halve() leaves a single video whole", () => {
  const own = [1, 2, 3].map((atUs) => ({ identity: "a", group: "v", atUs }));
  assert.equal(halve(own, { by: "time", random: createRandom(1, "split") }).later.length, 0);
});

// The bench of the gallery: every size measured, in figures that make sense.
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeGalleryBench, runGalleryBench } from "../../../agent/bench/gallery.ts";
import { seededRandom } from "../../fakes/sightings.ts";

test("runGalleryBench() measures every size, and holds little more than the vectors", async () => {
  const result = await runGalleryBench({
    sizes: [100, 4096],
    dimensions: 128,
    perIndividual: 10,
    rounds: 3,
    signal: new AbortController().signal,
    random: seededRandom(1),
  });
  assert.deepEqual(
    result.sizes.map(({ sightings }) => sightings),
    [100, 4096],
  );
  for (const { searchMs, prototypeMs, inTurnsMs, longestTurnMs } of result.sizes)
    for (const ms of [searchMs, prototypeMs, inTurnsMs, longestTurnMs]) assert.ok(ms > 0 && ms < 10_000);
  // Names take a constant share, which is larger for such short vectors.
  assert.ok(result.sizes[1]!.overRaw < 1.6, String(result.sizes[1]!.overRaw));
  assert.match(describeGalleryBench(result), /4096 x 128: search .* x the vectors/);
});

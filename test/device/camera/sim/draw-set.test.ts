import assert from "node:assert/strict";
import test from "node:test";
import { type DrawSetOptions, drawSet } from "../../../../device/camera/sim/draw-set.ts";

const options: DrawSetOptions = { scene: "reserve", count: 9, seeds: [11, 12], width: 96, height: 72 };

type Drawn = { readonly seed: number; readonly timeS: number; readonly things: number; readonly sum: number };

async function draw(overrides: Partial<DrawSetOptions>): Promise<Drawn[]> {
  const all: Drawn[] = [];
  await drawSet({ ...options, ...overrides }, ({ index, seed, timeS, pixels, truth }) => {
    assert.equal(index, all.length);
    const things = truth.scene === "reserve" ? truth.animals.length : truth.plumes.length;
    all.push({
      seed,
      timeS,
      things,
      sum: pixels.reduce((sum, value, at) => (sum * 31 + value + at) % 1e9, 0),
    });
  });
  return all;
}

test("drawSet() spreads its pictures evenly over the seeds, and draws the same set again", async () => {
  const all = await draw({});
  assert.deepEqual(
    all.map(({ seed }) => seed),
    [11, 11, 11, 11, 11, 12, 12, 12, 12],
  );
  assert.deepEqual(await draw({}), all);
  assert.equal(new Set(all.map(({ timeS }) => timeS)).size, 9);
});

test("drawSet() takes as many pictures of something, and of nothing, as asked", async () => {
  for (const scene of ["reserve", "ridge"] as const) {
    const busy = await draw({ scene, occupied: 1, count: 20 });
    assert.ok(busy.filter(({ things }) => things > 0).length >= 15, scene);
    const idle = await draw({ scene, occupied: 0, count: 20 });
    assert.ok(
      idle.every(({ things }) => things === 0),
      scene,
    );
  }
});

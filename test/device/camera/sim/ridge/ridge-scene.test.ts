import assert from "node:assert/strict";
import test from "node:test";
import { plumes, puffLifeS } from "../../../../../device/camera/sim/ridge/plumes.ts";
import { createRidgeScene, type RidgeTruth } from "../../../../../device/camera/sim/ridge/ridge-scene.ts";

const width = 320;
const height = 240;

function createFilm(seed: number, smoke = true) {
  const scene = createRidgeScene({ seed, width, height, smoke });
  const pixels = new Uint8ClampedArray(width * height * 3);
  return (timeS: number): { readonly pixels: Uint8ClampedArray; readonly truth: RidgeTruth } => {
    scene.advanceTo(timeS);
    scene.paint(pixels);
    return { pixels, truth: scene.truth() };
  };
}

test("plumes() begin within 40 s and come again every few minutes, with time between for clear air", () => {
  for (let seed = 0; seed < 20; seed++) {
    const all = plumes(seed, 3600);
    assert.ok(all[0]!.startS < 40);
    assert.ok(all.length >= 10, `${all.length}`);
    for (const [i, plume] of all.entries()) {
      const next = all[i + 1];
      if (next !== undefined) assert.ok(next.startS - plume.startS <= 330);
      assert.ok(plume.burntOutS > plume.startS + 60);
    }
    assert.deepEqual(plumes(seed, 500), all.slice(0, plumes(seed, 500).length));
  }
});

test("createRidgeScene() shows the first plume of seed 1 by 40 s, growing for minutes, then gone", () => {
  const shoot = createFilm(1);
  const [plume] = plumes(1, 100);
  const sizes: number[] = [];
  for (const timeS of [plume!.startS - 5, 40, 70, 110]) {
    const [seen] = shoot(timeS).truth.plumes;
    sizes.push(seen === undefined ? 0 : (seen.box.right - seen.box.left) * (seen.box.bottom - seen.box.top));
  }
  assert.equal(sizes[0], 0);
  assert.ok(sizes[1]! > 0 && sizes[2]! > sizes[1]! && sizes[3]! > sizes[2]!, sizes.join(" "));
  assert.deepEqual(shoot(plume!.burntOutS + puffLifeS + 1).truth.plumes, []);
});

test("createRidgeScene() paints the same picture for the same seed and time, whatever was painted before", () => {
  const one = createFilm(3)(120);
  const shoot = createFilm(3);
  for (const earlier of [400, 0, 119.9]) shoot(earlier);
  const other = shoot(120);
  assert.deepEqual(other.truth, one.truth);
  assert.deepEqual(other.pixels, one.pixels);
  assert.notDeepEqual(createFilm(6)(120).pixels, one.pixels);
});

test("createRidgeScene() boxes enclose all smoke that can be told from air", () => {
  for (const seed of [1, 2, 5]) {
    const shoot = createFilm(seed);
    const clear = createFilm(seed, false);
    for (const { startS } of plumes(seed, 700)) {
      const timeS = startS + 75;
      const { pixels, truth } = shoot(timeS);
      assert.equal(truth.plumes.length >= 1, true, `seed ${seed} at ${timeS}`);
      const bare = clear(timeS);
      assert.deepEqual(bare.truth.plumes, []);
      let inside = 0;
      let outside = 0;
      for (let at = 0; at < width * height; at++) {
        const change = Math.abs(pixels[at * 3]! - bare.pixels[at * 3]!);
        if (change < 24) continue;
        const [x, y] = [(at % width) / width, Math.floor(at / width) / height];
        const isIn = truth.plumes.some(
          ({ box }) =>
            x >= box.left - 0.005 && x < box.right + 0.005 && y >= box.top - 0.005 && y < box.bottom + 0.005,
        );
        if (isIn) inside += 1;
        else outside += 1;
      }
      assert.ok(outside <= 0.01 * inside, `seed ${seed} at ${timeS}: ${inside} inside, ${outside} outside`);
    }
  }
});

test("createRidgeScene() has clouds, haze and dust that no plume's box is about", () => {
  const shoot = createFilm(4);
  const hazes: number[] = [];
  for (let timeS = 0; timeS < 900; timeS += 60) {
    const { truth } = shoot(timeS);
    assert.ok(truth.clouds >= 0 && truth.haze >= 0 && truth.haze <= 1);
    hazes.push(truth.haze);
  }
  assert.ok(Math.max(...hazes) - Math.min(...hazes) > 0.3);
});

test("createRidgeScene() paints at any size a camera may have", () => {
  for (const [wide, high] of [
    [64, 48],
    [65, 49],
    [1000, 48],
    [64, 700],
  ] as const) {
    const scene = createRidgeScene({ seed: 9, width: wide, height: high });
    const pixels = new Uint8ClampedArray(wide * high * 3);
    for (const timeS of [0, 60, 130, 2000]) {
      scene.advanceTo(timeS);
      scene.paint(pixels);
    }
    assert.ok(pixels.some((value) => value > 40));
  }
});

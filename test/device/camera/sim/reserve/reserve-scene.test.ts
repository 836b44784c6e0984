import assert from "node:assert/strict";
import test from "node:test";
import { addGrain, createGrainTile } from "../../../../../device/camera/sim/grain.ts";
import { createAnimals } from "../../../../../device/camera/sim/reserve/animal.ts";
import { createCoat } from "../../../../../device/camera/sim/reserve/coat.ts";
import { paintLeaves } from "../../../../../device/camera/sim/reserve/leaves.ts";
import { lightAt, type Night } from "../../../../../device/camera/sim/reserve/light.ts";
import { blow, createWind, paintPlace } from "../../../../../device/camera/sim/reserve/paint-place.ts";
import { createPlace } from "../../../../../device/camera/sim/reserve/place.ts";
import { createReserveScene } from "../../../../../device/camera/sim/reserve/reserve-scene.ts";
import { createTimetable, visits } from "../../../../../device/camera/sim/reserve/visits.ts";
import { createPoses } from "../../../../../device/camera/sim/reserve/wardrobe.ts";

const width = 200;
const height = 150;
const poses = createPoses();

function createFilm(seed: number, night: Night = "never") {
  const scene = createReserveScene({ seed, width, height, night, poses });
  const pixels = new Uint8ClampedArray(width * height * 3);
  return {
    shoot: (timeS: number) => {
      scene.advanceTo(timeS);
      scene.paint(pixels);
      return { pixels, truth: scene.truth() };
    },
  };
}

/** The same clearing at the same time with nobody in it. */
function createEmpty(seed: number, night: Night) {
  const place = createPlace(seed, width, height);
  const wind = createWind(width, height);
  const grain = createGrainTile(seed, night === "always" ? 2.2 : 0.8);
  const pixels = new Uint8ClampedArray(width * height * 3);
  return (timeS: number): Uint8ClampedArray => {
    const light = lightAt(timeS, seed, night);
    blow(wind, timeS, seed, height);
    paintPlace(place, wind, light, pixels);
    paintLeaves(place, light, timeS, seed, pixels);
    addGrain(grain, pixels, timeS);
    return pixels;
  };
}

const middleOf = (visit: { readonly startS: number; readonly endS: number }): number =>
  (visit.startS + visit.endS) / 2;

test("createReserveScene() paints the same picture for the same seed and time, whatever was painted before", () => {
  const timeS = middleOf(visits(4, 300)[3]!);
  const one = createFilm(4).shoot(timeS);
  const film = createFilm(4);
  for (const earlier of [0, timeS + 50, 7.3]) film.shoot(earlier);
  const other = film.shoot(timeS);
  assert.deepEqual(other.truth, one.truth);
  assert.deepEqual(other.pixels, one.pixels);
  assert.notDeepEqual(createFilm(5).shoot(timeS).pixels, one.pixels);
});

test("createReserveScene() boxes enclose all that an animal changed, and tightly, by day and by night", () => {
  for (const [seed, night] of [
    [1, "never"],
    [2, "always"],
  ] as const) {
    const film = createFilm(seed, night);
    const empty = createEmpty(seed, night);
    let looked = 0;
    for (const visit of visits(seed, 320)) {
      const { pixels, truth } = film.shoot(middleOf(visit));
      if (truth.animals.length !== 1) continue;
      const { box, visible, id, flank } = truth.animals[0]!;
      assert.equal(id, visit.animal.id);
      assert.equal(flank, visit.flank);
      const bare = empty(middleOf(visit));
      let inside = 0;
      let outside = 0;
      let [left, top, right, bottom] = [width, height, 0, 0];
      // The shadow is no part of the animal: it lies around the feet.
      const shadowTop = box.bottom - 0.25 * (box.bottom - box.top) - 2 / height;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const at = (y * width + x) * 3;
          const change = [0, 1, 2].reduce((sum, c) => sum + Math.abs(pixels[at + c]! - bare[at + c]!), 0);
          if (change <= 24) continue;
          const isIn =
            x >= box.left * width - 1.01 &&
            x < box.right * width + 1.01 &&
            y >= box.top * height - 1.01 &&
            y < box.bottom * height + 1.01;
          if (isIn) {
            inside += 1;
            left = Math.min(left, x);
            right = Math.max(right, x + 1);
            top = Math.min(top, y);
            bottom = Math.max(bottom, y + 1);
          } else if (y < shadowTop * height) outside += 1;
        }
      }
      const about = `seed ${seed} visit ${visit.visit} at ${middleOf(visit)}: ${JSON.stringify(box)}`;
      // A hair or two may stand out.
      assert.ok(outside <= 2, `${about}: ${outside} outside`);
      assert.ok(inside > 0.1 * (right - left) * (bottom - top), about);
      if (night === "never") {
        const off = [
          left - box.left * width,
          top - box.top * height,
          right - box.right * width,
          bottom - box.bottom * height,
        ];
        assert.ok(Math.max(...off.map(Math.abs)) < 8, `${about} off ${off}`);
      }
      assert.ok(visible > 0 && visible <= 1);
      looked += 1;
    }
    assert.ok(looked >= 3, `looked at ${looked}`);
  }
});

test("createReserveScene() says less of an animal is visible while another passes before it", () => {
  const film = createFilm(1);
  let covered = 0;
  const { at } = createTimetable(1, 8);
  for (let timeS = 100; timeS < 600; timeS += 0.5) {
    if (at(timeS).length < 2) continue;
    const { animals } = film.shoot(timeS).truth;
    if (
      animals.length === 2 &&
      animals[0]!.visible < 0.75 &&
      animals[0]!.box.left > 0.02 &&
      animals[0]!.box.right < 0.98
    )
      covered += 1;
  }
  assert.ok(covered > 0);
});

test("createReserveScene() is grey at night, and with night=cycle both come", () => {
  const { pixels, truth } = createFilm(1, "always").shoot(5);
  assert.equal(truth.night, true);
  let colour = 0;
  for (let at = 0; at < pixels.length; at += 3) colour += Math.abs(pixels[at]! - pixels[at + 2]!);
  // Only the sensor's grain has colour.
  assert.ok(colour / (pixels.length / 3) < 16, `${colour / (pixels.length / 3)}`);
  const cycle = createFilm(1, "cycle");
  assert.deepEqual(
    [0, 419, 421, 661].map((timeS) => cycle.shoot(timeS).truth.night),
    [false, false, true, false],
  );
});

test("createReserveScene() gives every animal a look of its own on either flank", () => {
  const coats = createAnimals(1, 8).flatMap((animal) =>
    (["left", "right"] as const).map((flank) => createCoat(animal, flank)[2]!.pixels),
  );
  for (const [i, one] of coats.entries()) {
    for (const other of coats.slice(i + 1)) {
      const differing = one.filter((pixel, at) => {
        const with_ = other[at]!;
        return [0, 8, 16].some((shift) => Math.abs(((pixel >> shift) & 255) - ((with_ >> shift) & 255)) > 24);
      }).length;
      assert.ok(differing > 0.08 * one.length, `${differing} of ${one.length}`);
    }
  }
});

test("createReserveScene() paints at any size a camera may have", () => {
  for (const [wide, high] of [
    [64, 48],
    [65, 49],
    [1000, 48],
    [64, 700],
    [333, 257],
  ] as const) {
    const scene = createReserveScene({ seed: 9, width: wide, height: high, poses });
    const pixels = new Uint8ClampedArray(wide * high * 3);
    for (const visit of visits(9, 110)) {
      scene.advanceTo(middleOf(visit));
      scene.paint(pixels);
    }
    assert.ok(pixels.some((value) => value > 40));
  }
});

import assert from "node:assert/strict";
import test from "node:test";
import { createCourse, lateralOffset, nearestSample } from "../../../../device/camera/sim/course.ts";

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

test("createCourse() draws the same course for the same seed and another for another", () => {
  assert.deepEqual(createCourse(7), createCourse(7));
  const lengths = new Set(seeds.map((seed) => createCourse(seed).lengthM));
  assert.equal(lengths.size, seeds.length);
});

test("createCourse() closes, samples evenly and never bends tighter than a car can steer", () => {
  for (const seed of seeds) {
    const course = createCourse(seed);
    for (let i = 0; i < course.count; i++) {
      const next = (i + 1) % course.count;
      const gap = Math.hypot(course.x[next]! - course.x[i]!, course.y[next]! - course.y[i]!);
      assert.ok(Math.abs(gap - course.stepM) < 0.01, `seed ${seed}: gap ${gap} at ${i}`);
      assert.ok(Math.abs(course.curvature[i]!) <= 1 / 0.9, `seed ${seed}: ${course.curvature[i]}`);
    }
  }
});

test("createCourse() keeps two stretches of road apart", () => {
  for (const seed of seeds) {
    const course = createCourse(seed);
    for (let i = 0; i < course.count; i += 9) {
      for (let j = i + 9; j < course.count; j += 9) {
        const alongM = Math.min(j - i, course.count - j + i) * course.stepM;
        const apartM = Math.hypot(course.x[i]! - course.x[j]!, course.y[i]! - course.y[j]!);
        assert.ok(alongM < 4 || apartM > 1.5, `seed ${seed}: ${apartM} m apart after ${alongM} m`);
      }
    }
  }
});

test("createCourse() has bends to both sides on most seeds", () => {
  const both = seeds.filter((seed) => {
    const { curvature } = createCourse(seed);
    return curvature.some((k) => k > 0.15) && curvature.some((k) => k < -0.15);
  });
  assert.ok(both.length > seeds.length / 2, `${both.length} of ${seeds.length}`);
});

test("lateralOffset() is negative to the left of the direction of travel", () => {
  const course = createCourse(3);
  const heading = course.heading[50]!;
  const leftX = course.x[50]! + 0.3 * Math.cos(heading - Math.PI / 2);
  const leftY = course.y[50]! + 0.3 * Math.sin(heading - Math.PI / 2);
  const near = nearestSample(course, leftX, leftY, null);
  assert.ok(Math.abs(near - 50) <= 2);
  assert.ok(Math.abs(lateralOffset(course, near, leftX, leftY) + 0.3) < 0.02);
});

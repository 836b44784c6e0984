import assert from "node:assert/strict";
import test from "node:test";
import { createPainter } from "../../../../device/camera/sim/paint.ts";
import { createTrackWorld } from "../../../../device/camera/sim/track.ts";
import { createTrackScene } from "../../../../device/camera/sim/track-scene.ts";
import { createTrackScenery } from "../../../../device/camera/sim/track-scenery.ts";

const small = { width: 160, height: 96 };

function paintStart(seed: number, size = small): Uint8ClampedArray {
  const world = createTrackWorld({ seed });
  const pixels = new Uint8ClampedArray(size.width * size.height * 3);
  createTrackScene(world, createTrackScenery(world), size).paint(pixels);
  return pixels;
}

/** Mean red, green, blue of a rectangle given in parts of the picture. */
function meanOf(pixels: Uint8ClampedArray, box: [number, number, number, number]): [number, number, number] {
  const [left, top, right, bottom] = box;
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let y = Math.floor(top * small.height); y < bottom * small.height; y++) {
    for (let x = Math.floor(left * small.width); x < right * small.width; x++) {
      const at = (y * small.width + x) * 3;
      for (const part of [0, 1, 2] as const) sum[part] += pixels[at + part]!;
      count += 1;
    }
  }
  return sum.map((part) => part / count) as [number, number, number];
}

test("createPainter() paints the same picture for the same seed and another for another", () => {
  const first = paintStart(1);
  assert.deepEqual(paintStart(1), first);
  assert.notDeepEqual(paintStart(2), first);
});

test("createPainter() paints a grey road under a brighter sky", () => {
  const pixels = paintStart(1);
  const road = meanOf(pixels, [0.3, 0.8, 0.45, 1]);
  const sky = meanOf(pixels, [0, 0, 1, 0.2]);
  assert.ok(Math.max(...road) - Math.min(...road) < 25, `road ${road}`);
  assert.ok(sky[2] > road[2] + 30, `sky ${sky}, road ${road}`);
});

test("createTrackScene() shows what the car does: steering changes the picture, standing does not", () => {
  const worlds = [-1, 0, 1].map((steering) => ({ steering, world: createTrackWorld({ seed: 3 }) }));
  const scenery = createTrackScenery(worlds[0]!.world);
  const pictures = worlds.map(({ steering, world }) => {
    const scene = createTrackScene(world, scenery, small);
    world.command({ steering, throttle: 0.5 });
    scene.advanceTo(0.7);
    const pixels = new Uint8ClampedArray(small.width * small.height * 3);
    scene.paint(pixels);
    return pixels;
  });
  assert.notDeepEqual(pictures[0], pictures[1]);
  assert.notDeepEqual(pictures[1], pictures[2]);

  const still = createTrackScene(createTrackWorld({ seed: 3 }), scenery, small);
  const before = new Uint8ClampedArray(small.width * small.height * 3);
  const after = new Uint8ClampedArray(small.width * small.height * 3);
  still.paint(before);
  still.advanceTo(1);
  still.paint(after);
  assert.deepEqual(after, before);
});

test("createPainter() turned to the left shows everything further right", () => {
  const world = createTrackWorld({ seed: 3 });
  const paint = createPainter(createTrackScenery(world), small.width, small.height);
  const { x, y, heading } = world.car;
  const [ahead, left] = [heading, heading - 0.1].map((towards) => {
    const pixels = new Uint8ClampedArray(small.width * small.height * 3);
    paint({ x, y, heading: towards, nod: 0 }, pixels);
    return pixels;
  }) as [Uint8ClampedArray, Uint8ClampedArray];

  /** How much the pictures differ when the first is moved `shift` pixels to the right. */
  const difference = (shift: number): number => {
    let sum = 0;
    for (let row = 0; row < 0.5 * small.height; row++) {
      for (let column = 40; column < 120; column++) {
        const at = (row * small.width + column) * 3 + 1;
        sum += Math.abs(left[at + 3 * shift]! - ahead[at]!);
      }
    }
    return sum;
  };
  const shifts = Array.from({ length: 61 }, (_, n) => n - 30);
  const best = shifts.reduce((least, shift) => (difference(shift) < difference(least) ? shift : least));
  // A tenth of a radian at 89 pixels per unit of tangent.
  assert.ok(best >= 7 && best <= 11, `${best} pixels`);
});

test("createPainter() paints every size from 160x96 to 1280x720, wherever the car is", () => {
  const world = createTrackWorld({ seed: 8 });
  const scenery = createTrackScenery(world);
  for (const [width, height] of [
    [160, 96],
    [161, 97],
    [640, 480],
    [1280, 720],
  ] as const) {
    const scene = createTrackScene(world, scenery, { width, height });
    const pixels = new Uint8ClampedArray(width * height * 3);
    world.command({ steering: -0.7, throttle: 1 });
    for (let step = 0; step < 6; step++) {
      scene.advanceTo(world.timeS() + 0.5);
      scene.paint(pixels);
    }
    assert.ok(pixels.every((value) => Number.isInteger(value)));
    assert.ok(new Set(pixels).size > 100);
  }
});

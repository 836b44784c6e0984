import assert from "node:assert/strict";
import { test } from "node:test";
import { createMotionGate, type GreyPicture } from "../../models/motion.ts";

const settings = { area: 0.002, threshold: 16 };
const [width, height] = [64, 48];

/** A textured scene with sensor noise of ±`noise`; `change` may repaint pixels. */
function scene(
  seed: number,
  { noise = 3, gain = 1, offset = 0 } = {},
  change: (x: number, y: number, grey: number) => number = (_x, _y, grey) => grey,
): GreyPicture {
  let state = seed * 2654435761 + 1;
  const random = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return ((state >> 8) & 0xffff) / 0xffff;
  };
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const grey = 90 + 40 * Math.sin(x / 5) + 30 * Math.cos(y / 7);
      const lit = change(x, y, grey) * gain + offset + (random() * 2 - 1) * noise;
      pixels[y * width + x] = Math.max(0, Math.min(255, Math.round(lit)));
    }
  return { width, height, pixels };
}

function learnt(looks = 20) {
  const gate = createMotionGate(settings);
  for (let n = 0; n < looks; n += 1) gate.look(scene(n));
  return gate;
}

test("createMotionGate() sees an animal that walks in, and nothing before and after", () => {
  const gate = learnt();
  assert.equal(gate.look(scene(50)).moves, false);
  for (let step = 0; step < 10; step += 1) {
    const left = 10 + step * 3;
    const walker = scene(60 + step, {}, (x, y, grey) =>
      x >= left && x < left + 8 && y >= 20 && y < 26 ? 240 : grey,
    );
    assert.equal(gate.look(walker).moves, true, `step ${step}`);
  }
  const after = Array.from({ length: 20 }, (_, n) => gate.look(scene(80 + n)).moves);
  assert.equal(after.at(-1), false);
});

test("createMotionGate() takes no change of light for motion, sudden or slow", () => {
  const gate = learnt();
  for (const light of [{ gain: 1.3 }, { gain: 0.7 }, { offset: 30 }, { gain: 0.8, offset: -10 }, {}]) {
    for (let n = 0; n < 3; n += 1) {
      const { moves, share } = gate.look(scene(100 + n, light));
      assert.equal(moves, false, `${JSON.stringify(light)} ${share}`);
    }
  }
});

test("createMotionGate() gets used to leaves in the wind and still sees what walks before them", () => {
  const gate = createMotionGate(settings);
  const leaves = (n: number) => (x: number, y: number, grey: number) =>
    y < 12 ? grey + 35 * Math.sin(n * 1.7 + x * 0.9) : grey;
  let last = true;
  for (let n = 0; n < 120; n += 1) last = gate.look(scene(n, {}, leaves(n))).moves;
  assert.equal(last, false);
  const walker = scene(500, {}, (x, y, grey) =>
    x > 30 && x < 40 && y > 30 && y < 40 ? 20 : leaves(120)(x, y, grey),
  );
  assert.equal(gate.look(walker).moves, true);
});

test("createMotionGate() looks at another view once and learns it at once", () => {
  const gate = learnt();
  const turned = (x: number, _y: number, grey: number): number => 250 - grey + (x % 9) * 8;
  assert.equal(gate.look(scene(1, {}, turned)).moves, true);
  assert.equal(gate.look(scene(2, {}, turned)).moves, false);
  assert.equal(gate.look({ width: 48, height: 64, pixels: scene(3).pixels }).moves, true, "another size");
});

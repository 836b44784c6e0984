// Frozen pictures against still scenes: real JPEGs with and without the noise of a sensor.
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import {
  createFrozenJudge,
  type FrozenLook,
  type FrozenVerdict,
  shareChanged,
} from "../../../agent/watch/frozen.ts";
import { sha256Hex } from "../../../device/store/frames.ts";
import { decodeGrey } from "../../../models/picture.ts";
import type { Picture } from "../../../models/vision.ts";
import { syntheticPicture } from "../../fakes/synthetic-pictures.ts";

const scene = syntheticPicture("waves", 160, 120, 3);
const black: Picture = { ...scene, pixels: new Uint8Array(scene.pixels.length) };

/** What a camera delivers of a scene: with the noise of its sensor, a clock in its corner, some text in its header. */
async function look(
  atSeconds: number,
  picture: Picture,
  options: { noise?: number; clock?: boolean; comment?: string; quality?: number } = {},
): Promise<FrozenLook> {
  const { noise = 0, clock = false, comment = "camera", quality = 75 } = options;
  const pixels = picture.pixels.slice();
  if (noise > 0)
    for (let at = 0; at < pixels.length; at += 1)
      pixels[at] = Math.max(0, Math.min(255, Math.round(pixels[at]! + noise * grain(at, atSeconds))));
  if (clock) {
    // The digits of the seconds, in one block of the JPEG.
    for (let y = 3; y < 10; y += 1)
      for (let x = 146; x < 156; x += 1)
        pixels.fill(((x * 7 + y * 13 + atSeconds * 31) % 5) * 60, (y * 160 + x) * 3, (y * 160 + x) * 3 + 3);
  }
  const image = sharp(pixels, { raw: { width: picture.width, height: picture.height, channels: 3 } });
  const bytes = await image
    .jpeg({ quality })
    .withExif({ IFD0: { ImageDescription: comment } })
    .toBuffer();
  const grey = await decodeGrey(bytes, { width: 80, height: 60 });
  return { atNs: atSeconds * 1e9, sha256: sha256Hex(bytes), grey };
}

/** Normally distributed numbers. */
const normals = Array.from({ length: 4096 }, (_, at) => {
  const uniform = (salt: number): number => {
    let word = Math.imul(at * 2 + salt, 0x9e3779b1);
    word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
    word = Math.imul(word ^ (word >>> 12), 0x297a2d39);
    return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32;
  };
  return Math.sqrt(-2 * Math.log(uniform(1) + 1e-9)) * Math.cos(2 * Math.PI * uniform(2));
});

/** One of them, by the value and the moment. */
function grain(at: number, atSeconds: number): number {
  const word = Math.imul(at + atSeconds * 7919 + 1, 0x85ebca6b);
  return normals[(word ^ (word >>> 13)) & 4095]!;
}

/** Verdicts on a look every 60 seconds, for 15 minutes. */
async function watch(
  lookAt: (seconds: number) => Promise<FrozenLook>,
  judge = createFrozenJudge(),
): Promise<readonly FrozenVerdict[]> {
  const verdicts: FrozenVerdict[] = [];
  for (let minute = 0; minute <= 15; minute += 1) verdicts.push(judge.look(await lookAt(minute * 60)));
  return verdicts;
}

test("look() never calls a still scene frozen while its sensor is alive", async () => {
  for (const noise of [0.3, 1, 3]) {
    for (const quality of [50, 90]) {
      const verdicts = await watch((seconds) => look(seconds, scene, { noise, quality }));
      assert.ok(
        verdicts.every(({ frozen, stillMs }) => !frozen && stillMs === 0),
        `noise ${noise}, quality ${quality}`,
      );
    }
  }
});

test("look() calls the same file again and again frozen, after a minute and five looks", async () => {
  const file = await look(0, scene, { noise: 2 });
  const judge = createFrozenJudge();
  const verdicts = [0, 10, 20, 30, 40, 59, 60].map((seconds) => judge.look({ ...file, atNs: seconds * 1e9 }));
  assert.deepEqual(
    verdicts.map(({ frozen }) => frozen),
    [false, false, false, false, false, false, true],
  );
  assert.deepEqual(verdicts.at(-1), { frozen: true, reason: "same-bytes", stillMs: 60_000 });
});

test("look() calls one picture in new files frozen after ten minutes, a running clock in its corner or not", async () => {
  const stale = await look(0, scene, { noise: 2 });
  for (const clock of [false, true]) {
    const verdicts = await watch((seconds) => look(seconds, scene, { clock, comment: `at ${seconds}` }));
    assert.equal(
      verdicts.findIndex(({ frozen }) => frozen),
      10,
    );
    assert.equal(verdicts[10]!.reason, "same-picture");
    assert.equal(verdicts[15]!.stillMs, 900_000);
  }
  // And without any pixels to compare, only the bytes tell.
  const verdicts = await watch(async (seconds) => ({
    ...stale,
    grey: null,
    sha256: String(seconds),
    atNs: seconds * 1e9,
  }));
  assert.ok(verdicts.every(({ frozen }) => !frozen));
});

test("look() says so as soon as the picture lives again", async () => {
  const judge = createFrozenJudge();
  const frozen = await watch((seconds) => look(seconds, scene, { comment: `at ${seconds}` }), judge);
  assert.ok(frozen.at(-1)!.frozen);
  const alive = judge.look(await look(960, scene, { noise: 1 }));
  assert.deepEqual(alive, { frozen: false, reason: null, stillMs: 0 });
});

test("look() calls a picture with nothing in it blank, not frozen", async () => {
  const verdicts = await watch((seconds) => look(seconds, black));
  assert.ok(verdicts.every(({ frozen }) => !frozen));
  assert.equal(verdicts.at(-1)!.reason, "blank");
});

test("look() draws nothing from two looks with a long gap between them", async () => {
  const judge = createFrozenJudge();
  const file = await look(0, scene);
  judge.look(file);
  assert.equal(judge.look({ ...file, atNs: 86_400e9 }).frozen, false);
});

test("look() lets slow changes add up: light that moves on is no frozen picture", async () => {
  const verdicts = await watch((seconds) => {
    const level = Math.floor(seconds / 180);
    return look(seconds, { ...scene, pixels: scene.pixels.map((value) => Math.min(255, value + level)) });
  });
  assert.ok(verdicts.every(({ frozen }) => !frozen));
});

test("shareChanged() of pictures of different sizes is all of it", () => {
  assert.equal(shareChanged(new Uint8Array(4), new Uint8Array(5)), 1);
  assert.equal(shareChanged(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 3, 5)), 0.25);
});

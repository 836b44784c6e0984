import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { silentLog } from "../../device/log.ts";
import { loadCatalog } from "../../models/catalog.ts";
import { createVision } from "../../models/create-vision.ts";
import { decodePicture } from "../../models/picture.ts";
import { recogniseSteering } from "../../models/recognise-steering.ts";
import { type Reading, readOutput } from "../../models/steering.ts";
import { halvesModel } from "../fakes/fixture-models.ts";

const vision = createVision({ log: silentLog, threads: 1, timeoutMs: 20_000 });
after(() => vision.close());
const catalog = loadCatalog({ folders: [] });
const { signal } = new AbortController();
const bins: Reading = { output: "d", kind: "bins", centres: [-1, 0, 1], logits: false };

test("readOutput() takes the mean of bins, and says which was the likeliest and how likely", () => {
  assert.deepEqual(readOutput([0.25, 0.625, 0.125], bins, -1), { value: -0.125, bin: 1, confidence: 0.625 });
  const { value, confidence } = readOutput([0, Math.log(3), 0], { ...bins, logits: true }, -1);
  assert.deepEqual([Math.abs(value) < 1e-12, confidence!.toFixed(3)], [true, "0.600"]);
});

test("readOutput() scales plain numbers to their range, whichever end is left, and clamps them", () => {
  const number: Reading = { output: "a", kind: "continuous", index: 1, min: 200, max: 100 };
  assert.equal(readOutput([7, 200], number, -1).value, -1);
  assert.equal(readOutput([7, 150], number, -1).value, 0);
  assert.equal(readOutput([7, 150], number, 0).value, 0.5);
  assert.equal(readOutput([7, -900], number, -1).value, 1);
});

test("readOutput() refuses what cannot be a direction", () => {
  assert.throws(() => readOutput([0.5, 0.5], bins, -1), /Expected output "d" to hold 3 numbers, got 2/);
  assert.throws(() => readOutput([Number.NaN, 0, 1], bins, -1), /Expected output "d" to hold numbers/);
  assert.throws(() => readOutput([-3, 1, 1], bins, -1), /Expected output "d" to hold shares/);
});

test("recogniseSteering() knows donkeycar's outputs, linear and categorical, and one of two numbers", () => {
  const port = (name: string, ...dims: (number | null)[]) => ({ name, type: "float32", dims });
  const linear = recogniseSteering({ outputs: [port("n_outputs0", null, 1), port("n_outputs1", null, 1)] })!;
  assert.deepEqual(linear.steering, {
    direction: { output: "n_outputs0", kind: "continuous", index: 0, min: -1, max: 1 },
    speed: { reads: { output: "n_outputs1", kind: "continuous", index: 0, min: 0, max: 1 }, trusted: false },
  });
  const { direction, speed } = recogniseSteering({
    outputs: [port("throttle_out", null, 20), port("angle_out", null, 15)],
  })!.steering;
  assert.deepEqual(
    [direction, speed!.reads].map(
      (each) => each.kind === "bins" && [each.output, each.centres[0], each.centres[1], each.centres.at(-1)],
    ),
    [
      ["angle_out", -1, -0.857143, 1],
      ["throttle_out", 0, 0.025, 0.475],
    ],
  );
  const both = recogniseSteering({ outputs: [port("out", 1, 2)] })!.steering;
  assert.deepEqual(
    [both.direction, both.speed!.reads].map((each) => each.kind === "continuous" && each.index),
    [0, 1],
  );
  assert.equal(recogniseSteering({ outputs: [port("out", 1, 1)] })!.steering.speed, null);
  for (const outputs of [[port("scores", 1, 5)], [port("boxes", 1, 100, 4), port("scores", 1, 100)], []])
    assert.equal(recogniseSteering({ outputs }), null);
});

test("steer() says what a shipped model's golden pictures say, and refuses a model that does not steer", async () => {
  const steerer = await vision.openSteerer(catalog.find("steer-v1"));
  const path = join(import.meta.dirname, "../../models/weights/golden/steer-v1/3.png");
  const advice = await steerer.steer(await decodePicture(readFileSync(path)), { signal });
  assert.ok(Math.abs(advice.steering - (-0.25947 - 0.65278 / 2 + 0.00681 / 2 + 0.00018)) < 0.002);
  assert.deepEqual(advice.bins, { direction: 1, speed: 0 });
  assert.ok(Math.abs(advice.throttle! - (0.578 * 0.51692 + 0.684 * 0.48308)) < 0.002);
  await assert.rejects(
    vision.openSteerer(halvesModel()),
    /Expected a model that can steer, got one that can embed/,
  );
  const { manifest, file } = catalog.find("steer-v1");
  await assert.rejects(
    vision.openSteerer({ manifest: { ...manifest, steering: null }, file }),
    /Expected a manifest that says what its outputs mean/,
  );
  const steering = { ...manifest.steering!, direction: { ...bins, output: "angle" } as const };
  await assert.rejects(
    vision.openSteerer({ manifest: { ...manifest, steering }, file }),
    /Expected an output "angle", got direction, speed/,
  );
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readOnnxMetadata } from "../../models/onnx-metadata.ts";
import { ModelError } from "../../models/vision.ts";

/** Written by onnx 1.16: a weight that is also an input, two sizes without a number, four properties. */
const tiny = Buffer.from(
  [
    "CAoSB3B5dG9yY2gaBTIuMS4wOr8BCh4KBmltYWdlcwoGd2VpZ2h0EgdvdXRwdXQwIgNBZGQSAWcqFggCEAEiCAAAgD8AAABAQgZ3",
    "ZWlnaHRaKwoGaW1hZ2VzEiEKHwgBEhsKAggBCgIIAwoIEgZoZWlnaHQKBxIFd2lkdGhaFAoGd2VpZ2h0EgoKCAgBEgQKAggCYiQK",
    "B291dHB1dDASGQoXCAESEwoCCAEKAggGCgkSB2FuY2hvcnNiGQoGbGFiZWxzEg8KDQgHEgkKAggBCgMIrAJCAhAVciIKBW5hbWVz",
    "Ehl7MDogJ3Ntb2tlJywgMTogImZpcmUncyJ9cgwKBnN0cmlkZRICMzJyDgoEdGFzaxIGZGV0ZWN0chMKBWltZ3N6EgpbNDgwLCA2",
    "NDBd",
  ].join(""),
  "base64",
);

const shipped = join(import.meta.dirname, "../../models/weights/animal-v1.onnx");

test("readOnnxMetadata() reads producer, properties, inputs without weights, and outputs", () => {
  assert.deepEqual(readOnnxMetadata(tiny), {
    producer: "pytorch 2.1.0",
    properties: new Map([
      ["names", "{0: 'smoke', 1: \"fire's\"}"],
      ["stride", "32"],
      ["task", "detect"],
      ["imgsz", "[480, 640]"],
    ]),
    inputs: [{ name: "images", type: "float32", dims: [1, 3, null, null] }],
    outputs: [
      { name: "output0", type: "float32", dims: [1, 6, null] },
      { name: "labels", type: "int64", dims: [1, 300] },
    ],
  });
});

test("readOnnxMetadata() reads a shipped model", () => {
  const { inputs, outputs } = readOnnxMetadata(readFileSync(shipped));
  assert.deepEqual(inputs, [{ name: "images", type: "float32", dims: [1, 3, 320, 320] }]);
  assert.deepEqual(outputs, [{ name: "output0", type: "float32", dims: [1, 5, 500] }]);
});

test("readOnnxMetadata() refuses what is no model", () => {
  for (const [what, bytes] of Object.entries({
    nothing: new Uint8Array(0),
    "a picture": Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70),
    "a web page": Buffer.from("<!DOCTYPE html><html></html>"),
    "half a model": tiny.subarray(0, 120),
    "a length beyond the end": Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f, 1),
  }))
    assert.throws(() => readOnnxMetadata(bytes), ModelError, what);
});

test("readOnnxMetadata() answers or refuses, whatever the bytes", () => {
  const survives = (bytes: Uint8Array) => {
    try {
      readOnnxMetadata(bytes);
    } catch (error) {
      assert.ok(error instanceof ModelError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives));
  const place = fc.tuple(fc.nat(tiny.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 8 }), (changes) => {
      const bytes = Uint8Array.from(tiny);
      for (const [at, value] of changes) bytes[at] = value;
      survives(bytes);
    }),
    { numRuns: 500 },
  );
});

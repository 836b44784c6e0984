import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "../../models/detectors/decoder.ts";
import { createEmbedder, embeddingSpace } from "../../models/embedder.ts";
import type { Feed, Graph } from "../../models/graph.ts";
import { ModelError } from "../../models/vision.ts";
import { flatPicture, halvesModel } from "../fakes/fixture-models.ts";

const whole = { left: 0, top: 0, right: 1, bottom: 1 };

/** A graph that says what it was fed, and answers with these numbers a picture. */
function graphOf(dims: Graph["inputs"][number]["dims"], vector: readonly number[]): Graph & { fed: Feed[] } {
  const fed: Feed[] = [];
  return {
    fed,
    inputs: [{ name: "image", type: "float32", dims }],
    outputs: [{ name: "embedding", type: "float32", dims: [dims[0]!, vector.length] }],
    run: async (feeds) => {
      const feed = feeds.image!;
      fed.push({ dims: feed.dims, data: feed.data.slice() });
      const count = feed.dims[0]!;
      const data = Float32Array.from(
        { length: count * vector.length },
        (_, at) => vector[at % vector.length]!,
      );
      return new Map<string, Tensor>([["embedding", { dims: [count, vector.length], data }]]);
    },
    close: async () => undefined,
  };
}

test("embeddingSpace() names model, weights, preprocessing and size, and changes with each", () => {
  const { manifest } = halvesModel();
  const space = embeddingSpace(manifest);
  assert.match(space, /^halves@[0-9a-f]{12}\/[0-9a-f]{8}\/6$/);
  assert.ok(space.startsWith(`halves@${manifest.sha256.slice(0, 12)}/`));
  assert.equal(embeddingSpace({ ...manifest, licence: "other", limits: "none" }), space);
  const others = [
    { ...manifest, sha256: "f".repeat(64) },
    { ...manifest, input: { ...manifest.input, colour: "bgr" } as const },
    { ...manifest, input: { ...manifest.input, mean: [0.5, 0.5, 0.5] as [number, number, number] } },
    { ...manifest, embedding: { ...manifest.embedding!, flip: true } },
  ].map(embeddingSpace);
  assert.equal(new Set([space, ...others]).size, 5);
  assert.throws(() => embeddingSpace({ ...manifest, embedding: null }), ModelError);
});

test("createEmbedder() sends crops together where the graph takes many, one by one where it does not", async () => {
  const picture = flatPicture(20, 20, [51, 102, 255]);
  const boxes = Array.from({ length: 10 }, () => whole);
  const many = graphOf(["n", 3, 8, 8], [3, 4, 0, 0, 0, 0]);
  const vectors = await createEmbedder(many, halvesModel())(picture, boxes);
  assert.deepEqual(
    many.fed.map(({ dims }) => dims),
    [
      [8, 3, 8, 8],
      [2, 3, 8, 8],
    ],
  );
  assert.deepEqual(
    vectors.map((vector) => [...vector]),
    boxes.map(() => [Math.fround(0.6), Math.fround(0.8), 0, 0, 0, 0]),
  );
  // Each vector is its own: it may travel to another thread without the others.
  assert.equal(vectors[0]!.buffer.byteLength, 24);
  const one = graphOf([1, 3, 8, 8], [1, 0, 0, 0, 0, 0]);
  await createEmbedder(one, halvesModel())(picture, boxes);
  assert.equal(one.fed.length, 10);
  for (const { data } of [...many.fed, ...one.fed]) {
    assert.equal(data[0], Math.fround(0.2));
    assert.equal(data.at(-1), 1);
  }
});

test("createEmbedder() refuses a vector without a direction, or of another size", async () => {
  const picture = flatPicture(8, 8, [9, 9, 9]);
  for (const numbers of [
    [0, 0, 0, 0, 0, 0],
    [Number.NaN, 0, 0, 0, 0, 0],
    [Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0],
  ]) {
    const describe = createEmbedder(graphOf(["n", 3, 8, 8], numbers), halvesModel());
    await assert.rejects(describe(picture, [whole]), /Expected a vector with a direction/);
  }
  const short = graphOf(["n", 3, 8, 8], [1, 0]);
  const anySize = { ...short, outputs: [{ name: "embedding", type: "float32", dims: [] }] };
  await assert.rejects(
    createEmbedder(anySize, halvesModel())(picture, [whole]),
    /Expected output "embedding" to be \[1, 6\], got \[1, 2\]/,
  );
});

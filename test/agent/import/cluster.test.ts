import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type ClusterOptions, clusterBoxes } from "../../../agent/import/cluster.ts";
import type { PlacedBox } from "../../../agent/import/import-sequence.ts";
import { iou } from "../../../models/boxes.ts";
import { processorMs } from "../../fakes/processor-time.ts";

type Edges = readonly [number, number, number, number];
const vectors: {
  iou: { a: Edges; b: Edges; iou: number }[];
  cluster: { name: string; boxes: Edges[]; iou_threshold: number; clusters_as_box_indexes: number[][] }[];
} = JSON.parse(
  readFileSync(new URL("../../fixtures/pyronear/cluster-vectors.json", import.meta.url), "utf8"),
);

const guide: ClusterOptions = { iouThreshold: 0.3, confidenceThreshold: 0, minClusterSize: 1, strict: false };
const server: ClusterOptions = { ...guide, iouThreshold: 0, strict: true };
const place = (boxes: readonly Edges[], confidence = 0.5): PlacedBox[] =>
  boxes.map((xyxyn, detection) => ({ xyxyn, confidence, class_name: "smoke", detection }));
const indexes = (clusters: ReturnType<typeof clusterBoxes>): number[][] =>
  clusters.map((cluster) => cluster.map(({ detection }) => detection));
const asEdges = ([left, top, right, bottom]: Edges) => ({ left, top, right, bottom });

/** The rule as it is written down, every pair compared. */
function plainly(boxes: readonly PlacedBox[], { iouThreshold, minClusterSize, strict }: ClusterOptions) {
  let left = [...boxes];
  const clusters: PlacedBox[][] = [];
  while (left.length > 0) {
    const [first, ...others] = left;
    const cluster = [first!];
    left = [];
    for (const box of others) {
      const joins = cluster.some((member) => {
        const overlap = iou(asEdges(member.xyxyn), asEdges(box.xyxyn));
        return strict ? overlap > iouThreshold : overlap >= iouThreshold;
      });
      (joins ? cluster : left).push(box);
    }
    clusters.push(cluster);
  }
  return clusters.filter(({ length }) => length >= minClusterSize);
}

test("iou() is what the annotation service computes", () => {
  assert.equal(vectors.iou.length, 30);
  for (const { a, b, iou: expected } of vectors.iou)
    assert.ok(Math.abs(iou(asEdges(a), asEdges(b)) - expected) < 1e-15, JSON.stringify([a, b]));
});

for (const { name, boxes, iou_threshold, clusters_as_box_indexes } of vectors.cluster)
  test(`clusterBoxes() does as the annotation service does: ${name}, above ${iou_threshold}`, () => {
    assert.deepEqual(
      indexes(clusterBoxes(place(boxes), { ...server, iouThreshold: iou_threshold })),
      clusters_as_box_indexes,
    );
  });

test("clusterBoxes() takes an overlap of exactly the threshold by default, and not when it is strict", () => {
  const half: Edges[] = [
    [0, 0, 0.5, 0.5],
    [0, 0, 0.5, 0.25],
  ];
  assert.deepEqual(indexes(clusterBoxes(place(half), { ...guide, iouThreshold: 0.5 })), [[0, 1]]);
  assert.deepEqual(indexes(clusterBoxes(place(half), { ...server, iouThreshold: 0.5 })), [[0], [1]]);
});

test("clusterBoxes() at least at 0 is one cluster of everything", () => {
  const apart: Edges[] = [
    [0, 0, 0.1, 0.1],
    [0.8, 0.8, 0.9, 0.9],
    [0, 0, 0, 0],
  ];
  assert.deepEqual(indexes(clusterBoxes(place(apart), { ...guide, iouThreshold: 0 })), [[0, 1, 2]]);
});

test("clusterBoxes() leaves out boxes below the confidence, keeps one at it, and all of them at 0", () => {
  const box: Edges = [0.1, 0.1, 0.2, 0.2];
  const boxes = [0, 0.4, 0.5, 0.6].map((confidence, at) => ({
    ...place([box], confidence)[0]!,
    detection: at,
  }));
  assert.deepEqual(indexes(clusterBoxes(boxes, { ...guide, confidenceThreshold: 0.5 })), [[2, 3]]);
  assert.deepEqual(indexes(clusterBoxes(boxes, guide)), [[0, 1, 2, 3]]);
});

test("clusterBoxes() drops a cluster of too few boxes; those of one picture count each", () => {
  const boxes = place([
    [0.1, 0.1, 0.2, 0.2],
    [0.1, 0.1, 0.2, 0.2],
    [0.8, 0.8, 0.9, 0.9],
  ]).map((box) => ({ ...box, detection: 0 }));
  assert.deepEqual(
    clusterBoxes(boxes, { ...guide, minClusterSize: 2 }).map(({ length }) => length),
    [2],
  );
});

test("clusterBoxes() gives what comparing every pair gives, in every order and at every threshold", () => {
  const edge = fc.integer({ min: 0, max: 12 });
  // Few places, so that boxes touch, cover each other, and have no area.
  const box = fc
    .tuple(edge, edge, edge, edge)
    .map(
      ([a, b, c, d]): Edges => [
        Math.min(a, c) / 12,
        Math.min(b, d) / 12,
        Math.max(a, c) / 12,
        Math.max(b, d) / 12,
      ],
    );
  fc.assert(
    fc.property(
      fc.array(box, { maxLength: 40 }),
      fc.constantFrom(0, 0.01, 0.1, 0.25, 0.3, 0.5, 1),
      fc.boolean(),
      fc.integer({ min: 1, max: 3 }),
      (boxes, iouThreshold, strict, minClusterSize) => {
        const options = { ...guide, iouThreshold, strict, minClusterSize };
        assert.deepEqual(
          indexes(clusterBoxes(place(boxes), options)),
          indexes(plainly(place(boxes), options)),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test("clusterBoxes() gives what comparing every pair gives, also with hundreds of clusters", () => {
  const random = createRandom(11);
  for (let round = 0; round < 30; round += 1) {
    const reach = 0.01 + random() * 0.15;
    const boxes = Array.from({ length: 400 }, (): Edges => {
      const [x, y] = [random() * 1.1 - 0.1, random() * 1.1 - 0.1];
      return [x, y, x + random() * reach, y + random() * reach];
    });
    const options = { ...guide, iouThreshold: round % 3 === 0 ? 0 : random(), strict: round % 3 === 0 };
    assert.deepEqual(indexes(clusterBoxes(place(boxes), options)), indexes(plainly(place(boxes), options)));
  }
});

/** Reproducible, 0..1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test("clusterBoxes() takes 10 000 boxes in well under a second, wherever they lie", (t) => {
  const random = createRandom(5);
  const boxAt = (x: number, y: number, side: number): Edges => [
    x,
    y,
    Math.min(1, x + side),
    Math.min(1, y + side),
  ];
  const many = (draw: () => Edges): PlacedBox[] => place(Array.from({ length: 10_000 }, draw));
  const crowds = {
    "one plume": many(() => boxAt(0.4 + random() * 0.02, 0.4 + random() * 0.02, 0.1)),
    "fifty plumes": many(() =>
      boxAt(0.02 + Math.floor(random() * 50) * 0.019, 0.5 + random() * 0.001, 0.015),
    ),
    "small and everywhere": many(() => boxAt(random(), random(), 0.002)),
    "of every size": many(() => boxAt(random() * 0.9, random() * 0.9, random() * 0.3)),
  };
  for (const [name, boxes] of Object.entries(crowds)) {
    for (const options of [guide, server]) {
      let clusters = 0;
      const ms = processorMs(() => {
        clusters = clusterBoxes(boxes, options).length;
      });
      t.diagnostic(
        `${name}, ${options.strict ? "> 0" : ">= 0.3"}: ${clusters} clusters in ${ms.toFixed(0)} ms`,
      );
      assert.ok(ms < 5000, `${name}: ${ms} ms`);
    }
  }
});

// How long it takes to find the objects among many boxes, and whether they are those the annotation service finds.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { between, createRandom, type Random } from "../../../device/camera/sim/seeded-random.ts";
import { clusterBoxes } from "../../import/cluster.ts";
import type { PlacedBox } from "../../import/import-sequence.ts";
import { clusterStrictly } from "../contract-server/annotation/generate-tracks.ts";
import { median } from "../median.ts";

export type ClusteringOptions = {
  readonly boxes: number;
  readonly seed: number;
  /** JSON file of golden vectors (`cluster`: boxes, iou_threshold, clusters_as_box_indexes); null: none. */
  readonly vectors: string | null;
};

export type Clustering = {
  readonly boxes: number;
  /** Median of some rounds for plumes that drift, and for boxes anywhere, most of which touch nothing; goal: below 1000. */
  readonly plumesMs: number;
  readonly scatteredMs: number;
  /** Small random sets on which it was compared with the service's own way. */
  readonly compared: number;
  /** Golden vectors it was compared with; null: no file was given. */
  readonly vectors: number | null;
  readonly problems: readonly string[];
};

const rounds = 3;
const smallSets = 300;
const plumes = 40;
const guide = { iouThreshold: 0.3, confidenceThreshold: 0, minClusterSize: 1, strict: false } as const;

/** @throws Error when the file of vectors cannot be read or is none. */
export function measureClustering({ boxes, seed, vectors }: ClusteringOptions): Clustering {
  const random = createRandom(seed, "boxes");
  const drifting = Array.from({ length: boxes }, (_, index) => plumeBox(index, boxes));
  const scattered = Array.from({ length: boxes }, (_, index) => anyBox(index, random, 0.02));
  const golden = vectors === null ? null : readVectors(vectors);
  return {
    boxes,
    plumesMs: timeOf(drifting),
    scatteredMs: timeOf(scattered),
    compared: smallSets,
    vectors: golden?.length ?? null,
    problems: [...compareSmallSets(random), ...(golden ?? []).flatMap(compareVector)],
  };
}

function timeOf(boxes: readonly PlacedBox[]): number {
  return median(
    Array.from({ length: rounds }, () => {
      const startedMs = performance.now();
      clusterBoxes(boxes, guide);
      return performance.now() - startedMs;
    }),
  );
}

/** One of some plumes, side by side, that drift from picture to picture. */
function plumeBox(index: number, boxes: number): PlacedBox {
  const detection = Math.floor(index / plumes);
  const left = (index % plumes) / (plumes + 1) + (detection * plumes * 0.01) / boxes;
  return boxOf(detection, [left, 0.4, left + 0.02, 0.45]);
}

function anyBox(detection: number, random: Random, size: number): PlacedBox {
  const left = between(random, 0, 1 - size);
  const top = between(random, 0, 1 - size);
  const edge = between(random, size / 4, size);
  return boxOf(detection, [left, top, left + edge, top + edge]);
}

function boxOf(detection: number, xyxyn: PlacedBox["xyxyn"]): PlacedBox {
  return { detection, xyxyn, confidence: 0.5, class_name: "smoke" };
}

/** Sets in which many boxes overlap, so that order matters. */
function compareSmallSets(random: Random): readonly string[] {
  return Array.from({ length: smallSets }, (_, set) => {
    const boxes = Array.from({ length: 30 }, (_, index) => anyBox(index, random, 0.4));
    const iouThreshold = set % 3 === 0 ? 0 : between(random, 0, 0.6);
    const ours = clusterBoxes(boxes, { ...guide, iouThreshold, strict: true });
    return isDeepStrictEqual(ours, clusterStrictly(boxes, iouThreshold))
      ? []
      : [`random set ${set}, threshold ${iouThreshold}: other clusters than the service's`];
  }).flat();
}

const vectorsForm = z.object({
  cluster: z.array(
    z.object({
      name: z.string(),
      boxes: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
      iou_threshold: z.number(),
      clusters_as_box_indexes: z.array(z.array(z.number())),
    }),
  ),
});

type Vector = z.infer<typeof vectorsForm>["cluster"][number];

function readVectors(file: string): readonly Vector[] {
  const read = vectorsForm.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!read.success) throw new Error(`${file}: expected clustering vectors: ${z.prettifyError(read.error)}`);
  return read.data.cluster;
}

function compareVector({ name, boxes, iou_threshold, clusters_as_box_indexes }: Vector): readonly string[] {
  const placed = boxes.map((xyxyn, index) => boxOf(index, xyxyn));
  const clusters = clusterBoxes(placed, { ...guide, iouThreshold: iou_threshold, strict: true });
  const indexes = clusters.map((cluster) => cluster.map((box) => box.detection));
  return isDeepStrictEqual(indexes, clusters_as_box_indexes)
    ? []
    : [`golden vector "${name}": other clusters`];
}

export function describeClustering(result: Clustering): string {
  const golden =
    result.vectors === null ? "no golden vectors given (--vectors)" : `${result.vectors} golden vectors`;
  return [
    `clustering  ${result.boxes} boxes: ${result.plumesMs.toFixed(0)} ms of drifting plumes, ${result.scatteredMs.toFixed(0)} ms scattered (goal: below 1000)`,
    result.problems.length === 0
      ? `result      the same as the service's in ${result.compared} random sets and ${golden}`
      : result.problems.map((problem) => `PROBLEM     ${problem}`).join("\n"),
  ].join("\n");
}

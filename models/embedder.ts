// An embedder: crops of a picture through a graph to unit vectors, so that likeness is a dot product.
import { createHash } from "node:crypto";
import type { Box } from "../device/detection.ts";
import { regionOf } from "./crop.ts";
import type { Tensor } from "./detectors/decoder.ts";
import { checkInput, describe, type Graph, inputDims } from "./graph.ts";
import { placePicture } from "./letterbox.ts";
import type { Model, ModelManifest } from "./manifest.ts";
import { createPreprocessor } from "./preprocess.ts";
import { shrinkRegion } from "./shrink.ts";
import type { TensorData } from "./tensor-drawing.ts";
import { ModelError, type Picture } from "./vision.ts";

export type Describe = (picture: Picture, boxes: readonly Box[]) => Promise<readonly Float32Array[]>;

/** Crops that go through a graph at once, where it takes many: more save little and need more memory. */
const mostAtOnce = 8;

/** Part of the space's name: raise it when the same pixels would give other vectors. */
const preprocessing = "area-1";

/** What vectors of this model may be compared with: `<id>@<weights>/<preprocessing>/<size>`. @throws ModelError: no embedder. */
export function embeddingSpace(manifest: ModelManifest): string {
  const { flip, size, output } = embeddingOf(manifest);
  const settings = JSON.stringify([preprocessing, manifest.input, output, flip]);
  const digest = createHash("sha256").update(settings).digest("hex").slice(0, 8);
  return `${manifest.id}@${manifest.sha256.slice(0, 12)}/${digest}/${size}`;
}

/** Life: one per model and thread. @throws ModelError when the graph is not what its manifest says. */
export function createEmbedder(graph: Graph, model: Model): Describe {
  const { manifest } = model;
  const { flip } = embeddingOf(manifest);
  const { takesMany } = checkInput(graph, model);
  checkOutput(graph, model);
  const { fill, allocate, size } = createPreprocessor(manifest.input);
  const most = takesMany ? mostAtOnce : 1;
  let room = allocate(1);

  /** The crops, each followed by its mirror image where the model is asked twice, as one tensor. */
  const drawCrops = (picture: Picture, boxes: readonly Box[]): number => {
    const views = boxes.length * (flip ? 2 : 1);
    if (room.length < views * size) room = allocate(views);
    let at = 0;
    for (const box of boxes) {
      const region = regionOf(box, picture);
      const { scaled } = placePicture(region, manifest.input);
      const crop = shrinkRegion(picture, region, scaled);
      fill(viewOf(room, at++, size), crop);
      if (flip) fill(viewOf(room, at++, size), mirror(crop));
    }
    return views;
  };

  const embed = async (views: number): Promise<Float32Array[]> => {
    const feed = { dims: inputDims(manifest.input, views), data: room.subarray(0, views * size) };
    const outputs = await graph.run({ [manifest.input.name]: feed });
    return readVectors(outputs, model, views);
  };

  return async (picture, boxes) => {
    const vectors: Float32Array[] = [];
    const perBox = flip ? 2 : 1;
    const step = Math.max(1, Math.floor(most / perBox));
    for (let from = 0; from < boxes.length; from += step) {
      const some = boxes.slice(from, from + step);
      const views = drawCrops(picture, some);
      // A graph that takes one picture at a time is asked for each view.
      const found =
        views > 1 && !takesMany ? await embedOneByOne(views, room, size, embed) : await embed(views);
      for (let n = 0; n < some.length; n++)
        vectors.push(meanUnit(found.slice(n * perBox, (n + 1) * perBox), model));
    }
    return vectors;
  };
}

async function embedOneByOne(
  views: number,
  room: TensorData,
  size: number,
  embed: (views: number) => Promise<Float32Array[]>,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let n = 0; n < views; n++) {
    if (n > 0) room.copyWithin(0, n * size, (n + 1) * size);
    vectors.push(...(await embed(1)));
  }
  return vectors;
}

function embeddingOf({ id, embedding }: ModelManifest): NonNullable<ModelManifest["embedding"]> {
  if (embedding === null) throw new ModelError(`Expected an embedder, got ${id}, which has no embedding`);
  return embedding;
}

function checkOutput({ outputs }: Graph, { manifest, file }: Model): void {
  const { output, size } = embeddingOf(manifest);
  const port = outputs.find(({ name }) => name === output);
  const names = outputs.map(({ name }) => name).join(", ");
  if (port === undefined) throw new ModelError(`${file}: Expected an output "${output}", got ${names}`);
  if (port.type !== "float32")
    throw new ModelError(`${file}: Expected output "${output}" to be float32, got ${port.type}`);
  const last = port.dims.at(-1);
  if (typeof last === "number" && last > 1 && !port.dims.includes(size))
    throw new ModelError(
      `${file}: Expected output "${output}" to hold ${size} numbers, got ${describe(port.dims)}`,
    );
}

/** The rows of the output; [n, size, 1, 1] is the same numbers. */
function readVectors(
  outputs: ReadonlyMap<string, Tensor>,
  { manifest, file }: Model,
  views: number,
): Float32Array[] {
  const { output, size } = embeddingOf(manifest);
  const tensor = outputs.get(output);
  if (tensor === undefined || !(tensor.data instanceof Float32Array) || tensor.data.length !== views * size)
    throw new ModelError(
      `${file}: Expected output "${output}" to be ${describe([views, size])}, got ${describe(tensor?.dims ?? [])}`,
    );
  const { data } = tensor;
  return Array.from({ length: views }, (_, n) => data.subarray(n * size, (n + 1) * size));
}

/** The mean of unit vectors, as a unit vector of its own memory. @throws ModelError when it has no direction. */
function meanUnit(vectors: readonly Float32Array[], { file }: Model): Float32Array {
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) {
    const length = lengthOf(vector);
    for (let at = 0; at < sum.length; at++) sum[at] = sum[at]! + vector[at]! / length;
  }
  const length = lengthOf(sum);
  if (!(length > 0 && Number.isFinite(length)))
    throw new ModelError(`${file}: Expected a vector with a direction, got one of length ${length}`);
  return Float32Array.from(sum, (value) => value / length);
}

function lengthOf(vector: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

function mirror({ width, height, pixels }: Picture): Picture {
  const mirrored = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = (y * width + width - 1 - x) * 3;
      mirrored[to] = pixels[from]!;
      mirrored[to + 1] = pixels[from + 1]!;
      mirrored[to + 2] = pixels[from + 2]!;
    }
  return { width, height, pixels: mirrored };
}

function viewOf(room: TensorData, index: number, size: number): TensorData {
  return room.subarray(index * size, (index + 1) * size);
}

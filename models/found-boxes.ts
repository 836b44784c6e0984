// A detector in the worker: a picture through a graph to boxes on the picture, suppressed and best first.
import { bestFirst, suppress } from "./boxes.ts";
import type { Decoder } from "./detectors/decoder.ts";
import { checkInput, type Graph, inputDims } from "./graph.ts";
import type { Model } from "./manifest.ts";
import { createPreprocessor } from "./preprocess.ts";
import type { Found, Picture } from "./vision.ts";

/** The parts of a detection, in order. */
export type Stage = "preprocess" | "infer" | "decode" | "suppress";

/** Who measures is told when a stage is over, and what the graph is run with. */
export type Measure = {
  readonly lap: (stage: Stage) => void;
  readonly onFeeds: (feeds: Parameters<Graph["run"]>[0]) => void;
};

/** @param score least confidence; null: that of the manifest. */
export type Detect = (picture: Picture, score: number | null, measure?: Measure) => Promise<readonly Found[]>;

/** Life: one per model and thread. @throws ModelError when the graph is not what its manifest says. */
export function createDetect(graph: Graph, model: Model, decoder: Decoder): Detect {
  const { input, thresholds, classes } = model.manifest;
  checkInput(graph, model);
  const { fill, allocate } = createPreprocessor(input);
  const data = allocate();
  const dims = inputDims(input);

  return async (picture, least, measure) => {
    const options = { width: input.width, height: input.height, score: least ?? thresholds.score };
    const { toBox } = fill(data, picture);
    measure?.lap("preprocess");
    const feeds = { ...decoder.extraInputs?.(options), [input.name]: { dims, data } };
    measure?.onFeeds(feeds);
    const outputs = await graph.run(feeds);
    measure?.lap("infer");
    const candidates = decoder.decode(outputs, options);
    measure?.lap("decode");
    const kept = decoder.needsSuppression
      ? suppress(candidates, thresholds)
      : bestFirst(candidates).slice(0, thresholds.maxDetections);
    const found = kept
      .map((candidate) => ({
        box: toBox(candidate),
        // A class the manifest does not name is still seen.
        className: classes[candidate.classIndex] ?? `class ${candidate.classIndex}`,
        confidence: candidate.score,
      }))
      .filter(({ box }) => box.right > box.left && box.bottom > box.top);
    measure?.lap("suppress");
    return found;
  };
}

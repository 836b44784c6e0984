// A steering model in the worker: a picture through a graph to what the wheel and the throttle should do.
import { checkInput, type Graph, inputDims } from "./graph.ts";
import type { Model } from "./manifest.ts";
import { createPreprocessor } from "./preprocess.ts";
import { type Reading, readOutput, type Steering } from "./steering.ts";
import { ModelError, type Picture, type SteeringAdvice } from "./vision.ts";

export type Steer = (picture: Picture) => Promise<SteeringAdvice>;

/** Life: one per model and thread. @throws ModelError when the graph is not what its manifest says. */
export function createSteer(graph: Graph, model: Model): Steer {
  const { manifest, file } = model;
  const { direction, speed } = steeringOf(model);
  checkInput(graph, model);
  for (const reading of [direction, ...(speed === null ? [] : [speed.reads])])
    checkOutput(graph, reading, file);
  const { fill, allocate } = createPreprocessor(manifest.input);
  const data = allocate();
  const dims = inputDims(manifest.input);

  return async (picture) => {
    fill(data, picture);
    const outputs = await graph.run({ [manifest.input.name]: { dims, data } });
    const numbersOf = ({ output }: Reading): Float32Array => {
      const tensor = outputs.get(output);
      if (!(tensor?.data instanceof Float32Array))
        throw new ModelError(`${file}: Expected output "${output}" to be float32`);
      return tensor.data;
    };
    try {
      const way = readOutput(numbersOf(direction), direction, -1);
      const pace = speed === null ? null : readOutput(numbersOf(speed.reads), speed.reads, 0);
      return {
        steering: Math.min(1, Math.max(-1, way.value)),
        throttle: pace === null ? null : Math.min(1, Math.max(0, pace.value)),
        confidence: way.confidence,
        bins: { direction: way.bin, speed: pace?.bin ?? null },
        outputs: Object.fromEntries(
          [...outputs].flatMap(([name, tensor]) =>
            tensor.data instanceof Float32Array ? [[name, Array.from(tensor.data)]] : [],
          ),
        ),
      };
    } catch (cause) {
      if (cause instanceof RangeError) throw new ModelError(`${file}: ${cause.message}`, { cause });
      throw cause;
    }
  };
}

function steeringOf({ manifest, file }: Model): Steering {
  if (manifest.steering === null)
    throw new ModelError(`${file}: Expected a manifest that says what its outputs mean (steering), got none`);
  return manifest.steering;
}

function checkOutput({ outputs }: Graph, { output }: Reading, file: string): void {
  const port = outputs.find(({ name }) => name === output);
  const names = outputs.map(({ name }) => name).join(", ");
  if (port === undefined) throw new ModelError(`${file}: Expected an output "${output}", got ${names}`);
  if (port.type !== "float32")
    throw new ModelError(`${file}: Expected output "${output}" to be float32, got ${port.type}`);
}

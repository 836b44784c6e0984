// A model's graph as the worker sees it, whatever runtime is behind it; and whether it fits its manifest.
import type { Tensor } from "./detectors/decoder.ts";
import type { Model, ModelInput } from "./manifest.ts";
import { ModelError } from "./vision.ts";

/** An input or output. A dimension that is a name (or below 0) may be any number; no dimensions at all: the graph does not say. */
export type Port = {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | string)[];
};

export type Feed = { readonly dims: readonly number[]; readonly data: Tensor["data"] };

export type Graph = {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** @throws ModelError with the runtime's words. */
  readonly run: (feeds: Readonly<Record<string, Feed>>) => Promise<ReadonlyMap<string, Tensor>>;
  readonly close: () => Promise<void>;
};

/** The shape the manifest's input has, for `count` pictures. */
export function inputDims({ layout, width, height }: ModelInput, count = 1): readonly number[] {
  return layout === "nchw" ? [count, 3, height, width] : [count, height, width, 3];
}

/**
 * Whether a graph's input is that of its manifest. What comes out is seen by a run.
 * @returns whether several pictures may go through at once. @throws ModelError naming input, expected and found.
 */
export function checkInput(graph: Graph, { manifest, file }: Model): { readonly takesMany: boolean } {
  const { input } = manifest;
  const port = graph.inputs.find(({ name }) => name === input.name);
  if (port === undefined) {
    const names = graph.inputs.map(({ name }) => name).join(", ");
    throw new ModelError(`${file}: Expected an input "${input.name}", got ${names}`);
  }
  if (port.type !== input.type)
    throw new ModelError(`${file}: Expected input "${input.name}" to be ${input.type}, got ${port.type}`);
  const wanted = inputDims(input);
  if (port.dims.length > 0 && !fits(port.dims, wanted))
    throw new ModelError(
      `${file}: Expected input "${input.name}" to take ${describe(wanted)}, got ${describe(port.dims)}`,
    );
  return { takesMany: isAny(port.dims[0]) };
}

/** Whether a port's dimensions allow these. */
export function fits(dims: readonly (number | string)[], wanted: readonly number[]): boolean {
  return dims.length === wanted.length && dims.every((dim, at) => isAny(dim) || dim === wanted[at]);
}

export function describe(dims: readonly (number | string)[]): string {
  return `[${dims.join(", ")}]`;
}

function isAny(dim: number | string | undefined): boolean {
  return dim !== undefined && (typeof dim === "string" || dim < 0);
}

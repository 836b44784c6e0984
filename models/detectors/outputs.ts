// Finds a model's outputs and says what is wrong with them: output, expected, found.
import type { DetectorFamily } from "../manifest.ts";
import { ModelError } from "../vision.ts";
import type { Tensor } from "./decoder.ts";

export type FloatOutput = {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
};

type Outputs = ReadonlyMap<string, Tensor>;

/** @throws ModelError always: this output is not the family's. */
export function refuse(family: DetectorFamily, name: string, expected: string, found: string): never {
  throw new ModelError(`Expected output ${name} of a ${family} model to be ${expected}, found ${found}`);
}

/** "[1, 84, 8400] float32" */
export function describeTensor({ dims, data }: Tensor): string {
  const type = data.constructor.name
    .replace(/^Big/, "")
    .replace(/Array$/, "")
    .toLowerCase();
  return `[${dims.join(", ")}] ${type}`;
}

/** The output that is a table: three dimensions, one picture. Masks and other dimensions beside it are left alone. */
export function tableOutput(family: DetectorFamily, outputs: Outputs, expected: string): FloatOutput {
  const tables = [...outputs].filter(([, { dims }]) => dims.length === 3 && dims[0] === 1);
  const [name, tensor] = tables.find(([one]) => one === "output0" || one === "output") ?? tables[0] ?? [];
  if (name === undefined || tensor === undefined)
    refuse(family, [...outputs.keys()].join(", ") || "(none)", expected, describeAll(outputs));
  if (tables.length > 1 && name !== "output0" && name !== "output")
    refuse(family, tables.map(([one]) => one).join(", "), `one table: ${expected}`, describeAll(outputs));
  return floats(family, name, tensor, expected);
}

/** An output by its name; exporters write "name", "name:0" or "path/name". */
export function namedOutput(family: DetectorFamily, outputs: Outputs, name: string): Tensor {
  for (const [key, tensor] of outputs) if (plainName(key) === name) return checked(family, key, tensor);
  return refuse(family, name, "there", describeAll(outputs));
}

/** @throws ModelError when it holds no 32-bit floats, or not as many as its shape says. */
export function floats(family: DetectorFamily, name: string, tensor: Tensor, expected: string): FloatOutput {
  const { data } = checked(family, name, tensor);
  if (!(data instanceof Float32Array)) refuse(family, name, expected, describeTensor(tensor));
  return { name, dims: tensor.dims, data };
}

/** How many mask coefficients stand behind the classes: those of the prototype output [1, n, height, width]; 0 without one. */
export function maskCoefficients(outputs: Outputs): number {
  for (const { dims } of outputs.values()) if (dims.length === 4 && dims[0] === 1) return dims[1]!;
  return 0;
}

function checked(family: DetectorFamily, name: string, tensor: Tensor): Tensor {
  const numbers = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (numbers !== tensor.data.length)
    refuse(family, name, `${numbers} numbers long`, `${tensor.data.length} in ${describeTensor(tensor)}`);
  return tensor;
}

function plainName(key: string): string {
  return key.replace(/:\d+$/, "").replace(/^.*\//, "");
}

function describeAll(outputs: Outputs): string {
  return [...outputs].map(([name, tensor]) => `${name} ${describeTensor(tensor)}`).join(", ") || "no outputs";
}

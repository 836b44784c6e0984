// Reads what an ONNX file says of itself (inputs, outputs, properties) without running or trusting it: a walk over the fields of
// its protocol buffer (onnx.proto: ModelProto, GraphProto, ValueInfoProto), the weights skipped.
import { ModelError } from "./vision.ts";

export type OnnxPort = {
  readonly name: string;
  /** "float32", "uint8", "int64" …; "type 17" for one without a name here. */
  readonly type: string;
  /** null: not known before it runs. */
  readonly dims: readonly (number | null)[];
};

export type OnnxMetadata = {
  /** Who wrote the file, e.g. "pytorch 2.1". */
  readonly producer: string;
  /** metadata_props. */
  readonly properties: ReadonlyMap<string, string>;
  /** Without those that are weights. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
};

/** Names of onnx.TensorProto.DataType by number. */
const types: readonly (string | undefined)[] = [
  undefined,
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
];

/** More than any real model has; a file made to fill the memory is refused. */
const mostText = 1 << 20;
const mostEntries = 4096;

/** @throws ModelError when the bytes are no ONNX model. */
export function readOnnxMetadata(bytes: Uint8Array): OnnxMetadata {
  let producer = "";
  let version = "";
  let graph: Uint8Array | null = null;
  const properties = new Map<string, string>();
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 2) producer = textOf(value);
    else if (field === 3) version = textOf(value);
    else if (field === 7) graph = bytesOf(value);
    else if (field === 14) {
      const [key, text] = propertyOf(bytesOf(value));
      properties.set(key, text);
      checkCount(properties.size);
    }
  }
  if (graph === null) throw new ModelError("Expected an ONNX model, got a file without a graph");
  return { producer: `${producer} ${version}`.trim(), properties, ...portsOf(graph) };
}

function portsOf(graph: Uint8Array): Pick<OnnxMetadata, "inputs" | "outputs"> {
  const inputs: OnnxPort[] = [];
  const outputs: OnnxPort[] = [];
  const weights = new Set<string>();
  for (const { field, value } of fieldsOf(graph)) {
    if (field === 5) weights.add(nameOfWeights(bytesOf(value)));
    else if (field === 11) inputs.push(portOf(bytesOf(value)));
    else if (field === 12) outputs.push(portOf(bytesOf(value)));
    checkCount(outputs.length);
  }
  // Before IR version 4 weights were listed as inputs, too.
  return { inputs: inputs.filter(({ name }) => !weights.has(name)), outputs };
}

function portOf(bytes: Uint8Array): OnnxPort {
  let name = "";
  let type = "type 0";
  let dims: readonly (number | null)[] = [];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) name = textOf(value);
    if (field !== 2) continue;
    // TypeProto.tensor_type; sequences and maps have no shape.
    for (const tensor of fieldsOf(bytesOf(value)))
      if (tensor.field === 1)
        for (const part of fieldsOf(bytesOf(tensor.value))) {
          if (part.field === 1) type = types[numberOf(part.value)] ?? `type ${numberOf(part.value)}`;
          if (part.field === 2) dims = dimsOf(bytesOf(part.value));
        }
  }
  return { name, type, dims };
}

function dimsOf(shape: Uint8Array): readonly (number | null)[] {
  const dims: (number | null)[] = [];
  for (const { value } of fieldsOf(shape)) {
    const sizes = [...fieldsOf(bytesOf(value))].filter(({ field }) => field === 1);
    const size = sizes.length === 0 ? 0 : numberOf(sizes[0]!.value);
    // Named dimensions have no size; some exporters write 0 or -1 instead.
    dims.push(size >= 1 && size <= 2 ** 31 ? size : null);
    checkCount(dims.length);
  }
  return dims;
}

function propertyOf(bytes: Uint8Array): readonly [key: string, value: string] {
  let key = "";
  let text = "";
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) key = textOf(value);
    else if (field === 2) text = textOf(value);
  }
  return [key, text];
}

function nameOfWeights(tensor: Uint8Array): string {
  for (const { field, value } of fieldsOf(tensor)) if (field === 8) return textOf(value);
  return "";
}

type Field = { readonly field: number; readonly value: number | Uint8Array };

/** The fields of one message; numbers for varints, views for everything with a length. @throws ModelError */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    const kind = key % 8;
    if (field === 0) throw broken();
    if (kind === 0) yield { field, value: varint() };
    else if (kind === 2) yield { field, value: slice(varint()) };
    else if (kind === 1) yield { field, value: slice(8) };
    else if (kind === 5) yield { field, value: slice(4) };
    else throw broken();
  }

  /** Beyond 53 bits it is not exact, which only negative numbers reach. */
  function varint(): number {
    let value = 0;
    for (let factor = 1, length = 0; length < 10; factor *= 128, length++) {
      const byte = bytes[at++];
      if (byte === undefined) throw broken();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw broken();
  }

  function slice(length: number): Uint8Array {
    if (length > bytes.length - at) throw broken();
    at += length;
    return bytes.subarray(at - length, at);
  }

  function broken(): ModelError {
    return new ModelError(`Expected an ONNX model, got bytes that are none (at ${at} of ${bytes.length})`);
  }
}

function bytesOf(value: Field["value"]): Uint8Array {
  if (typeof value === "number") throw new ModelError(`Expected an ONNX model, got a number for a message`);
  return value;
}

function numberOf(value: Field["value"]): number {
  if (typeof value !== "number") throw new ModelError(`Expected an ONNX model, got a message for a number`);
  return value;
}

function textOf(value: Field["value"]): string {
  const bytes = bytesOf(value);
  if (bytes.length > mostText)
    throw new ModelError(`Expected at most ${mostText} bytes of text in an ONNX model, got ${bytes.length}`);
  return new TextDecoder().decode(bytes);
}

function checkCount(count: number): void {
  if (count > mostEntries)
    throw new ModelError(`Expected at most ${mostEntries} entries in an ONNX model's header, got more`);
}

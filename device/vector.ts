// A vector as it is stored: float32, little-endian. What is no unit vector is refused, for likeness is a dot product of two.

/** How far the length of a unit vector may be off: rounding to float32 stays far below it. */
const lengthTolerance = 1e-3;

/** Bytes of a unit vector. @throws when it is empty, not finite or not of length 1. */
export function encodeVector(vector: Float32Array): Uint8Array {
  const problem = vectorProblem(vector);
  if (problem !== null) throw new Error(`Expected a unit vector, got ${problem}`);
  const bytes = new Uint8Array(vector.length * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < vector.length; at += 1) view.setFloat32(at * 4, vector[at]!, true);
  return bytes;
}

/** The vector of stored bytes. @throws when the bytes are no vector. */
export function decodeVector(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength === 0 || bytes.byteLength % 4 !== 0)
    throw new Error(`Expected a vector of 4 bytes a number, got ${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vector = new Float32Array(bytes.byteLength / 4);
  for (let at = 0; at < vector.length; at += 1) vector[at] = view.getFloat32(at * 4, true);
  return vector;
}

/** What keeps numbers from being a unit vector, for a person; null: nothing. */
export function vectorProblem(vector: Float32Array): string | null {
  if (vector.length === 0) return "no numbers";
  let squares = 0;
  for (const [at, value] of vector.entries()) {
    if (!Number.isFinite(value)) return `${value} at position ${at}`;
    squares += value * value;
  }
  if (squares === 0) return "all zeros";
  const length = Math.sqrt(squares);
  return Math.abs(length - 1) > lengthTolerance ? `length ${length.toPrecision(6)}` : null;
}

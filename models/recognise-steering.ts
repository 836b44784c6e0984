// Whether a model's outputs are a direction and perhaps a speed, and what they then mean: by their names, else by their order and size.
import type { OnnxMetadata, OnnxPort } from "./onnx-metadata.ts";
import type { Reading, Steering } from "./steering.ts";

export type RecognisedSteering = {
  readonly steering: Steering;
  /** For a person: what it was told by, and what was assumed. */
  readonly reasons: readonly string[];
};

/** More numbers than this are a vector or the scores of a classifier. */
const mostBins = 127;
/** The throttle bins of donkeycar's categorical model: twenty, up to half throttle. */
const donkeyThrottleBins = 20;
const donkeyThrottleRange = 0.5;

/** null: these are not the outputs of a steering model. */
export function recogniseSteering({ outputs }: Pick<OnnxMetadata, "outputs">): RecognisedSteering | null {
  const [first, second] = byMeaning(outputs);
  if (first === undefined || outputs.length > 2) return null;
  const count = numbersOf(first);
  const speedCount = second === undefined ? 0 : numbersOf(second);
  if (count === null || speedCount === null) return null;
  // One output with two numbers is an angle and a throttle; one with more could be anything.
  if (second === undefined && count > 2) return null;
  const direction: Reading =
    count <= 2 && second === undefined ? plain(first.name, 0, -1) : reads(first.name, count, -1);
  const speed: Reading | null =
    second !== undefined ? reads(second.name, speedCount, 0) : count === 2 ? plain(first.name, 1, 0) : null;
  return {
    steering: { direction, speed: speed === null ? null : { reads: speed, trusted: false } },
    reasons: [
      `direction: ${describe(direction)}`,
      speed === null
        ? "it says nothing of speed"
        : `speed: ${describe(speed)}, not driven (say trusted: true in its manifest if it may be)`,
    ],
  };
}

/** The direction first, whatever their order, when the names say so. */
function byMeaning(outputs: readonly OnnxPort[]): readonly OnnxPort[] {
  const isSpeed = ({ name }: OnnxPort): boolean => /throttle|speed/i.test(name);
  return [...outputs].sort((a, b) => Number(isSpeed(a)) - Number(isSpeed(b)));
}

/** Numbers of one row; null: it is no small row of float32. */
function numbersOf({ type, dims }: OnnxPort): number | null {
  const count = dims.at(-1) ?? null;
  const isRow = type === "float32" && dims.length === 2 && (dims[0] === 1 || dims[0] === null);
  return isRow && count !== null && count >= 1 && count <= mostBins ? count : null;
}

function reads(output: string, count: number, low: -1 | 0): Reading {
  return count === 1
    ? plain(output, 0, low)
    : { output, kind: "bins", centres: centresOf(count, low), logits: false };
}

function plain(output: string, index: number, low: -1 | 0): Reading {
  return { output, kind: "continuous", index, min: low, max: 1 };
}

function centresOf(count: number, low: -1 | 0): number[] {
  const step =
    low === 0 && count === donkeyThrottleBins ? donkeyThrottleRange / count : (1 - low) / (count - 1);
  return Array.from({ length: count }, (_, bin) => Math.round((low + bin * step) * 1e6) / 1e6);
}

function describe(reading: Reading): string {
  if (reading.kind === "continuous")
    return `number ${reading.index} of ${reading.output}, ${reading.min}–${reading.max}`;
  const { output, centres } = reading;
  return `${centres.length} bins of ${output}, ${centres[0]}–${centres.at(-1)} (assumed: say otherwise in its manifest)`;
}

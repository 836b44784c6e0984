// What a steering model's outputs mean: bins with a centre each, or plain numbers; direction −1 (full left) to 1, throttle 0 to 1.
import { z } from "zod";

const bins = z.strictObject({
  /** Which output of the graph. */
  output: z.string().min(1),
  kind: z.literal("bins"),
  /** What each bin stands for. */
  centres: z.array(z.number().min(-1).max(1)).min(2).max(127),
  /** true: the graph gives logits; false: shares that sum to 1. */
  logits: z.boolean().default(false),
});
const continuous = z
  .strictObject({
    output: z.string().min(1),
    kind: z.literal("continuous"),
    /** Which number of the output. */
    index: z.number().int().min(0).max(126).default(0),
    /** The number that means full left (or no throttle), and the one for full right (full throttle). */
    min: z.number().default(-1),
    max: z.number().default(1),
  })
  .refine(({ min, max }) => min !== max, { error: "expected min and max to differ" });
const reading = z.discriminatedUnion("kind", [bins, continuous]);

/** The manifest's entry for a model of task `steer`. */
export const steeringSchema = z.strictObject({
  direction: reading,
  /** null: it says nothing of speed. */
  speed: z
    .strictObject({
      reads: reading,
      /** false: its speed is told, and somebody else's is driven. */
      trusted: z.boolean().default(false),
    })
    .nullable()
    .default(null),
});

export type Steering = z.output<typeof steeringSchema>;
export type Reading = z.output<typeof reading>;

/** One output read. */
export type ReadValue = {
  /** −1..1 for a direction; as the centres say, or 0..1, for a speed. */
  readonly value: number;
  /** The likeliest bin; null for a plain number. */
  readonly bin: number | null;
  /** Share of the likeliest bin; null for a plain number. */
  readonly confidence: number | null;
};

/**
 * Reads one output. Of bins the mean counts, not the likeliest one: a car that steers by five classes would lurch.
 * @param low what `min` stands for: −1 for a direction, 0 for a speed. @throws RangeError when the numbers are none or too few.
 */
export function readOutput(numbers: ArrayLike<number>, reading: Reading, low: -1 | 0): ReadValue {
  const wanted = reading.kind === "bins" ? reading.centres.length : reading.index + 1;
  if (reading.kind === "bins" ? numbers.length !== wanted : numbers.length < wanted)
    throw new RangeError(
      `Expected output "${reading.output}" to hold ${wanted} numbers, got ${numbers.length}`,
    );
  const all = Array.from(numbers);
  if (!all.every(Number.isFinite))
    throw new RangeError(`Expected output "${reading.output}" to hold numbers, got ${all.join(", ")}`);
  if (reading.kind === "continuous") {
    const share = (all[reading.index]! - reading.min) / (reading.max - reading.min);
    return { value: low + (1 - low) * Math.min(1, Math.max(0, share)), bin: null, confidence: null };
  }
  const shares = reading.logits ? softmax(all) : all;
  const sum = shares.reduce((total, share) => total + share, 0);
  if (!(sum > 0) || shares.some((share) => share < 0))
    throw new RangeError(`Expected output "${reading.output}" to hold shares, got ${all.join(", ")}`);
  const mean = shares.reduce((total, share, bin) => total + share * reading.centres[bin]!, 0) / sum;
  const bin = shares.indexOf(Math.max(...shares));
  return { value: mean, bin, confidence: shares[bin]! / sum };
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

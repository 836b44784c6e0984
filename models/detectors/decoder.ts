// The contract of a detector family: how the outputs of its graphs become boxes. One file per family beside this one.
import type { DetectorFamily } from "../manifest.ts";

/** A model's output as the runtime gives it; numbers of int64 outputs are in a BigInt64Array. */
export type Tensor = {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array | BigInt64Array;
};

/** A candidate before suppression: edges in pixels of the model's input (0,0 = its upper left corner). */
export type Candidate = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** 0..1. */
  readonly score: number;
  readonly classIndex: number;
};

export type DecodeOptions = {
  /** Size of the model's input, pixels. */
  readonly width: number;
  readonly height: number;
  /** Candidates below it are left out. */
  readonly score: number;
};

export type Decoder = {
  readonly family: DetectorFamily;
  /** true: what comes out may overlap and has to be suppressed (NMS). */
  readonly needsSuppression: boolean;
  /** Inputs beside the picture, by name (e.g. orig_target_sizes); not given: none. */
  readonly extraInputs?: (options: DecodeOptions) => Readonly<Record<string, Tensor>>;
  /** @throws ModelError when the outputs are not this family's, naming output, expected and found shape. */
  readonly decode: (outputs: ReadonlyMap<string, Tensor>, options: DecodeOptions) => readonly Candidate[];
};

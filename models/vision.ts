// What the agent sees of models: detectors and describers that take pictures, whatever runs behind them.
import type { Box } from "../device/detection.ts";
import type { PictureHashes } from "../device/picture-hashes.ts";
import type { Model } from "./manifest.ts";

/** A decoded picture: upright, 8 bits, red green blue, row by row. Its pixels never change: they are sent to the worker once. */
export type Picture = { readonly width: number; readonly height: number; readonly pixels: Uint8Array };

/** A box a detector found, best first. */
export type Found = {
  readonly box: Box;
  readonly className: string;
  /** 0..1. */
  readonly confidence: number;
};

export type Detector = {
  readonly model: Model;
  /**
   * @param options.score least confidence; not given: that of the manifest.
   * @throws ModelError when the model cannot run; the worker behind it is started again by itself.
   */
  readonly detect: (
    picture: Picture,
    options: { readonly signal: AbortSignal; readonly score?: number },
  ) => Promise<readonly Found[]>;
};

/** Something that makes a unit vector of a crop, so that likeness is a dot product: an embedder, a colour histogram. */
export type Describer = {
  /** Vectors are compared within one space only: model, weights, preprocessing and size are in its name. */
  readonly space: string;
  /** Numbers in a vector. */
  readonly size: number;
  /** One vector per box, in order. @throws ModelError */
  readonly describe: (
    picture: Picture,
    boxes: readonly Box[],
    options: { readonly signal: AbortSignal },
  ) => Promise<readonly Float32Array[]>;
};

/** What a model would do with the wheel. */
export type SteeringAdvice = {
  /** −1 full left … 1 full right. */
  readonly steering: number;
  /** 0..1; null: it says nothing of speed. */
  readonly throttle: number | null;
  /** Share of the likeliest direction; null: it says one number only. */
  readonly confidence: number | null;
  /** The likeliest class of each; null: none are told apart. */
  readonly bins: { readonly direction: number | null; readonly speed: number | null };
  /** What the graph gave, by output; for comparison with a reference. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
};

export type Steerer = {
  readonly model: Model;
  /** @throws ModelError when the model cannot run; the worker behind it is started again by itself. */
  readonly steer: (picture: Picture, options: { readonly signal: AbortSignal }) => Promise<SteeringAdvice>;
};

export type VisionStatus = {
  /** starting: between a restart and the first answer. */
  readonly state: "idle" | "busy" | "starting" | "failed";
  readonly restarts: number;
  /** The last thing that went wrong, for a person; null when nothing did. */
  readonly problem: string | null;
};

/** Runs models in a worker thread of its own. A model that crashes or hangs there is reported, and the worker started again. */
export type Vision = {
  /** @throws ModelError: not a model, an unknown operator, a wrong shape, a wrong hash. */
  readonly openDetector: (model: Model) => Promise<Detector>;
  readonly openEmbedder: (model: Model) => Promise<Describer>;
  readonly openSteerer: (model: Model) => Promise<Steerer>;
  /** The colour histogram of a crop: no model, and hard to beat. */
  readonly openHistogram: () => Promise<Describer>;
  /** Perceptual hashes of the whole picture. @throws ModelError when the worker was lost; the signal's reason. */
  readonly hash: (picture: Picture, options: { readonly signal: AbortSignal }) => Promise<PictureHashes>;
  readonly status: () => VisionStatus;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** A model cannot be used; the message names file, rule and value. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
}

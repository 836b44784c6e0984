// What the host and the worker that runs models say to each other. Everything here survives being copied between threads.
import type { Box } from "../device/detection.ts";
import type { PictureHashes } from "../device/picture-hashes.ts";
import type { Stage } from "./found-boxes.ts";
import type { Model } from "./manifest.ts";
import type { Found, Picture, SteeringAdvice } from "./vision.ts";

/** Given to a worker when it starts. */
export type WorkerSettings = {
  /** Threads of one run; 0: as many as there are cores. */
  readonly threads: number;
};

/** A picture's pixels travel once: null means those of the last picture that was sent. */
export type SentPicture = {
  readonly width: number;
  readonly height: number;
  readonly pixels: ArrayBuffer | null;
};

/** What can be asked, with a picture still as the caller has it. */
export type Question =
  | { readonly kind: "version" }
  | { readonly kind: "open"; readonly key: number; readonly model: Model }
  | {
      readonly kind: "detect";
      readonly key: number;
      readonly picture: Picture;
      readonly score: number | null;
    }
  | {
      readonly kind: "embed";
      readonly key: number;
      readonly picture: Picture;
      readonly boxes: readonly Box[];
    }
  | { readonly kind: "steer"; readonly key: number; readonly picture: Picture }
  | { readonly kind: "histogram"; readonly picture: Picture; readonly boxes: readonly Box[] }
  | { readonly kind: "hash"; readonly picture: Picture }
  /** Detects on encoded pictures in turns, `runs` of them; and does the least that has to be done as often, both by the clock. */
  | {
      readonly kind: "time";
      readonly key: number;
      readonly pictures: readonly Uint8Array[];
      readonly runs: number;
    };

/** Milliseconds of each run. */
export type DetectorTimes = {
  readonly stages: Readonly<Record<Stage | "read", readonly number[]>>;
  /** A picture decoded and the graph run, nothing else: its inputs are those of another picture. */
  readonly bare: { readonly read: readonly number[]; readonly infer: readonly number[] };
};

/** What each question is answered with. */
export type Answers = {
  readonly version: string;
  readonly open: null;
  readonly detect: readonly Found[];
  readonly embed: readonly Float32Array[];
  readonly steer: SteeringAdvice;
  readonly histogram: readonly Float32Array[];
  readonly hash: PictureHashes;
  readonly time: DetectorTimes;
};

type Packed<Q> = Q extends { readonly picture: Picture } ? Omit<Q, "picture"> & { picture: SentPicture } : Q;

/** A question as it travels. Answers come in the order of the questions. */
export type PackedQuestion = Packed<Question>;

export type ToWorker =
  | { readonly id: number; readonly question: PackedQuestion }
  /** Nothing more will be asked: release everything and end. */
  | { readonly id: null };

export type FromWorker =
  /** spare: memory of a picture that is not needed any more, for the next one of its size. */
  | { readonly id: number; readonly answer: Answers[keyof Answers]; readonly spare: ArrayBuffer | null }
  /** It could not be done; the worker goes on. */
  | { readonly id: number; readonly problem: string }
  /** Everything is released. */
  | { readonly id: null };

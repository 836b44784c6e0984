// What every fault of the suite is: a name, and a way to inflict it on a rig so many times.
import type { Random } from "../../../device/camera/sim/seeded-random.ts";
import type { Rig, RigOptions } from "./rig.ts";

/** One injected fault. */
export type Round = {
  /** Times something met it: requests, connections, pictures; 0: nothing did, and the round proves nothing. */
  readonly hits: number;
  /** From the end of the fault until the agent did again what the fault had kept it from; null: not measured. */
  readonly recoveryMs: number | null;
};

export type PlayTools = {
  readonly rounds: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Books a round that was played. */
  readonly played: (round: Round) => void;
};

/** One fault of the table. */
export type Fault = {
  /** "F1". */
  readonly name: string;
  readonly about: string;
  /** What it cannot do without; where that is missing it is not played, and the table says so. */
  readonly needs: readonly ("bucket" | "index" | "mount" | "faketime")[];
  /** Rounds it gets of a hundred. */
  readonly share: number;
  /** Most rounds on one rig. */
  readonly perRig: number;
  readonly rig?: Pick<Partial<RigOptions>, "cameras" | "fps" | "config">;
  /** Inflicts it on a rig that has not been started; the rig is finished and judged afterwards. */
  readonly play: (rig: Rig, tools: PlayTools) => Promise<void>;
};

// What a person far away can have the agent do. The agent implements it (agent-hands.ts); the commands ask for it.
import type { LogLevel } from "../log.ts";
import type { CameraUse } from "../switches.ts";
import type { DriveReport } from "./drive-messages.ts";

/** JSON for somebody far away. */
export type Report = Readonly<Record<string, unknown>>;

/** A picture for somebody who cannot reach the disk. */
export type Snapshot = {
  readonly imgId: string;
  readonly camera: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
};

export type RecordHands = {
  /** Begins a run; fields of the session given here go before the configured ones. Resolves with the run's id. */
  readonly start: (session: Readonly<Record<string, string>>) => Promise<{ readonly run: string }>;
  /** Ends the run; null: none was open. */
  readonly stop: () => Promise<{ readonly run: string } | null>;
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** false: no run is open. */
  readonly mark: (note: string) => Promise<boolean>;
  /** Resolves with the number of frames that were erased. */
  readonly erase: (seconds: number) => Promise<number>;
  /** Brings back what the newest erase took; resolves with the number of frames. */
  readonly undoErase: () => Promise<number>;
};

export type CameraHands = {
  /** Every camera with its status, what it is used for now, and its settings without secrets. */
  readonly list: () => Promise<readonly Report[]>;
  /** Switches a use on or off, at once, until somebody switches it again. Resolves with the camera's uses. */
  readonly use: (
    camera: string,
    uses: readonly CameraUse[],
    on: boolean,
  ) => Promise<Readonly<Record<CameraUse, boolean>>>;
};

export type ModelHands = {
  /** What could be used, and what is used for what. */
  readonly list: () => Promise<Report>;
};

/** Where a page of a list begins and ends. */
export type PageWish = { readonly limit: number; readonly after?: string | undefined };

export type IndividualHands = {
  /** Individuals, or the sightings that wait for a person. */
  readonly list: (
    wish: PageWish & { readonly suggested: boolean; readonly text?: string | undefined },
  ) => Promise<Report>;
  readonly verify: (
    sightings: readonly string[],
    who: { readonly as?: string | undefined; readonly newName?: string | undefined; readonly by: string },
  ) => Promise<Report>;
  readonly reject: (sightings: readonly string[], who: { readonly by: string }) => Promise<Report>;
};

export type SyncHands = {
  /** Starts sending what waits, now; resolves with the figures of the outbox. */
  readonly now: () => Promise<Report>;
  /** Stops sending until `resume`, also over a restart. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** What waits for whom, what was refused and why, and the limits in force. */
  readonly status: () => Promise<Report>;
  /** Puts what was refused back in the queue; resolves with how many. */
  readonly retry: (target: string | null) => Promise<number>;
};

/** A change of the configuration. */
export type ConfigWish = {
  /** Values by dotted path; a camera's are `cameras.<id>.…`. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Paths that shall be as the file says again. */
  readonly unset: readonly string[];
  /** true: taken back unless somebody confirms in time, however well it goes. */
  readonly confirm: boolean;
};

export type ConfigHands = {
  /** What is in force (secrets masked), where each value comes from, and what is staged. */
  readonly get: (path: string | undefined) => Promise<Report>;
  /** Takes a change in force: at once where that is possible, else by beginning anew, on probation. */
  readonly change: (wish: ConfigWish) => Promise<Report>;
  /** Ends the probation: the change is kept. */
  readonly confirm: () => Promise<Report>;
  /** Takes the newest change back. */
  readonly rollback: () => Promise<Report>;
};

export type LogHands = {
  readonly level: () => LogLevel;
  /** From now on, until the agent begins anew. */
  readonly setLevel: (level: LogLevel) => void;
};

/** Who moves the car. `pause` and `resume` are the model's. */
export type PilotAction = "model" | "stick" | "pause" | "resume";

export type DriveHands = {
  readonly state: () => DriveReport;
  /** @param model another one than the configured; with `model` only. */
  readonly pilot: (action: PilotAction, model?: string) => Promise<DriveReport>;
  /** Gives the wheel back that somebody far away holds. */
  readonly release: () => Promise<DriveReport>;
  /** Stops the car at once, whoever drives. @param reason for the record. */
  readonly stop: (reason: string) => Promise<DriveReport>;
};

/** The agent's hands. Every method may throw RemoteRefusal with a reason the asker can act on. */
export type RemoteHands = {
  /** Everything a person wants to know first. */
  readonly status: () => Promise<Report>;
  /** What the store holds, waits for and dropped. */
  readonly stats: () => Promise<Report>;
  readonly record: RecordHands;
  /** The template of the next run. */
  readonly session: () => Readonly<Record<string, string>>;
  readonly camera: CameraHands;
  /** The newest picture of a camera (undefined: the first camera); null: none was taken yet. */
  readonly snapshot: (camera: string | undefined) => Promise<Snapshot | null>;
  readonly model: ModelHands;
  readonly individuals: IndividualHands;
  readonly sync: SyncHands;
  readonly config: ConfigHands;
  readonly log: LogHands;
  readonly drive: DriveHands;
  /** Begins anew, with the configuration as it is on disk now; the answer goes out before. */
  readonly restart: () => Promise<Report>;
};

/** A request that is understood and not possible now. The code is for programs, the message for people. */
export class RemoteRefusal extends Error {
  override readonly name = "RemoteRefusal";
  /** Lower-case words joined by _, stable: "not_recording". */
  readonly code: string;
  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

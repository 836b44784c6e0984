// What a person far away can have the agent do. The agent implements it; commands.ts asks for it.

/** A picture for somebody who cannot reach the disk. */
export type Snapshot = {
  readonly imgId: string;
  readonly camera: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
};

/** The agent's hands. Every method may throw RemoteRefusal with a reason the asker can act on. */
export type RemoteHands = {
  /** Everything a person wants to know first; JSON. */
  readonly status: () => Promise<Readonly<Record<string, unknown>>>;
  readonly record: {
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
  };
  /** Starts sending what waits, now; resolves with the figures of the outbox. */
  readonly syncNow: () => Promise<Readonly<Record<string, unknown>>>;
  /** The newest picture of a camera (undefined: the first camera); null: none was taken yet. */
  readonly snapshot: (camera: string | undefined) => Promise<Snapshot | null>;
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

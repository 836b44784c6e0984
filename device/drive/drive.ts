// The drive interface: steering and throttle of a car, whatever moves it.

/** What a driver wants. Both −1..1; steering −1 is full left, throttle 0 is stop, negative is reverse. */
export type DriveCommand = { readonly steering: number; readonly throttle: number };

/** What the drive is doing. */
export type DriveState = {
  /** false: it writes neutral only, whatever is asked. */
  readonly armed: boolean;
  /** The command in force after clamps and slew. */
  readonly applied: DriveCommand;
  /** Why it was last set to neutral; null when it never was. */
  readonly neutralReason: string | null;
};

/** A drive. Life: open (neutral) → arm → apply… → close (neutral). */
export type Drive = {
  readonly name: string;
  /** false: nothing can move (somebody else drives), so nothing has to be armed before what the stick says counts. */
  readonly moves: boolean;
  /** Allows movement; the last command must have been neutral. Idempotent. */
  readonly arm: () => Promise<void>;
  /** Sets steering and throttle; clamped, never throws for a value out of range. Non-finite values count as neutral. */
  readonly apply: (command: DriveCommand) => Promise<void>;
  /** Stops at once and disarms; never limited by slew. Idempotent. */
  readonly neutral: (reason: string) => Promise<void>;
  readonly state: () => DriveState;
  /** Neutral, then free; may be called twice. */
  readonly close: () => Promise<void>;
};

export const neutralCommand: DriveCommand = { steering: 0, throttle: 0 };

// The drive interface: steering and throttle of a car, whatever moves it.

/** What a driver wants. Both −1..1; steering −1 is full left, throttle 0 is stop, negative is reverse. */
export type DriveCommand = { readonly steering: number; readonly throttle: number };

/** How long a command may be in force without a fresh one, ms. */
export type Freshness = { readonly validMs: number };

/** A driver on the machine says what it wants at least this often (a person's thumb at rest says nothing by itself). */
export const localValidMs = 200;
/** The longest that a command from afar may be in force; remote drivers may ask for less. */
export const remoteValidMs = 500;

/** What the drive is doing. */
export type DriveState = {
  /** false: it writes neutral only, whatever is asked. */
  readonly armed: boolean;
  /** The command in force after clamps and slew. */
  readonly applied: DriveCommand;
  /** Why it was last set to neutral; null when it never was. */
  readonly neutralReason: string | null;
};

/** The drive stopped the car by itself: no fresh command came, or whoever commands it is gone. */
export type FailSafe = {
  /** stale: no command in time. lost: the commanding process died, hung or closed its pipe. guard: the guard itself died. bus: the board failed. */
  readonly cause: "stale" | "lost" | "guard" | "bus";
  /** For a person. */
  readonly reason: string;
  /** Monotonic ns at which neutral was written (at which it was noticed, for `guard`). */
  readonly atNs: number;
  /** Age of the newest command then, ms. */
  readonly silentMs: number;
  /** The command that was in force. */
  readonly applied: DriveCommand;
};

/** A drive. Life: open (neutral) → arm → apply… → close (neutral). */
export type Drive = {
  readonly name: string;
  /** false: nothing can move (somebody else drives), so nothing has to be armed before what the stick says counts. */
  readonly moves: boolean;
  /**
   * Allows movement; the last command must have been neutral (after a stop that the drive made by itself: one that came since).
   * Idempotent. A guarded drive waits until its guard is there. @throws when the stick is not at rest, or a stop came meanwhile.
   */
  readonly arm: () => Promise<void>;
  /**
   * Sets steering and throttle; clamped, never throws for a value out of range. Non-finite values count as neutral. A guarded drive
   * stops and disarms when nothing fresh follows within `validMs` (default `localValidMs`), a little earlier in fact; others do not
   * look at it. Call it at least every 50 ms while somebody drives, as often as you like, and also while disarmed: nothing moves then,
   * and the drive knows that the stick is at rest. Without a guard process for the moment it does nothing; `state()` says disarmed.
   */
  readonly apply: (command: DriveCommand, freshness?: Freshness) => Promise<void>;
  /** Stops at once and disarms; never limited by slew. Idempotent. */
  readonly neutral: (reason: string) => Promise<void>;
  readonly state: () => DriveState;
  /** Hears every stop that the drive made by itself; returns how to stop hearing. Not there: nothing watches over this drive. */
  readonly onFailSafe?: (listener: (failSafe: FailSafe) => void) => () => void;
  /** Neutral, then free; may be called twice. */
  readonly close: () => Promise<void>;
};

export const neutralCommand: DriveCommand = { steering: 0, throttle: 0 };

// Driving over MQTT: what a driver far away publishes on `control/drive` and what the car says on `drive/state`. Both ends use this.
import { z } from "zod";

/**
 * `<base>/<device>/control/drive`, QoS 0, never retained, 10 to 30 times a second while the driver holds the button. The first message of
 * a driver, and the first after every stop, must be neutral and carry `arm: true`.
 */
export const controlDriveSchema = z.strictObject({
  /** Rises by one with every message of a driver; what is not newer than the last is dropped. */
  seq: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  /** The driver's own monotonic clock, ms: a message that took longer than `validMs` more than the quickest one is stale. */
  sentMs: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
  /** How long it may be in force without a fresh one, ms. */
  validMs: z.number().int().min(50).max(500).default(500),
  /** −1 full left … 1 full right. */
  steer: z.number().min(-1).max(1),
  /** −1 full reverse … 1 full ahead. */
  throttle: z.number().min(-1).max(1),
  /** Hold to run: false means neutral and the end of the drive's right to move. */
  hold: z.boolean(),
  /** Who drives: one at a time. Made up by the client at its start. */
  driver: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected 1–64 letters, digits, - or _"),
  /** The explicit button that lets the car move (again); counts with throttle 0 only. */
  arm: z.boolean().default(false),
  /** true: gives the wheel to whoever asks next. */
  release: z.boolean().default(false),
});
export type ControlDrive = z.output<typeof controlDriveSchema>;

/** `<base>/<device>/drive/state`, retained: said at every change of a word, and with the health. */
export type DriveReport = {
  /** Who moves the car now; null: it stands and nobody has armed it. */
  readonly driver: "stick" | "remote" | "model" | null;
  /** The remote driver that holds the wheel; null: it is free. */
  readonly holder: string | null;
  readonly armed: boolean;
  readonly steering: number;
  readonly throttle: number;
  /** Whether it may be driven from afar; why not, for a person. */
  readonly remote: { readonly allowed: boolean; readonly why: string | null };
  readonly pilot: {
    readonly model: string | null;
    readonly state: "off" | "driving" | "paused" | "failed";
    /** Why it does not drive although it was asked to; null: it drives, or nobody asked. */
    readonly reason: string | null;
  };
  /** How the model and the person agree in this run, −1..1 of the wheel; null: the model does not look while a person drives. */
  readonly shadow: {
    readonly frames: number;
    readonly meanDifference: number | null;
    /** Share of frames with a difference beyond a quarter. */
    readonly shareBeyond: number | null;
  } | null;
  /** The newest stop that was not asked for. */
  readonly failSafe: { readonly cause: string; readonly reason: string; readonly at: string } | null;
  /** Fail-safes since the start, by cause. */
  readonly failSafes: Readonly<Record<string, number>>;
  /** Control messages that were not obeyed, by reason (stale, old, malformed, not_yours, not_armed, not_allowed, retained). */
  readonly ignored: Readonly<Record<string, number>>;
};

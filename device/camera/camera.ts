// The camera interface. One driver a file beside this one; `open.ts` picks the driver by URL.
import type { Clock } from "../clock.ts";
import type { CapturedFrame } from "../frame.ts";
import type { Log } from "../log.ts";
import type { ReplayStart } from "../replay-start.ts";

/** How a camera is doing. `stalled`: its process lives but no new picture comes. */
export type CameraState = "starting" | "online" | "stalled" | "offline" | "ended";

/** Figures of a camera since it was opened. */
export type CameraStatus = {
  readonly state: CameraState;
  /** Pictures handed to the consumer. */
  readonly frames: number;
  /** Pictures lost before the consumer, by reason ("lag", "corrupt", "oversize", …). */
  readonly dropped: Readonly<Record<string, number>>;
  readonly restarts: number;
  /** Monotonic ns of the newest picture that differed from the one before; null before the first. */
  readonly newestFrameNs: number | null;
  /** Frames per second over the last seconds. */
  readonly fps: number;
  /** The last thing that went wrong, for a person; null when nothing did. */
  readonly problem: string | null;
};

/** A source of frames. Life: open → frames() once → close(). */
export type Camera = {
  readonly id: string;
  /**
   * The pictures as they come; one consumer. Never blocks the source: a consumer that lags loses the oldest waiting
   * pictures, counted under dropped.lag. Ends when the source ends (folder, file, tub) or the signal aborts; a live camera
   * that fails is restarted inside and does not end.
   */
  readonly frames: (signal: AbortSignal) => AsyncIterable<CapturedFrame>;
  readonly status: () => CameraStatus;
  /** Stops and frees everything; may be called twice. */
  readonly close: () => Promise<void>;
};

/** What every driver is given. */
export type CameraDeps = {
  readonly clock: Clock;
  readonly log: Log;
  /** When replays begin, shared with the gamepad; not given: a replay begins with its own first picture. */
  readonly replayStartNs?: ReplayStart;
};

/** What a person may set for a camera; a driver takes what it can do. */
export type CameraSettings = {
  readonly id: string;
  /** Driver and place: `sim:track?seed=1`, `sim:reserve`, `folder:DIR?loop=1`, `tub:DIR`, `ffmpeg:/dev/video0`, `rpicam:0`, …. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** JPEG quality 1–100. */
  readonly quality: number;
};

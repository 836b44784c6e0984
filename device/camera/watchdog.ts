// Judges whether a running camera is well by what it gives: no picture, the same picture, too few, broken ones.
// Knows no process and no clock; it is told when things happen and asked now and then.
import { createHash } from "node:crypto";

/** What is expected of a camera; times in ms. */
export type WatchdogLimits = {
  /** Until the first picture. */
  readonly firstFrameMs: number;
  /** Between two pictures, stretched to three periods of a slow camera. */
  readonly noFrameMs: number;
  /** The same bytes for so long is a frozen picture; null: pictures may be the same. */
  readonly frozenMs: number | null;
  /** Pictures per second that were asked for; null: any rate is right. */
  readonly fps: number | null;
};

/** What is wrong. `mend`: restart it; otherwise it is only told. */
export type CameraFault = {
  readonly kind: "no frame" | "frozen" | "low rate" | "corrupt";
  readonly mend: boolean;
  readonly problem: string;
};

/** Life: one per start of a camera. All times are monotonic ns. */
export type Watchdog = {
  /** A picture came. Returns whether it differs from the one before. */
  readonly saw: (bytes: Uint8Array, atNs: number) => boolean;
  /** A picture came broken. */
  readonly lost: (atNs: number) => void;
  /** The silence up to now was the consumer's wish. */
  readonly excuse: (atNs: number) => void;
  /** null: it is well. */
  readonly check: (atNs: number) => CameraFault | null;
};

export const defaultWatchdogLimits: WatchdogLimits = {
  firstFrameMs: 10_000,
  noFrameMs: 2_000,
  frozenMs: 10_000,
  fps: null,
};

/** Half the rate is told, not mended: a USB camera lengthens its exposure in the dark by itself, and a restart only loses more. */
const lowShare = 0.5;
const deadShare = 0.1;

/** Starts watching a camera that was started at `startNs`. */
export function createWatchdog(limits: WatchdogLimits, startNs: number): Watchdog {
  const periodMs = limits.fps === null ? 0 : 1000 / limits.fps;
  // Long enough for ten pictures, or a slow camera would seem to stand between two.
  const windowNs = Math.max(5000, 10 * periodMs) * 1e6;
  const isNew = createChangeDetector();
  const good: number[] = [];
  const broken: number[] = [];
  let firstNs: number | null = null;
  let lastNs = startNs;
  let changedNs = startNs;
  let repeats = 0;

  function forget(times: number[], atNs: number): void {
    while (times.length > 0 && times[0]! < atNs - windowNs) times.shift();
  }

  function silence(atNs: number): CameraFault | null {
    const limitMs = Math.max(firstNs === null ? limits.firstFrameMs : limits.noFrameMs, 3 * periodMs);
    if (atNs - lastNs <= limitMs * 1e6) return null;
    const what = firstNs === null ? "a first picture" : "a picture";
    return { kind: "no frame", mend: true, problem: `Expected ${what} within ${limitMs} ms, got none` };
  }

  function frozen(atNs: number): CameraFault | null {
    if (limits.frozenMs === null || repeats < 3 || atNs - changedNs <= limits.frozenMs * 1e6) return null;
    const problem = `Expected the picture to change within ${limits.frozenMs} ms, got the same bytes again and again`;
    return { kind: "frozen", mend: true, problem };
  }

  function corrupt(): CameraFault | null {
    if (broken.length < 3 || broken.length <= good.length) return null;
    const problem = `Expected whole pictures, got ${broken.length} broken and ${good.length} whole ones in ${windowNs / 1e9} s`;
    return { kind: "corrupt", mend: true, problem };
  }

  function lowRate(atNs: number): CameraFault | null {
    if (limits.fps === null || firstNs === null || atNs - firstNs < windowNs) return null;
    const rate = good.length / (windowNs / 1e9);
    if (rate >= limits.fps * lowShare) return null;
    const problem = `Expected ${limits.fps} pictures a second, got ${rate.toFixed(1)}`;
    return { kind: "low rate", mend: rate < limits.fps * deadShare, problem };
  }

  return {
    saw: (bytes, atNs) => {
      firstNs ??= atNs;
      lastNs = atNs;
      good.push(atNs);
      forget(good, atNs);
      const changed = isNew(bytes);
      if (changed) changedNs = atNs;
      repeats = changed ? 0 : repeats + 1;
      return changed;
    },
    lost: (atNs) => {
      broken.push(atNs);
      forget(broken, atNs);
    },
    excuse: (atNs) => {
      lastNs = atNs;
      changedNs = atNs;
    },
    check: (atNs) => {
      forget(good, atNs);
      forget(broken, atNs);
      return corrupt() ?? silence(atNs) ?? frozen(atNs) ?? lowRate(atNs);
    },
  };
}

/** Tells a picture from the one before by size, and by hash only when the sizes are equal: a live sensor's seldom are. */
function createChangeDetector(): (bytes: Uint8Array) => boolean {
  let size = -1;
  let hash: string | null = null;
  return (bytes) => {
    const before = hash;
    if (bytes.length !== size) {
      size = bytes.length;
      hash = null;
      return true;
    }
    hash = createHash("sha1").update(bytes).digest("base64");
    return hash !== before;
  };
}

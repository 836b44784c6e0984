// Which frames of a camera are worth a look of the detector: by the clock, by day and night, by motion. Cheap, and outside the line
// of those that wait for the detector.
import type { CapturedFrame } from "../../device/frame.ts";
import { isWithinHours } from "../../device/hours.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import { createMotionGate } from "../../models/motion.ts";
import type { CameraConfig, Config } from "../config.ts";
import type { SkipReason } from "./camera-figures.ts";
import { createFrozenJudge, type FrozenVerdict } from "./frozen.ts";
import type { Daylight } from "./night.ts";

export type GatekeeperOptions = {
  readonly settings: CameraConfig["watch"];
  readonly motion: Config["watch"]["motion"];
  /** true: every frame counts (a folder): no interval, no schedule, no motion, no night. */
  readonly looksAtAll: boolean;
  readonly decodeGrey: (
    bytes: Uint8Array,
    size: { readonly width: number; readonly height: number },
  ) => Promise<Uint8Array>;
  readonly daylightAt: (atNs: number) => Daylight;
  /** Something is there already: no motion is waited for. */
  readonly isExpecting: () => boolean;
  /** Told when the picture has begun to stand still, and when it goes on. */
  readonly onFrozen: (verdict: FrozenVerdict) => void;
};

export type Gatekeeper = {
  /** Why a frame is not looked at; null: it is. @throws PictureError when it cannot be decoded. */
  readonly judge: (frame: CapturedFrame) => Promise<SkipReason | null>;
  /** Whether the picture stands still although frames come. */
  readonly isFrozen: () => boolean;
};

/** Cameras are not exact to the millisecond: a frame may come this share of the interval early. */
const earlyShare = 0.1;
/** How often a resting camera is looked at to see whether it is day again, ns. */
const restingLookNs = 10e9;
const greySize = { width: 64, height: 48 };

export function createGatekeeper(options: GatekeeperOptions): Gatekeeper {
  const { settings, motion } = options;
  const gate = createMotionGate(motion);
  const still = createFrozenJudge();
  let isFrozen = false;
  let judgedNs = Number.NEGATIVE_INFINITY;
  let passedNs = Number.NEGATIVE_INFINITY;

  const pass = (atNs: number): null => {
    passedNs = atNs;
    return null;
  };
  /** Whether a frame shows nothing but what has been shown for long. */
  const standsStill = (frame: CapturedFrame, grey: Uint8Array | null): boolean => {
    const verdict = still.look({ atNs: frame.moment.monotonicNs, sha256: sha256Hex(frame.bytes), grey });
    if (verdict.frozen !== isFrozen) {
      isFrozen = verdict.frozen;
      options.onFrozen(verdict);
    }
    return isFrozen;
  };
  return {
    isFrozen: () => isFrozen,
    judge: async (frame) => {
      const atNs = frame.moment.monotonicNs;
      if (options.looksAtAll) return pass(atNs);
      if (atNs - judgedNs < settings.everyMs * 1e6 * (1 - earlyShare)) return "interval";
      judgedNs = atNs;
      if (!isWithinHours(settings.schedule, new Date(frame.moment.wallUs / 1000))) return "schedule";
      if (settings.night === "rest" && options.daylightAt(atNs) === "night")
        return atNs - passedNs < restingLookNs ? "night" : pass(atNs);
      if (!motion.enabled || !settings.motion || options.isExpecting())
        return standsStill(frame, null) ? "frozen" : pass(atNs);
      const pixels = await options.decodeGrey(frame.bytes, greySize);
      if (standsStill(frame, pixels)) return "frozen";
      const { moves } = gate.look({ ...greySize, pixels });
      if (moves || atNs - passedNs >= motion.everyMs * 1e6) return pass(atNs);
      return "no motion";
    },
  };
}

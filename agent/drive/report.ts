// What is said of who drives, on `drive/state` and to those who ask.
import type { DriveCommand } from "../../device/drive/drive.ts";
import type { DriveReport } from "../remote/drive-messages.ts";
import type { Autopilot } from "./autopilot.ts";
import type { RemoteDriver } from "./remote-driver.ts";
import type { ShadowFigures } from "./shadow.ts";
import type { Stop, Wheel } from "./wheel.ts";

export function reportDriving(parts: {
  readonly wheel: Wheel;
  readonly remote: RemoteDriver;
  readonly pilot: Pick<Autopilot, "report">;
  /** What the car does now. */
  readonly applied: DriveCommand;
  readonly shadow: ShadowFigures | null;
}): DriveReport {
  const { wheel, remote, applied, shadow } = parts;
  const driver = wheel.driver();
  const { newest, counts } = wheel.stops();
  const why = remote.refusal();
  return {
    driver: driver?.kind ?? null,
    holder: remote.holder(),
    armed: driver !== null,
    steering: applied.steering,
    throttle: applied.throttle,
    remote: { allowed: why === null, why },
    pilot: parts.pilot.report(),
    shadow:
      shadow === null
        ? null
        : { frames: shadow.frames, meanDifference: shadow.meanDifference, shareBeyond: shadow.shareBeyond },
    failSafe: newest === null ? null : describeStop(newest),
    failSafes: counts,
    ignored: remote.ignored(),
  };
}

/** A stop that nobody asked for, for programs and people. */
export function describeStop({ cause, reason, atUs }: Stop): NonNullable<DriveReport["failSafe"]> {
  return { cause, reason, at: new Date(atUs / 1000).toISOString() };
}

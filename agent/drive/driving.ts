// Who may drive the car of an agent, put together: the wheel, the stick at the car and somebody far away; and what is said of it.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { Config } from "../config.ts";
import type { Devices } from "../devices.ts";
import type { Emit } from "../events.ts";
import type { DriveReport } from "../remote/drive-messages.ts";
import { createRemoteDriver, type RemoteDriver } from "./remote-driver.ts";
import { createStick, type Stick } from "./stick.ts";
import { createWheel, type Stop, type Wheel } from "./wheel.ts";

/** Life: create → the recorder follows wheel and stick → close, before the drive is closed. */
export type Driving = {
  readonly wheel: Wheel;
  readonly stick: Stick;
  readonly remote: RemoteDriver;
  readonly report: () => DriveReport;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

export type DrivingOptions = {
  readonly config: Config;
  readonly devices: Pick<Devices, "gamepad" | "drive">;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
};

export function createDriving({ config, devices, clock, log, emit }: DrivingOptions): Driving {
  const { gamepad, drive } = devices;
  const wheel = createWheel({ drive, clock, log });
  const stick = createStick({ gamepad, wheel, clock, log, throttleLimit: config.record.throttleLimit });
  const { throttleLimit, validMs, leaseMs } = config.drive.remote;
  const remote = createRemoteDriver({
    wheel,
    stick,
    clock,
    log,
    refusal: refusalOf(config),
    throttleLimit,
    validMs,
    leaseMs,
  });
  tellOf(wheel, { log, emit });
  return {
    wheel,
    stick,
    remote,
    report: () => {
      const { armed, applied } = drive.state();
      const { newest, counts } = wheel.stops();
      const driver = wheel.driver();
      const why = remote.refusal();
      return {
        driver: driver?.kind ?? null,
        holder: remote.holder(),
        armed: armed && driver !== null,
        steering: applied.steering,
        throttle: applied.throttle,
        remote: { allowed: why === null, why },
        pilot: { model: null, state: "off" },
        failSafe: newest === null ? null : reportOf(newest),
        failSafes: counts,
        ignored: remote.ignored(),
      };
    },
    close: async () => wheel.close(),
  };
}

/** Why the configuration does not let somebody far away drive; null: it does. */
function refusalOf({ drive, cameras }: Config): string | null {
  if (drive.remote.enabled === true) return null;
  if (drive.remote.enabled === false) return "drive.remote.enabled is false";
  const isSimulated =
    drive.url.startsWith("sim:") ||
    (drive.url === "auto" && cameras.some(({ url }) => url.startsWith("sim:track")));
  return isSimulated ? null : "drive.remote.enabled is not set, and this car is a real one";
}

/** Everything that changes at the wheel is an event; a stop that nobody asked for is an alert. */
function tellOf(wheel: Wheel, { log, emit }: Pick<DrivingOptions, "log" | "emit">): void {
  const say = (type: string, body: Readonly<Record<string, unknown>>, alert: boolean): void => {
    emit(type, body, { alert }).catch((cause: unknown) =>
      log.error({ cause, type }, "an event could not be kept"),
    );
  };
  wheel.onChange((change) => {
    if (change.kind === "driver") {
      const { driver, reason } = change;
      log.info({ driver: driver?.kind ?? null, reason }, "somebody else drives");
      say(
        "drive.driver",
        { driver: driver?.kind ?? null, createdBy: driver?.createdBy ?? null, reason },
        false,
      );
    }
    if (change.kind === "failSafe") {
      const { cause, reason, driver } = change.stop;
      log.warn({ cause, reason, driver: driver?.kind ?? null }, "the car was stopped");
      say("drive.fail_safe", { ...reportOf(change.stop), driver: driver?.kind ?? null }, true);
    }
  });
}

function reportOf({ cause, reason, atUs }: Stop): NonNullable<DriveReport["failSafe"]> {
  return { cause, reason, at: new Date(atUs / 1000).toISOString() };
}

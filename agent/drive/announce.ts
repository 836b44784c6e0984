// Tells what happens at the wheel: every change of the driver is an event, a stop that nobody asked for an alert.
import type { Log } from "../../device/log.ts";
import type { Emit } from "../events.ts";
import type { PilotReport } from "./autopilot.ts";
import { describeStop } from "./report.ts";
import type { Wheel } from "./wheel.ts";

/** Begins at once, until the wheel is closed. */
export function announceWheel(
  wheel: Pick<Wheel, "onChange">,
  { log, emit }: { readonly log: Log; readonly emit: Emit },
): { readonly pilot: (report: PilotReport) => void } {
  const say = (type: string, body: Readonly<Record<string, unknown>>, alert = false): void => {
    emit(type, body, { alert }).catch((cause: unknown) =>
      log.error({ cause, type }, "an event could not be kept"),
    );
  };
  wheel.onChange((change) => {
    if (change.kind === "driver") {
      const driver = change.driver?.kind ?? null;
      const { reason } = change;
      log.info(
        { driver, reason },
        driver === null ? "nobody drives any more" : `the ${driver} driver has the wheel`,
      );
      say("drive.driver", { driver, createdBy: change.driver?.createdBy ?? null, reason });
    }
    if (change.kind === "failSafe") {
      const { cause, reason } = change.stop;
      const driver = change.stop.driver?.kind ?? null;
      log.warn({ cause, reason, driver }, "the car was stopped");
      say("drive.fail_safe", { ...describeStop(change.stop), driver }, true);
    }
  });
  return {
    pilot: (report) => {
      log.info(report, "the model that drives");
      say("drive.pilot", report);
    },
  };
}

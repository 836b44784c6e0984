// Which lanes may go now, and why the others may not: paused by a person, outside the upload hours, or the link costs money.
import type { Clock } from "../device/clock.ts";
import { isWithinHours, nextOpening } from "../device/hours.ts";
import type { Lane } from "../device/store/outbox.ts";
import type { SyncLimits } from "./limits.ts";

/** Why a lane may not go now, for a person ("window opens at 22:00"); null: it may. Alerts pass at any hour and price. */
export type Gate = (lane: Lane) => string | null;

export type GateOptions = {
  readonly limits: () => SyncLimits;
  readonly isPaused: () => boolean;
  /** What the system says of the link, for `metered: auto`. */
  readonly isMetered: () => boolean;
  readonly clock: Pick<Clock, "now">;
};

export function createGate({ limits, isPaused, isMetered, clock }: GateOptions): Gate {
  return (lane) => {
    if (isPaused()) return "paused";
    if (lane === "alert") return null;
    const { windows, metered, meteredLanes } = limits();
    if ((metered === "auto" ? isMetered() : metered) && !meteredLanes.includes(lane)) {
      const goes = [...new Set<Lane>(["alert", ...meteredLanes])];
      return `metered: only ${goes.join(", ")}`;
    }
    if (windows.length === 0) return null;
    const at = new Date(clock.now().wallUs / 1000);
    if (isWithinHours(windows, at)) return null;
    const opens = nextOpening(windows, at);
    return opens === null ? "no window ever opens" : `window opens at ${opens}`;
  };
}

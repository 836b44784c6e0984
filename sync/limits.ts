// What keeps a link from being used as it pleases us: a cap, hours, and what may go while it costs money. Alerts override hours.
import type { Lane } from "../device/store/outbox.ts";

/** Hours of a day (local time), e.g. from "22:00" to "06:00" on some days; none: always. */
export type TimeWindow = {
  readonly from: string;
  readonly to: string;
  readonly days?: readonly ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
};

export type SyncLimits = {
  /** Most bytes a second over all targets together; null: no cap. */
  readonly bytesPerSecond: number | null;
  readonly windows: readonly TimeWindow[];
  /** auto: as the system says of the interface. */
  readonly metered: boolean | "auto";
  /** What goes over a metered link. */
  readonly meteredLanes: readonly Lane[];
  /** Share that is kept for the lowest lane, 0..0.5. */
  readonly lowestShare: number;
};

export const noLimits: SyncLimits = {
  bytesPerSecond: null,
  windows: [],
  metered: false,
  meteredLanes: ["alert"],
  lowestShare: 0.125,
};

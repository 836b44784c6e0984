// What every part of the platform is given.
import type { Call } from "../call.ts";
import type { Route } from "../router.ts";
import type { Micros } from "../times.ts";
import type { RiskScore } from "./risk.ts";
import type { PlatformTables, Role } from "./tables.ts";

/** Who asks: a person's account, or a camera. */
export type Asker = {
  readonly id: number;
  readonly organizationId: number;
  readonly scope: Role | "camera";
};

export type PlatformService = {
  readonly tables: PlatformTables;
  readonly now: () => Micros;
  /** Finds who asks and whether it is for them. @throws Refused */
  readonly only: (...scopes: readonly Asker["scope"][]) => (call: Call) => Asker;
  readonly issue: (asker: Asker) => string;
  /** Fire weather of a day, YYYY-MM-DD. */
  readonly riskOf: (day: string) => RiskScore;
};

export type PlatformRoute = Route<Asker>;

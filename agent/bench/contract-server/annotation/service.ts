// What every part of the annotation API is given.
import type { Call } from "../call.ts";
import type { Route } from "../router.ts";
import type { Micros } from "../times.ts";
import type { Tables, UserRecord } from "./tables.ts";

export type AnnotationService = {
  readonly tables: Tables;
  readonly now: () => Micros;
  /** Finds who asks. @throws Refused */
  readonly anyUser: (call: Call) => UserRecord;
  /** Who may write detection annotations. */
  readonly localizer: (call: Call) => UserRecord;
  readonly superuser: (call: Call) => UserRecord;
  /** Also the two stages of servers before 2026-07-28. */
  readonly stages: readonly string[];
  /** An object of the platform's bucket of an organisation; null: not there. */
  readonly platformObject: (organisationId: number, key: string) => Promise<Buffer | null>;
};

export type AnnotationRoute = Route<UserRecord>;

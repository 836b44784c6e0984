// A finding of the doctor: one part of the machine, how it is, and what mends it.

/**
 * `missing`: not there, and the configuration does not need it. `warning`: it works, but not as well as it should.
 * `broken`: needed, and not working.
 */
export type FindingState = "ok" | "missing" | "warning" | "broken";

export type Finding = {
  readonly part: string;
  readonly state: FindingState;
  readonly found: string;
  /** What mends it; null when nothing has to be. */
  readonly fix: string | null;
};

/** A part that is well, or in `state` if it is not. */
export function finding(
  part: string,
  isOk: boolean,
  found: string,
  otherwise: { readonly state: Exclude<FindingState, "ok">; readonly fix: string },
): Finding {
  return isOk ? { part, state: "ok", found, fix: null } : { part, found, ...otherwise };
}

/** A part that some configurations need: `found` null says that it is not there. */
export function optional(part: string, found: string | null, isNeeded: boolean, fix: string): Finding {
  if (found !== null) return { part, state: "ok", found, fix: null };
  return {
    part,
    state: isNeeded ? "broken" : "missing",
    found: isNeeded ? "not there, and this configuration needs it" : "not there (not needed now)",
    fix,
  };
}

/** The first line of what was thrown. */
export function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
}

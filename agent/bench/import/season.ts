// What the platform of this bench holds, beside its sequences: three days of ten cameras of three organizations.

export const benchSeason = { from: "2026-07-01", days: 3, organizations: 3, cameras: 10 } as const;

/** Its days, as an import is asked for them. */
export const benchDays = { from: "2026-07-01", end: "2026-07-03" } as const;

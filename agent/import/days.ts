// Days as the platform counts them: UTC, YYYY-MM-DD.

const dayMs = 86_400_000;
/** Ten years are a mistake in the year, and would be 3650 requests. */
const maxDays = 3660;

/** Whether a text is a real day: 2024-02-30 is none. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && dayOf(at) === text;
}

/** The UTC day of a moment, ms since 1970. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Every day from the first to the last, both included. @throws RangeError when they are more than ten years. */
export function daysBetween(first: string, last: string): readonly string[] {
  const from = Date.parse(`${first}T00:00:00Z`);
  const count = Math.round((Date.parse(`${last}T00:00:00Z`) - from) / dayMs) + 1;
  if (count > maxDays) throw new RangeError(`expected at most ${maxDays} days, got ${count}`);
  return Array.from({ length: Math.max(0, count) }, (_, index) => dayOf(from + index * dayMs));
}

// When something is due by a cron expression, in UTC.
import { Cron } from "croner";

/** ms since 1970 of the next time after `fromMs`; null: never again. @throws when it is no cron expression. */
export function nextRunMs(expression: string, fromMs: number): number | null {
  const next = new Cron(expression, { timezone: "UTC", paused: true }).nextRun(new Date(fromMs));
  return next === null ? null : next.getTime();
}

/** What keeps a text from being a cron expression; null: nothing. */
export function cronProblem(expression: string): string | null {
  try {
    nextRunMs(expression, 0);
    return null;
  } catch (cause) {
    return (cause as Error).message;
  }
}

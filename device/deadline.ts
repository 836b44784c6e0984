// A signal that aborts after a while, and surely so.

/** Aborts `signal` after `ms` milliseconds, unless cleared before. */
export type Deadline = { readonly signal: AbortSignal; readonly clear: () => void };

/**
 * Sets a deadline. Not AbortSignal.timeout(): in Node 20 one that is only held by AbortSignal.any() may be collected as
 * garbage before it fires, and a recording that should have ended by itself then goes on for ever (seen here).
 */
export function deadline(ms: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException("the time is over", "TimeoutError")),
    Math.min(ms, maxTimerMs),
  );
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** setTimeout() takes a signed 32-bit number of milliseconds and fires at once for more. */
const maxTimerMs = 2 ** 31 - 1;

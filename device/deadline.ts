// A signal that aborts after a while, and surely so.
import { innerSignal } from "./inner-signal.ts";

/** Aborts `signal` after `ms` milliseconds, unless cleared before. */
export type Deadline = { readonly signal: AbortSignal; readonly clear: () => void };

/**
 * Sets a deadline. Not AbortSignal.timeout(): in Node 20 one that is only held by AbortSignal.any() may be collected as
 * garbage before it fires, and a recording that should have ended by itself then goes on for ever (seen here).
 * @param outer ends it before, with its own reason, until it is cleared
 */
export function deadline(ms: number, outer?: AbortSignal): Deadline {
  const inner = innerSignal(outer ?? new AbortController().signal);
  const timer = setTimeout(
    () => inner.abort(new DOMException("the time is over", "TimeoutError")),
    Math.min(ms, maxTimerMs),
  );
  const clear = (): void => {
    clearTimeout(timer);
    inner.release();
  };
  return { signal: inner.signal, clear };
}

/** setTimeout() takes a signed 32-bit number of milliseconds and fires at once for more. */
const maxTimerMs = 2 ** 31 - 1;

// A limit of time for one call among many under the same signal.
import { SyncError } from "./errors.ts";

export type WithinLimit = {
  /** Milliseconds for the whole. */
  readonly limitMs: number;
  /** `GET http://host/path`, for the message. */
  readonly doing: string;
  /** Ends the call for good, with its own reason. */
  readonly signal: AbortSignal;
};

/**
 * Runs `act` until the limit ends it. Not with AbortSignal.any(): in Node 20 each call of it leaves 2 kB in the signals it was made of,
 * and the outer one lives as long as the program (seen here).
 * @throws SyncError offline at the limit; the signal's reason when it was aborted; else what `act` throws.
 */
export async function withinLimit<T>(
  act: (signal: AbortSignal) => Promise<T>,
  { limitMs, doing, signal }: WithinLimit,
): Promise<T> {
  signal.throwIfAborted();
  const inner = new AbortController();
  let isOver = false;
  const timer = setTimeout(
    () => {
      isOver = true;
      inner.abort(new DOMException("the time is over", "TimeoutError"));
    },
    Math.min(limitMs, maxTimerMs),
  );
  const stop = (): void => inner.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await act(inner.signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (!isOver) throw cause;
    throw new SyncError("offline", `${doing}: not done within ${Math.ceil(limitMs / 1000)} s`, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** setTimeout() takes a signed 32-bit number of milliseconds and fires at once for more. */
const maxTimerMs = 2 ** 31 - 1;

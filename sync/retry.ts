// How long to wait before trying again: exponential back-off with full jitter, and the server's own word where it gave one.
import type { Clock } from "../device/clock.ts";
import { SyncError } from "./errors.ts";

/** The shape of the waiting. */
export type BackOff = {
  /** Upper bound of the first wait; default 1 000 ms. It doubles with each attempt. */
  readonly baseMs?: number;
  /** Upper bound of every wait; default 300 000 ms (5 min). */
  readonly capMs?: number;
};

const defaultBaseMs = 1_000;
const defaultCapMs = 300_000;
const maxRetryAfterMs = 86_400_000;

/**
 * The wait in ms before the attempt after `failures` failed ones (1, 2, …): anything from 0 to base·2^(failures-1), so that many
 * machines that lost one server do not come back in step. A Retry-After is the least we wait, up to a day.
 */
export function backoffMs(
  failures: number,
  options: BackOff & {
    /** Gives [0, 1). */
    readonly random: () => number;
    readonly retryAfterMs?: number | null;
  },
): number {
  const { baseMs = defaultBaseMs, capMs = defaultCapMs, random, retryAfterMs } = options;
  // 2^30 is far past any cap and still exact.
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30));
  const jitter = Math.floor(random() * bound);
  if (retryAfterMs === null || retryAfterMs === undefined) return jitter;
  return Math.min(retryAfterMs, maxRetryAfterMs) + Math.min(jitter, 1_000);
}

/**
 * Reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date. null: absent or unreadable.
 * @returns ms from `nowMs`, never negative.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // An HTTP date begins with the name of a day; Date.parse alone would take "-1" or "7.5" for a date.
  if (!/^[A-Z][a-z]{2}/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/**
 * What the headers of an answer (lower-case names) ask us to wait, ms; null: nothing. A date counts from the server's own Date: our
 * clock may be wrong by years, and would make a wait of a minute one of a day.
 */
export function retryAfterOf(
  headers: Readonly<Record<string, string>> | undefined,
  nowMs: number,
): number | null {
  const serverMs = Date.parse(headers?.date ?? "");
  return parseRetryAfter(headers?.["retry-after"], Number.isNaN(serverMs) ? nowMs : serverMs);
}

/** What `retry` needs of the world. */
export type RetryOptions = BackOff & {
  readonly clock: Pick<Clock, "sleep">;
  readonly random: () => number;
  /** Attempts in all, at least 1. */
  readonly attempts: number;
  readonly signal: AbortSignal;
  /** Called before each wait, for a log line. */
  readonly onWait?: (error: SyncError, waitMs: number) => void;
};

/**
 * Runs `act` until it succeeds, fails for good, or has failed `attempts` times; then throws the last error.
 * Offline and retryable failures are tried again, permanent ones and what is no SyncError are not.
 */
export async function retry<T>(act: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    options.signal.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof SyncError) || error.kind === "permanent" || failures >= options.attempts)
        throw error;
      const waitMs = backoffMs(failures, { ...options, retryAfterMs: error.retryAfterMs });
      options.onWait?.(error, waitMs);
      await options.clock.sleep(waitMs, options.signal);
    }
  }
}

// A limit of time for one call among many under the same signal.
import { deadline } from "../device/deadline.ts";
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
 * Runs `act` until the limit ends it.
 * @throws SyncError offline at the limit; the signal's reason when it was aborted; else what `act` throws.
 */
export async function withinLimit<T>(
  act: (signal: AbortSignal) => Promise<T>,
  { limitMs, doing, signal }: WithinLimit,
): Promise<T> {
  signal.throwIfAborted();
  const limit = deadline(limitMs, signal);
  try {
    return await act(limit.signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (!limit.signal.aborted) throw cause;
    throw new SyncError("offline", `${doing}: not done within ${Math.ceil(limitMs / 1000)} s`, { cause });
  } finally {
    limit.clear();
  }
}

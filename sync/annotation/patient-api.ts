// The annotation API, its calls tried again a few times where the failure may pass: a sequence is many calls, and one that fails now and then
// must not send the whole of it to rest each time.
import type { Clock } from "../../device/clock.ts";
import type { AnnotationApi } from "../clients/annotation-api.ts";
import { SyncError } from "../errors.ts";
import { retry } from "../retry.ts";

export type Patience = {
  readonly clock: Pick<Clock, "sleep">;
  /** Gives [0, 1). */
  readonly random: () => number;
};

/** Attempts of one call in all. */
const attempts = 4;
/** Waits of some seconds altogether: a link that is gone for longer is a matter of the whole target. */
const backOff = { baseMs: 500, capMs: 4_000 };

/** Every call finds by its natural key what an attempt before it did although its answer was lost. Lists and probes are left as they are. */
export function patientApi(api: AnnotationApi, { clock, random }: Patience): AnnotationApi {
  const again = async <T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> => {
    const attempt = async (): Promise<{ readonly value: T } | { readonly failure: SyncError }> => {
      try {
        return { value: await act() };
      } catch (cause) {
        if (cause instanceof SyncError && isForOthers(cause)) return { failure: cause };
        throw cause;
      }
    };
    const result = await retry(attempt, { ...backOff, attempts, clock, random, signal });
    if ("failure" in result) throw result.failure;
    return result.value;
  };
  return {
    ...api,
    createSequence: (draft, signal) => again(signal, () => api.createSequence(draft, signal)),
    findSequence: (key, signal) => again(signal, () => api.findSequence(key, signal)),
    deleteSequence: (id, signal) => again(signal, () => api.deleteSequence(id, signal)),
    createDetection: (draft, picture, signal) =>
      again(signal, () => api.createDetection(draft, picture, signal)),
    findAnnotation: (id, signal) => again(signal, () => api.findAnnotation(id, signal)),
    createAnnotation: (draft, signal) => again(signal, () => api.createAnnotation(draft, signal)),
    updateAnnotation: (id, change, signal) => again(signal, () => api.updateAnnotation(id, change, signal)),
  };
}

/** What a 500 is, only who knows the thing can say; and where the server asks for a long wait, the target rests, which can be ended. */
function isForOthers({ status, retryAfterMs }: SyncError): boolean {
  return status === 500 || (retryAfterMs !== null && retryAfterMs > backOff.capMs);
}

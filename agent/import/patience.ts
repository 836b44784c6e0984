// Every call of an import is tried again where its failure may pass, and said in the log with the time it took.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { SyncError } from "../../sync/errors.ts";
import { retry } from "../../sync/retry.ts";

/** Runs one call, again where its failure may pass. @param doing for the log: `create sequence 12`. */
export type Again = <T>(doing: string, act: () => Promise<T>) => Promise<T>;

export type PatienceOptions = {
  readonly clock: Pick<Clock, "sleep" | "monotonicNs">;
  /** Gives [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Attempts in all; with the back-off below eight are about half a minute. */
  readonly attempts?: number;
  /** Of them, those in a row that may find nobody at the address; default all. */
  readonly attemptsUnreachable?: number;
  /** Told of each call that is about to be tried again. */
  readonly onRetry: () => void;
};

const backOff = { baseMs: 500, capMs: 15_000 };
const defaultAttempts = 8;
/** A 500 may be what we sent: the server gives it for some bad values, too. */
const attemptsAt500 = 3;
/** Whoever asks to be left alone for longer is told to the person instead, who is waiting; ms. */
const mostAskedMs = 300_000;

export function createPatience(options: PatienceOptions): Again {
  const { clock, random, log, signal, attempts = defaultAttempts, onRetry } = options;
  const { attemptsUnreachable = attempts } = options;
  return async (doing, act) => {
    const startedNs = clock.monotonicNs();
    let fiveHundreds = 0;
    let unreachable = 0;
    const attempt = (): ReturnType<typeof act> =>
      act().catch((thrown: unknown) => {
        if (!(thrown instanceof SyncError)) throw thrown;
        fiveHundreds += thrown.status === 500 ? 1 : 0;
        unreachable = isUnreachable(thrown) ? unreachable + 1 : 0;
        if (fiveHundreds >= attemptsAt500)
          throw new SyncError("permanent", thrown.message, { cause: thrown, status: thrown.status });
        const isOver = unreachable >= attemptsUnreachable || (thrown.retryAfterMs ?? 0) > mostAskedMs;
        throw isOver ? new EndOfTrying(thrown) : thrown;
      });
    try {
      const answer = await retry(attempt, {
        ...backOff,
        clock,
        random,
        attempts,
        signal,
        onWait: (error, waitMs) => {
          onRetry();
          log.info({ waitMs, reason: error.message }, `${doing}: tried again`);
        },
      });
      log.debug({ ms: Math.round((clock.monotonicNs() - startedNs) / 1e6) }, doing);
      return answer;
    } catch (thrown) {
      const cause = thrown instanceof EndOfTrying ? thrown.last : thrown;
      if (!signal.aborted) log.debug({ cause }, `${doing}: failed`);
      throw cause;
    }
  };
}

/** What a wrong address answers, and a service that does not run. */
const unreachableCodes: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** A connection that breaks had somebody at its other end. */
function isUnreachable(failure: SyncError): boolean {
  for (let error: unknown = failure; error instanceof Error; error = error.cause) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
    if (unreachableCodes.has((first as { readonly code?: unknown }).code)) return true;
  }
  return false;
}

/** What is told is the last failure itself, of its own kind. */
class EndOfTrying extends Error {
  override readonly name = "EndOfTrying";
  readonly last: SyncError;
  constructor(last: SyncError) {
    super(last.message, { cause: last });
    this.last = last;
  }
}

/** All of a list that comes in pages. */
export async function collect<T>(rows: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

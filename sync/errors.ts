// The three kinds of failure of anything with a network in it, and what each means for the thing that waits.

/** offline: no way there, wait and keep. retryable: it answered badly, back off and keep. permanent: it will never take this, park it. */
export type FailureKind = "offline" | "retryable" | "permanent";

/** A failure to reach or please another system. The message is for a person and holds the server's own words. */
export class SyncError extends Error {
  override readonly name = "SyncError";
  readonly kind: FailureKind;
  /** What the server asked us to wait (Retry-After), ms; null when it asked nothing. */
  readonly retryAfterMs: number | null;
  /** The HTTP status that was answered; null when none was. */
  readonly status: number | null;

  constructor(
    kind: FailureKind,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number | null; status?: number | null } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.status = options.status ?? null;
  }
}

const offlineCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/** The failure kind of an HTTP status: 408, 425, 429 and 5xx pass, 401 and 403 may be mended by a person, the rest is final. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return "retryable";
  return "permanent";
}

/**
 * Makes a SyncError of anything thrown by a client library: a known socket code means offline, the rest is retryable.
 * @param said words for a person where the library's own are none; null: its own.
 */
export function asSyncError(cause: unknown, doing: string, said: string | null = null): SyncError {
  if (cause instanceof SyncError) return cause;
  const code = socketCode(cause);
  const words = said ?? (cause instanceof Error ? cause.message || cause.name : String(cause));
  if (code !== null && offlineCodes.has(code))
    return new SyncError("offline", `${doing}: ${words || code}`, { cause });
  return new SyncError("retryable", `${doing}: ${words}`, { cause });
}

function socketCode(thrown: unknown): string | null {
  for (let error = thrown, depth = 0; typeof error === "object" && error !== null && depth < 5; depth += 1) {
    if (error instanceof AggregateError && error.errors.length > 0) {
      error = error.errors[0];
      continue;
    }
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string") return code;
    error = (error as { cause?: unknown }).cause;
  }
  return null;
}

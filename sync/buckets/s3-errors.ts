// What an S3 client throws, made into our three kinds of failure with the server's own words.
import { asSyncError, type FailureKind, kindOfStatus, SyncError } from "../errors.ts";
import { retryAfterOf } from "../retry.ts";

/** The parts of a client error that we read; everything may be missing. */
type ClientError = {
  readonly name?: string;
  readonly message?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
};

/** Codes whose HTTP status (mostly 400, 403 or 409) would mislead: they pass by themselves. */
const passing = new Set([
  "SlowDown",
  "ThrottlingException",
  "RequestTimeout",
  "OperationAborted",
  "ConditionalRequestConflict",
  // Damaged on the way; the next copy may arrive whole.
  "BadDigest",
  "IncompleteBody",
  "XAmzContentSHA256Mismatch",
  // A fresh credential or a set clock mends these, without a person.
  "ExpiredToken",
  "RequestTimeTooSkewed",
  "RequestExpired",
]);

const clockCodes = new Set(["RequestTimeTooSkewed", "RequestExpired"]);
/** S3 allows 15 minutes; the client corrects itself from 5 on. */
const allowedSkewMs = 300_000;

/** The answer's HTTP status; null when there was no answer. */
export function statusOf(thrown: unknown): number | null {
  return (thrown as ClientError | null)?.$metadata?.httpStatusCode ?? null;
}

/** S3's error code, e.g. "NoSuchKey"; null when the answer carried none. */
export function codeOf(thrown: unknown): string | null {
  const error = thrown as ClientError | null;
  if (error?.Code !== undefined) return error.Code;
  if (statusOf(thrown) === null || ["Unknown", "UnknownError", "Error"].includes(error?.name ?? "Error"))
    return null;
  return error?.name ?? null;
}

/**
 * Whether the server refused the request for its time: it says so, or it says nothing (as to every HEAD) while its clock differs
 * from `nowMs`. The client has learned the server's clock from that answer.
 */
export function isClockSkew(thrown: unknown, nowMs: number): boolean {
  const code = codeOf(thrown);
  if (code !== null) return clockCodes.has(code);
  const serverMs = serverTimeMs(thrown);
  return statusOf(thrown) === 403 && serverMs !== null && Math.abs(serverMs - nowMs) > allowedSkewMs;
}

/** The time on the server's clock when it answered, ms since 1970; null when the answer does not say. */
export function serverTimeMs(thrown: unknown): number | null {
  const serverMs = Date.parse((thrown as ClientError | null)?.$response?.headers?.date ?? "");
  return Number.isNaN(serverMs) ? null : serverMs;
}

/** 501, or 400 naming the header: the server does not know conditional writes. */
export function isUnknownCondition(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === "NotImplemented" || (code === "InvalidArgument" && /if-none-match/i.test(String(thrown)));
}

/** Every S3 server sends an ETag. An answer without one came from something else (a captive portal says 200 to everything). */
export function entityTag(etag: string | undefined, doing: string): string {
  if (etag === undefined)
    throw new SyncError(
      "retryable",
      `${doing}: the answer has no ETag, so no object store gave it (a captive portal?)`,
    );
  return etag.replaceAll('"', "");
}

/** Makes a SyncError of anything the client throws. The client's error is not kept: it drags the signed request along. */
export function asS3Error(thrown: unknown, doing: string): SyncError {
  if (thrown instanceof SyncError) return thrown;
  const status = statusOf(thrown);
  if (status === null) {
    if ((thrown as ClientError | null)?.name === "TimeoutError")
      return new SyncError("offline", `${doing}: ${(thrown as Error).message}`, { cause: thrown });
    return asSyncError(thrown, doing);
  }
  const retryAfterMs = retryAfterOf((thrown as ClientError).$response?.headers, Date.now());
  return new SyncError(kindOf(thrown, status), `${doing}: ${wordsOf(thrown, status)}`, { retryAfterMs });
}

function kindOf(thrown: unknown, status: number): FailureKind {
  const code = codeOf(thrown);
  // An answer that says success and cannot be read (cut short, or an error in its body) says nothing about the object.
  if (status < 300) return "retryable";
  if (code !== null) return passing.has(code) ? "retryable" : kindOfStatus(status);
  // No code and no request id: a proxy or a captive portal spoke, not the store. It says nothing about the object.
  return isFromStore(thrown) ? kindOfStatus(status) : "retryable";
}

function wordsOf(thrown: unknown, status: number): string {
  const { message = "", $response } = thrown as ClientError;
  const said = ["", "Unknown", "UnknownError"].includes(message) ? "" : `: ${firstLine(message)}`;
  const code = codeOf(thrown);
  const silence = isFromStore(thrown)
    ? "refused without words"
    : "no S3 error code (a proxy or captive portal?)";
  const clock = clockCodes.has(code ?? "")
    ? `; the server's clock says ${$response?.headers?.date ?? "nothing"}`
    : "";
  return `${code ?? silence}${said} (HTTP ${status})${clock}`;
}

/** Every S3 server numbers its answers; an answer to HEAD has that number and no words. */
function isFromStore(thrown: unknown): boolean {
  return (thrown as ClientError).$metadata?.requestId !== undefined;
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").slice(0, 300);
}

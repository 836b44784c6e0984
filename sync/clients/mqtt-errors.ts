// What the errors of an MQTT connection mean for what waits: offline, retryable or permanent.
import { asSyncError, type FailureKind, SyncError } from "../errors.ts";
import { tlsWords } from "./tls-words.ts";

/** Reason codes of CONNACK that mean "not this protocol version": 1 in MQTT 3.1.1 §3.2.2.3, 132 in MQTT 5 §3.2.2.2. */
const versionRefusals = new Set([1, 132]);
/** Reason codes of PUBACK that no later try will change (MQTT 5 §3.4.2.1): not authorised, topic name, packet too large, payload format. */
const permanentRefusals = new Set([135, 144, 149, 153]);
/** Reason codes of CONNACK that mean "not with this account": 4 and 5 in MQTT 3.1.1, 134 and 135 in MQTT 5. */
const accountRefusals = new Set([4, 5, 134, 135]);

/** The socket was open and closed before any answer came. */
export class HungUp extends Error {
  override readonly name = "HungUp";
  constructor() {
    super("the broker hung up before it answered");
  }
}

/** Whether the broker speaks another version of MQTT. */
export function isVersionRefusal(error: unknown): boolean {
  return versionRefusals.has(reasonCodeOf(error) ?? -1);
}

function reasonCodeOf(error: unknown): number | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "number" ? code : null;
}

/** The failure of an attempt to connect. */
export function asConnectError(error: unknown): SyncError {
  const code = reasonCodeOf(error);
  // A refused account is tried again: a person may mend it at the broker while we run. So are certificates.
  if (code !== null) {
    const words = wordsOf(error, `refused with reason ${code}`);
    const said = accountRefusals.has(code) ? `the broker does not let our account in (${words})` : words;
    return new SyncError("retryable", said, { cause: error });
  }
  const tls = tlsWords(error);
  if (tls !== null) return new SyncError("retryable", tls, { cause: error });
  if (error instanceof HungUp || wordsOf(error, "") === "connack timeout")
    return new SyncError("offline", wordsOf(error, "no answer"), { cause: error });
  return asSyncError(error, "connect");
}

/** The failure of one publish on an open connection. */
export function asPublishError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const code = reasonCodeOf(error);
  const kind: FailureKind =
    code === null ? "offline" : permanentRefusals.has(code) ? "permanent" : "retryable";
  return new SyncError(kind, wordsOf(error, "publish failed"), { cause: error });
}

/** What went wrong, in words. */
export function wordsOf(error: unknown, otherwise = String(error)): string {
  return error instanceof Error && error.message !== "" ? error.message : otherwise;
}

// The body of a request, read at the border: JSON text within limits, an object, perhaps a transaction.
import { guardJson } from "../../device/json-guard.ts";
import { RemoteRefusal } from "./hands.ts";

/** What names a request for the asker; echoed in the answer. */
export type Transaction = string | number;

export type RequestBody = {
  readonly transaction: Transaction | null;
  /** Everything but the transaction. */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** Largest request when the configuration says nothing else, bytes. */
export const defaultMaxRequestBytes = 64 * 1024;
const maxDepth = 16;
const maxTransactionLength = 128;

/** Reads a payload; an empty one is a request without parameters. @throws RemoteRefusal with the code too_large or bad_request. */
export function parseRequest(payload: Uint8Array, maxRequestBytes = defaultMaxRequestBytes): RequestBody {
  if (payload.length > maxRequestBytes)
    throw new RemoteRefusal(
      "too_large",
      `Expected a request of at most ${maxRequestBytes} bytes, got ${payload.length}`,
    );
  if (payload.length === 0) return { transaction: null, parameters: {} };
  const json = parseJson(payload);
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new RemoteRefusal("bad_request", "Expected the request to be a JSON object");
  const { transaction, ...parameters } = json as Record<string, unknown>;
  if (transaction !== undefined && transaction !== null && !isTransaction(transaction))
    throw new RemoteRefusal(
      "bad_request",
      `Expected transaction to be a number or a text of 1–${maxTransactionLength} characters`,
    );
  return { transaction: transaction ?? null, parameters };
}

function parseJson(payload: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    const { repeatedNames } = guardJson(text, maxDepth);
    if (repeatedNames.length > 0) throw new SyntaxError(`${repeatedNames.join(", ")} is given twice`);
    return JSON.parse(text);
  } catch (cause) {
    throw new RemoteRefusal("bad_request", `The request cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function isTransaction(value: unknown): value is Transaction {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "string" && value.length > 0 && value.length <= maxTransactionLength;
}

// One web service behind a token: addresses, encodings, time limits, and the token that is renewed once when it is refused.
// What its calls mean is left to the clients.
import { z } from "zod";
import type { Pace } from "../bandwidth.ts";
import { SyncError } from "../errors.ts";
import { createHttpClient, type HttpResponse } from "../http.ts";
import { withinLimit } from "../within-limit.ts";
import { encodeMultipart, type FormFile } from "./multipart-form.ts";
import { serviceAddress } from "./service-address.ts";
import { explainRefusal } from "./service-errors.ts";
import { LoginRefused } from "./service-login.ts";

/** Time limits, milliseconds. */
export type ServiceTimeouts = {
  /** Until there is a connection; default 10 000. */
  readonly connectMs?: number;
  /** Longest silence; default 60 000: a server that downloads a picture takes up to 30 s. */
  readonly idleMs?: number;
  /** A whole call, beside the sending of its body at 4 kB/s; default 180 000. */
  readonly wholeMs?: number;
};

export type ServiceConnectionOptions = {
  /** "https://host", with a path where a proxy wants one; `/api/v1` behind it is known by itself. */
  readonly url: string;
  readonly caFile?: string;
  readonly timeouts?: ServiceTimeouts;
  readonly pace?: Pace;
  /** Connections at once; default 8. */
  readonly maxConnections?: number;
};

/** Who a call is made as. */
export type TokenSource = {
  readonly token: (signal: AbortSignal) => Promise<string>;
  /** This one was refused, the next will be another. Not given: there is no other. */
  readonly refuse?: (token: string) => void;
};

export type ServiceCall = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Behind `/api/v1`, with the slash at its end where the service has one. */
  readonly path: string;
  /** A list gives its name several times; what is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** With files a form goes as multipart. */
  readonly files?: readonly FormFile[];
  /** null: the call needs no account. */
  readonly as: TokenSource | null;
  /** Statuses beside 2xx that are an answer. */
  readonly accept?: readonly number[];
  readonly signal: AbortSignal;
};

export type ServiceConnection = {
  /** Address without `/api/v1` and slash at its end. */
  readonly url: string;
  readonly call: (call: ServiceCall) => Promise<HttpResponse>;
  /** GET of `/status`, which needs no account and says `{"status": "ok"}`. */
  readonly status: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};

const maxResponseBytes = 33_554_432;
const defaultIdleMs = 60_000;
const defaultWholeMs = 180_000;
const slowestBytesPerMs = 4;
/** It says one word: a person may be waiting to hear that nothing answers at an address. */
const statusMs = 20_000;

/** Nothing is sent before the first call. @throws Error when the address is none. */
export function connectService(options: ServiceConnectionOptions): ServiceConnection {
  const url = serviceAddress(options.url);
  const { connectMs, idleMs = defaultIdleMs, wholeMs = defaultWholeMs } = options.timeouts ?? {};
  const http = createHttpClient({
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
    ...(connectMs === undefined ? {} : { connectTimeoutMs: connectMs }),
    ...(options.pace === undefined ? {} : { pace: options.pace }),
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    idleTimeoutMs: idleMs,
    maxResponseBytes,
    explain: explainRefusal,
  });

  const send = async (call: ServiceCall, token: string | null): Promise<HttpResponse> => {
    const { body, type } = bodyOf(call);
    const limitMs = wholeMs + (body?.length ?? 0) / slowestBytesPerMs;
    const doing = `${call.method} ${url}/api/v1${call.path}`;
    const request = {
      method: call.method,
      url: `${url}/api/v1${call.path}${queryOf(call.query)}`,
      headers: {
        accept: "application/json",
        ...(type === null ? {} : { "content-type": type }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === null ? {} : { body }),
      accept: call.accept ?? [],
    };
    return withinLimit((signal) => http.request({ ...request, signal }), {
      limitMs,
      doing,
      signal: call.signal,
    });
  };

  const callAs = async (call: ServiceCall, as: TokenSource): Promise<HttpResponse> => {
    for (let attempt = 1; ; attempt += 1) {
      const token = await tokenOf(as, call.signal);
      try {
        return await send(call, token);
      } catch (cause) {
        if (!isTokenRefusal(cause)) throw cause;
        as.refuse?.(token);
        if (attempt === 1 && as.refuse !== undefined) continue;
        throw new LoginRefused(`${cause.message} (the token is not taken)`, { cause, status: cause.status });
      }
    }
  };

  return {
    url,
    call: (call) => (call.as === null ? send(call, null) : callAs(call, call.as)),
    status: async (signal) => {
      const address = `${url}/status`;
      const ask = (inner: AbortSignal) => http.request({ method: "GET", url: address, signal: inner });
      const answer = await withinLimit(ask, {
        limitMs: Math.min(wholeMs, statusMs),
        doing: `GET ${address}`,
        signal,
      });
      readAnswer(answer, z.looseObject({ status: z.string() }), `GET ${address}`);
    },
    close: () => http.close(),
  };
}

/** Who cannot say who they are is not let in, either. */
async function tokenOf(as: TokenSource, signal: AbortSignal): Promise<string> {
  try {
    return await as.token(signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof SyncError) throw cause;
    throw new LoginRefused(`no account: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** 401, the platform's 406 for a token it cannot read, and an older server's 403; any other 403 is about rights. */
function isTokenRefusal(thrown: unknown): thrown is SyncError {
  if (!(thrown instanceof SyncError)) return false;
  const { status, message } = thrown;
  return status === 401 || status === 406 || (status === 403 && /not authenticated/i.test(message));
}

/** What an answer holds, as `schema` wants it. @throws SyncError when it holds something else. */
export function readAnswer<T>(response: HttpResponse, schema: z.ZodType<T>, doing: string): T {
  const parsed = schema.safeParse(response.json());
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join(".") || "the whole"}: ${message}`);
  throw new SyncError("retryable", `${doing}: unexpected answer: ${wrong.join("; ")}`);
}

function bodyOf({ json, form, files }: ServiceCall): {
  readonly body: string | Uint8Array | null;
  readonly type: string | null;
} {
  if (files !== undefined) return encodeMultipart(form ?? {}, files);
  if (form !== undefined)
    return { body: new URLSearchParams(form).toString(), type: "application/x-www-form-urlencoded" };
  if (json !== undefined) return { body: JSON.stringify(json), type: "application/json" };
  return { body: null, type: null };
}

function queryOf(query: ServiceCall["query"] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}

// Plain HTTP requests with the house's promises: time limits, size limits, three kinds of failure. The only importer of undici.
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { Agent, type Dispatcher, request as send } from "undici";
import type { Pace } from "./bandwidth.ts";
import { httpsWords } from "./clients/tls-words.ts";
import { asSyncError, type FailureKind, kindOfStatus, SyncError } from "./errors.ts";
import { printable } from "./printable.ts";
import { retryAfterOf } from "./retry.ts";

/** How to say who we are. Never part of a message. */
export type Authorization =
  | { readonly kind: "basic"; readonly user: string; readonly password: string }
  /** Elasticsearch: the base64 of `id:key`. */
  | { readonly kind: "api-key"; readonly key: string }
  | { readonly kind: "bearer"; readonly token: string };

/** Limits and identity of all requests of one client. */
export type HttpOptions = {
  /** Asked before every request, so that tokens may change; null: none. */
  readonly authorization?: (signal: AbortSignal) => Promise<Authorization | null>;
  /** PEM file of the authority that signed the server's certificate, when it is not a public one. */
  readonly caFile?: string;
  /** Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Longest silence while waiting for an answer (beside the sending of a body at 4 kB/s) or its next piece; default 45 000. */
  readonly idleTimeoutMs?: number;
  /** Largest answer in bytes, unpacked; default 64 MiB. */
  readonly maxResponseBytes?: number;
  /** Connections at once to one server; default 8. */
  readonly maxConnections?: number;
  /** Reads a refusal's body; what it leaves out is the body itself and the kind of the status. */
  readonly explain?: (
    body: string,
    status: number,
  ) => { readonly words?: string; readonly kind?: FailureKind };
  /** How fast a body may go out; not given: as fast as the link takes it. */
  readonly pace?: Pace;
  /** Wall clock, ms since 1970, to read a Retry-After that is a date. Default Date.now. */
  readonly nowMs?: () => number;
};

export type HttpRequest = {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute; user name and password in it are refused, for they would end in messages. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Pack the body from 1 KiB on. */
  readonly gzip?: boolean;
  /** Statuses beside 2xx that are an answer and no failure. */
  readonly accept?: readonly number[];
  readonly signal: AbortSignal;
};

export type HttpResponse = {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly text: () => string;
  /** @throws SyncError retryable when the body is not JSON (a captive portal answers anything). */
  readonly json: () => unknown;
};

/** A client of one or several servers. Nothing is retried here, redirects are not followed. All methods throw SyncError. */
export type HttpClient = {
  readonly request: (request: HttpRequest) => Promise<HttpResponse>;
  readonly close: () => Promise<void>;
};

const packed = promisify(gzip);
const unpacked = promisify(gunzip);
const minGzipBytes = 1024;
const defaultIdleMs = 45_000;
/** The slowest link that is not taken for one that is dead. */
const slowestBytesPerMs = 4;

/** Makes a client; nothing is opened before the first request. */
export function createHttpClient(options: HttpOptions = {}): HttpClient {
  let agent: Promise<Agent> | null = null;
  let closed = false;
  return {
    request: async (request) => {
      request.signal.throwIfAborted();
      if (closed) throw new SyncError("permanent", `${describe(request)}: the client was closed`);
      agent ??= openAgent(options).catch((cause: unknown) => {
        agent = null;
        throw asSyncError(cause, `open a connection with the authority of ${options.caFile}`);
      });
      return perform(request, options, await agent);
    },
    close: async () => {
      closed = true;
      const was = agent;
      agent = null;
      // destroy, not close: whoever waits was told by its own signal.
      await (await was?.catch(() => null))?.destroy();
    },
  };
}

/** `METHOD scheme://host/path` without query: what a message may say of a request. */
function describe(request: HttpRequest): string {
  const { origin, pathname } = new URL(request.url);
  return `${request.method} ${origin}${pathname}`;
}

async function openAgent(options: HttpOptions): Promise<Agent> {
  const ca = options.caFile === undefined ? undefined : await readFile(options.caFile, "utf8");
  const idle = options.idleTimeoutMs ?? defaultIdleMs;
  return new Agent({
    connections: options.maxConnections ?? 8,
    headersTimeout: idle,
    bodyTimeout: idle,
    connect: { timeout: options.connectTimeoutMs ?? 10_000, ...(ca === undefined ? {} : { ca }) },
  });
}

async function perform(request: HttpRequest, options: HttpOptions, agent: Agent): Promise<HttpResponse> {
  const doing = describe(request);
  const { signal } = request;
  const { username, password } = new URL(request.url);
  if (username !== "" || password !== "")
    throw new SyncError("permanent", `${doing}: expected an address without user and password`);
  try {
    const authorization = (await options.authorization?.(signal)) ?? null;
    const { body, encoding } = await bodyOf(request);
    const paced = pacedBody(body, options.pace, signal);
    const sendingMs = sizeOf(body) / slowestBytesPerMs;
    const answer = await send(request.url, {
      method: request.method,
      headers: {
        "accept-encoding": "gzip",
        ...encoding,
        ...(paced === null ? {} : { "content-length": String(paced.size) }),
        ...(authorization === null ? {} : { authorization: headerOf(authorization) }),
        ...request.headers,
      },
      body: paced?.stream ?? body,
      headersTimeout: (options.idleTimeoutMs ?? defaultIdleMs) + sendingMs,
      signal,
      dispatcher: agent,
    });
    const response = await readAnswer(answer, options.maxResponseBytes ?? 67_108_864, doing);
    refuse(response, request, doing, options);
    return response;
  } catch (cause) {
    signal.throwIfAborted();
    throw asSyncError(cause, doing, httpsWords(cause) ?? silenceWords(cause));
  }
}

/** undici's own words name a part of HTTP; null: it was no silence. */
function silenceWords(cause: unknown): string | null {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (code === "UND_ERR_HEADERS_TIMEOUT") return "it took the request and gave no answer in time";
  if (code === "UND_ERR_BODY_TIMEOUT") return "its answer stopped half-way";
  return null;
}

async function bodyOf(
  request: HttpRequest,
): Promise<{ body: HttpRequest["body"]; encoding: Record<string, string> }> {
  const { body } = request;
  const isWorthIt = request.gzip === true && body !== undefined && body.length >= minGzipBytes;
  if (!isWorthIt) return { body, encoding: {} };
  return { body: await packed(body), encoding: { "content-encoding": "gzip" } };
}

function sizeOf(body: HttpRequest["body"]): number {
  return typeof body === "string" ? Buffer.byteLength(body) : (body?.byteLength ?? 0);
}

/** The body in pieces; null: it goes as it is. */
function pacedBody(
  body: HttpRequest["body"],
  pace: Pace | undefined,
  signal: AbortSignal,
): { readonly stream: Readable; readonly size: number } | null {
  if (pace === undefined || body === undefined) return null;
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  const pieces = pace(bytes, signal);
  return pieces === null
    ? null
    : { stream: Readable.from(pieces, { objectMode: false }), size: bytes.byteLength };
}

function headerOf(authorization: Authorization): string {
  switch (authorization.kind) {
    case "basic":
      return `Basic ${Buffer.from(`${authorization.user}:${authorization.password}`).toString("base64")}`;
    case "api-key":
      return `ApiKey ${authorization.key}`;
    case "bearer":
      return `Bearer ${authorization.token}`;
  }
}

async function readAnswer(
  answer: Dispatcher.ResponseData,
  maxBytes: number,
  doing: string,
): Promise<HttpResponse> {
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : String(value),
    ]),
  );
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw tooLarge(doing, maxBytes); // leaving the loop ends the connection
    chunks.push(chunk as Buffer);
  }
  let bytes: Uint8Array = Buffer.concat(chunks);
  if (headers["content-encoding"] === "gzip" && size > 0)
    bytes = await unpacked(bytes, { maxOutputLength: maxBytes }).catch((cause: unknown) => {
      if ((cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(doing, maxBytes);
      throw new SyncError("retryable", `${doing}: the packed answer is damaged`, { cause });
    });
  const text = (): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return {
    status: answer.statusCode,
    headers,
    bytes,
    text,
    json: () => {
      try {
        return JSON.parse(text());
      } catch (cause) {
        throw new SyncError("retryable", `${doing}: expected JSON, got ${printable(text())}`, { cause });
      }
    },
  };
}

function tooLarge(doing: string, maxBytes: number): SyncError {
  return new SyncError("permanent", `${doing}: expected an answer of at most ${maxBytes} bytes, got more`);
}

/** Throws what the status means, with the server's words. A redirect is a captive portal or a wrong address: wait, lose nothing. */
function refuse(response: HttpResponse, request: HttpRequest, doing: string, options: HttpOptions): void {
  const { status, headers } = response;
  if ((status >= 200 && status < 300) || request.accept?.includes(status)) return;
  if (status >= 300 && status < 400) {
    const target = headers.location === undefined ? "elsewhere" : `to ${printable(headers.location)}`;
    throw new SyncError(
      "retryable",
      `${doing}: sent ${target} (HTTP ${status}); a captive portal, or the address has changed`,
    );
  }
  const body = response.text().trim();
  const { words = body, kind = kindOfStatus(status) } = options.explain?.(body, status) ?? {};
  throw new SyncError(kind, `${doing}: HTTP ${status}${words === "" ? "" : ` ${printable(words)}`}`, {
    retryAfterMs: retryAfterOf(headers, (options.nowMs ?? Date.now)()),
    status,
  });
}

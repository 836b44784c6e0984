// The web side of a contract server: takes requests whole, lets chance strike, answers, counts. What is answered is the router's affair.
import { once, setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type Answer, type Call, Crashed, json, Refused } from "./call.ts";
import { type Behaviour, type Chance, createChance, defaultBehaviour, type Fate } from "./faults.ts";
import type { Match } from "./router.ts";

/** Requests of one kind, `POST /sequences/`. */
export type RequestCount = {
  /** That arrived, whatever became of them. */
  readonly count: number;
  /** Carried out, by status; the client may not have heard of it. */
  readonly answered: Readonly<Record<number, number>>;
};

/** Life: startWeb → behave… → close. */
export type Web = {
  /** Without a path. */
  readonly origin: string;
  /** Changes how it behaves from the next request on; what is not given stays. */
  readonly behave: (change: Partial<Behaviour>) => void;
  readonly requests: () => Readonly<Record<string, RequestCount>>;
  /** How often each fault struck. */
  readonly faults: () => Readonly<Record<string, number>>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

export type WebOptions = Partial<Behaviour> & {
  /** Default: a free one. */
  readonly port?: number;
  /** As the real server's DEBUG: a crash shows its traceback; default true, as there. */
  readonly debug?: boolean;
  /** Told of every request as it arrives. */
  readonly onRequest?: () => void;
};

/** Starts it on loopback. */
export async function startWeb(
  route: (method: string, path: string) => Match,
  { port = 0, debug = true, onRequest = () => undefined, ...given }: WebOptions = {},
): Promise<Web> {
  let behaviour: Behaviour = { ...defaultBehaviour, ...given };
  const chance = createChance(() => behaviour);
  const counts = new Map<string, { count: number; answered: Record<number, number> }>();
  const ended = new AbortController();
  // Every answer that is delayed listens to it.
  setMaxListeners(0, ended.signal);
  let origin = "";
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const exchange = {
      request,
      response,
      route,
      origin,
      debug,
      behaviour,
      chance,
      counts,
      ended: ended.signal,
    };
    onRequest();
    // A client that went away in the middle is no fault of the server.
    serve(exchange).catch(() => request.socket.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((cause: unknown) => {
    throw new Error(`contract server: expected port ${port} to be free`, { cause });
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    behave: (change) => {
      behaviour = { ...behaviour, ...change };
    },
    requests: () => structuredClone(Object.fromEntries(counts)),
    faults: chance.struck,
    close: async () => {
      ended.abort();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: (method: string, path: string) => Match;
  readonly origin: string;
  readonly debug: boolean;
  readonly behaviour: Behaviour;
  readonly chance: Chance;
  readonly counts: Map<string, { count: number; answered: Record<number, number> }>;
  readonly ended: AbortSignal;
};

async function serve(exchange: Exchange): Promise<void> {
  const { request, response, behaviour } = exchange;
  const fate = exchange.chance.next();
  if (fate === "down" || fate === "reset") return void request.socket.destroy();
  const body = await readBody(request, behaviour.maxBodyBytes);
  const { origin, counts } = exchange;
  const { pathname, searchParams } = new URL(request.url ?? "/", origin);
  const method = request.method ?? "GET";
  const match = exchange.route(method, pathname);
  const count = counts.get(match.name) ?? { count: 0, answered: {} };
  counts.set(match.name, count);
  count.count += 1;
  await pause(behaviour.latencyMs + (fate === "slow" ? behaviour.slowMs : 0), exchange.ended);
  if (fate === "black-hole") return;
  const early = body === null ? tooLarge : insteadOf(fate, behaviour);
  if (early !== null) return say(response, method, early);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );
  const call: Call = {
    method,
    path: pathname,
    query: searchParams,
    headers,
    body: body!,
    origin,
    params: {},
  };
  const answer = await answerOf(match, call, exchange.debug);
  count.answered[answer.status] = (count.answered[answer.status] ?? 0) + 1;
  if (fate === "reset-after-commit") return void request.socket.destroy();
  if (fate === "late-504") return say(response, method, proxyPage(504, "Gateway Time-out"));
  if (fate === "truncated") return cutShort(response, answer);
  say(response, method, answer);
}

/** null: larger than it may be; the rest is let run by. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= maxBytes) chunks.push(chunk as Buffer);
  }
  return size > maxBytes ? null : Buffer.concat(chunks);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal });
}

async function answerOf(match: Match, call: Call, debug: boolean): Promise<Answer> {
  try {
    return await match.handle(call);
  } catch (error) {
    if (error instanceof Refused) return error.answer;
    // A mistake of this server is not to be taken for one of the faults.
    if (!(error instanceof Crashed)) return plainText(`contract server: ${(error as Error).stack}`);
    if (!debug) return json({ detail: "An internal server error occurred" }, 500);
    const body = `Traceback (most recent call last):\n  File "app/main.py", in handle\n${error.message}\n`;
    return plainText(body);
  }
}

function plainText(body: string): Answer {
  return { status: 500, contentType: "text/plain; charset=utf-8", body };
}

const tooLarge = proxyPage(413, "Request Entity Too Large");

function proxyPage(status: number, words: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = `<html><head><title>${status} ${words}</title></head><body>${status} ${words}</body></html>`;
  return { status, contentType: "text/html", body, headers };
}

function insteadOf(fate: Fate, { retryAfterSeconds }: Behaviour): Answer | null {
  const later = { "retry-after": String(retryAfterSeconds) };
  switch (fate) {
    case "502":
      return proxyPage(502, "Bad Gateway");
    case "504":
      return proxyPage(504, "Gateway Time-out");
    case "503":
    case "outage":
      return proxyPage(503, "Service Temporarily Unavailable", later);
    case "429":
      return proxyPage(429, "Too Many Requests", later);
    default:
      return null;
  }
}

function say(response: ServerResponse, method: string, answer: Answer): void {
  response.writeHead(answer.status, {
    "x-process-time": "0.001",
    ...(answer.contentType === null ? {} : { "content-type": answer.contentType }),
    ...(answer.status === 204 ? {} : { "content-length": Buffer.byteLength(answer.body) }),
    ...answer.headers,
  });
  response.end(method === "HEAD" || answer.status === 204 ? undefined : answer.body);
}

function cutShort(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    "content-type": answer.contentType ?? "application/json",
    // Promises more than comes.
    "content-length": body.length + 1,
  });
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroy());
}

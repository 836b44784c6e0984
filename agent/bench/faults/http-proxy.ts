// A server that lies: stands between the agent and a real HTTP server (S3, label index) and answers wrongly, twice, late or not at all.
import { once } from "node:events";
import {
  createServer,
  Agent as HttpAgent,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { actionsOf, forwardHalfTheBulk, isBulk } from "./half-bulk.ts";

/** How the server is wrong; `share` of the requests meet it. */
export type ServerFault = {
  readonly share: number;
} & (
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds: number | null }
  /** A page of a captive portal, as 200. */
  | { readonly kind: "garbage" }
  /** The request is carried out, its answer stops in the middle of a header. */
  | { readonly kind: "cut answer" }
  /** The request is carried out, its answer never comes and the connection is reset. */
  | { readonly kind: "lost answer" }
  /** The request is carried out twice. */
  | { readonly kind: "twice" }
  /** Half of the body reaches the server, then both sides are reset. */
  | { readonly kind: "cut body" }
  | { readonly kind: "slow"; readonly bytesPerSecond: number }
  /** Taken and never answered; reset when the fault ends. */
  | { readonly kind: "hole" }
  /** Taken and never answered, nor reset: the sender has to notice by itself. */
  | { readonly kind: "silence" }
  /** Nobody listens. */
  | { readonly kind: "refuse" }
  /** Half of a bulk request is carried out, the rest is refused for now. */
  | { readonly kind: "half bulk" }
  /** A bulk request of more than so many actions is too large. */
  | { readonly kind: "too large"; readonly actions: number }
);

/** Life: startHttpProxy → set… → close. */
export type HttpProxy = {
  readonly url: string;
  readonly set: (fault: ServerFault | null) => Promise<void>;
  /** Requests that met the present fault. */
  readonly hits: () => number;
  /** Bytes of requests that reached the server since the start, repeated ones included. */
  readonly bytesIn: () => number;
  /** Monotonic ns of the newest write that was carried out and whose answer went out whole; null before the first. */
  readonly newestSuccessNs: () => number | null;
  /** Told of every write as it begins, in its middle, and as it was answered. Returns how to hear no more. */
  readonly onWrite: (listener: (moment: "begun" | "half" | "answered") => void) => () => void;
  readonly close: () => Promise<void>;
};

type Exchange = { readonly from: IncomingMessage; readonly to: ServerResponse; readonly body: Buffer };
type Answer = { readonly status: number; readonly headers: readonly string[]; readonly body: Buffer };

/** Listens on a free loopback port in front of the server at `target`. @param random 0 ≤ random() < 1, for the shares. */
export async function startHttpProxy(target: URL, random: () => number): Promise<HttpProxy> {
  const upstream = new HttpAgent({ keepAlive: true, maxSockets: 32 });
  const sockets = new Set<Socket>();
  const held = new Set<Socket>();
  const listeners = new Set<(moment: "begun" | "half" | "answered") => void>();
  let fault: ServerFault | null = null;
  let hits = 0;
  let bytesIn = 0;
  let newestSuccessNs: number | null = null;
  const tell = (moment: "begun" | "half" | "answered"): void => {
    for (const listener of listeners) listener(moment);
  };

  const forward = (from: IncomingMessage, body: Buffer, headers = from.rawHeaders): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          host: target.hostname,
          port: target.port,
          method: from.method,
          path: from.url,
          headers: pairsOf(headers),
          agent: upstream,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () =>
            resolve({ status: answer.statusCode!, headers: answer.rawHeaders, body: Buffer.concat(chunks) }),
          );
        },
      );
      sent.on("error", reject);
      bytesIn += body.length;
      sent.end(body);
    });
  /** Sends headers and half of the body, then hangs up on the server. */
  const forwardHalf = (from: IncomingMessage, body: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const sent = request({
        host: target.hostname,
        port: target.port,
        method: from.method,
        path: from.url,
        headers: pairsOf(from.rawHeaders),
      });
      sent.on("error", () => undefined);
      sent.on("close", () => resolve());
      bytesIn += body.length >> 1;
      sent.write(body.subarray(0, body.length >> 1), () => setTimeout(() => sent.destroy(), 5));
    });
  const give = ({ from, to }: Exchange, { status, headers, body }: Answer): void => {
    to.sendDate = false;
    to.writeHead(status, [...headers]);
    // As the server framed it: an answer to HEAD has a length and no body.
    to.end(from.method === "HEAD" ? undefined : body);
    if (!isWrite(from) || (status >= 300 && status !== 412)) return;
    newestSuccessNs = Number(process.hrtime.bigint());
    tell("answered");
  };
  const reset = (socket: Socket): void => {
    socket.resetAndDestroy();
  };

  const misbehave = async (met: ServerFault, exchange: Exchange): Promise<void> => {
    const { from, to, body } = exchange;
    const socket = from.socket;
    switch (met.kind) {
      case "status": {
        const wait = met.retryAfterSeconds === null ? [] : ["retry-after", String(met.retryAfterSeconds)];
        return give(exchange, {
          status: met.status,
          headers: ["content-type", "text/plain", ...wait],
          body: Buffer.from("busy"),
        });
      }
      case "garbage":
        to.writeHead(200, { "content-type": "text/html" });
        to.end("<html>Welcome to our WiFi</html>");
        return;
      case "cut answer":
        await forward(from, body);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10", () => reset(socket));
        return;
      case "lost answer":
        await forward(from, body);
        return reset(socket);
      case "twice": {
        const answers = [await forward(from, body), await forward(from, body)];
        return give(exchange, answers[random() < 0.5 ? 0 : 1]!);
      }
      case "cut body":
        await forwardHalf(from, body);
        return reset(socket);
      case "hole":
      case "silence":
        if (met.kind === "hole") held.add(socket);
        return;
      case "half bulk":
        if (!isBulk(from)) break;
        return give(exchange, await forwardHalfTheBulk(from, body, forward));
      case "too large":
        if (!isBulk(from) || actionsOf(from, body).length <= met.actions) break;
        return give(exchange, { status: 413, headers: [], body: Buffer.alloc(0) });
      default:
        break;
    }
    hits -= 1; // This request was none that the fault is for.
    give(exchange, await forward(from, body));
  };
  const handle = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const write = isWrite(from);
    if (write) tell("begun");
    const body = await readBody(
      from,
      () => (fault?.kind === "slow" ? fault.bytesPerSecond : null),
      () => {
        if (write) tell("half");
      },
    );
    const met = fault !== null && fault.kind !== "slow" && random() < fault.share ? fault : null;
    if (fault?.kind === "slow" || met !== null) hits += 1;
    const exchange = { from, to, body };
    if (met === null) give(exchange, await forward(from, body));
    else await misbehave(met, exchange);
  };

  const server = createServer((from, to) => {
    // Whoever hangs up is gone; a server that is not there looks like one.
    handle(from, to).catch(() => reset(from.socket));
  });
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      sockets.delete(socket);
      held.delete(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };

  return {
    url: `http://127.0.0.1:${port}`,
    set: async (next) => {
      for (const socket of held) reset(socket);
      fault = next;
      hits = 0;
      if (next?.kind === "refuse") {
        hits = sockets.size;
        const closed = once(server, "close");
        server.close();
        for (const socket of sockets) reset(socket);
        await closed;
      } else if (!server.listening) {
        server.listen(port, "127.0.0.1");
        await once(server, "listening");
      }
    },
    hits: () => hits,
    bytesIn: () => bytesIn,
    newestSuccessNs: () => newestSuccessNs,
    onWrite: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      for (const socket of sockets) reset(socket);
      if (server.listening) server.close();
      upstream.destroy();
    },
  };
}

/** Reads the body at the pace that the fault leaves; `onHalf` when half of what was announced is there. */
async function readBody(
  from: IncomingMessage,
  paceOf: () => number | null,
  onHalf: () => void,
): Promise<Buffer> {
  const announced = Number(from.headers["content-length"] ?? 0);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isHalf = false;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (!isHalf && bytes * 2 >= announced) {
      isHalf = true;
      onHalf();
    }
    const pace = paceOf();
    if (pace !== null) await new Promise((resolve) => setTimeout(resolve, (chunk.length / pace) * 1000));
  }
  return Buffer.concat(chunks);
}

function isWrite({ method, url }: IncomingMessage): boolean {
  return method === "PUT" || (method === "POST" && /_bulk/.test(url ?? ""));
}

/** Raw headers as name and value, in their order; a server's signature covers them as they are. */
function pairsOf(raw: readonly string[]): string[] {
  return raw.filter((_, at) => !/^(connection|expect)$/i.test(raw[at - (at % 2)]!));
}

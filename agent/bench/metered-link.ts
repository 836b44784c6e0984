// A link between an HTTP client and its server that can be cut, and that counts what it was asked to carry.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type MeteredLink = {
  readonly url: string;
  /** Resets everything that is open; whoever comes within `downMs` is reset, too. Returns how many connections it hit. */
  readonly cut: (downMs: number) => number;
  readonly requests: () => number;
  /** Bytes of PUT bodies that came in, by the path of the object; what was cut off in their middle included. */
  readonly bodies: () => ReadonlyMap<string, number>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** Listens on a free loopback port in front of the server at `target` (plain HTTP). */
export async function startMeteredLink(target: URL): Promise<MeteredLink> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const bodies = new Map<string, number>();
  let requests = 0;
  let downUntilMs = 0;
  const server = createServer((near) => {
    near.on("error", () => undefined);
    if (performance.now() < downUntilMs) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: target.hostname, port: Number(target.port || 80) });
    const pair = [near, far] as const;
    pairs.add(pair);
    const read = createRequestReader({
      onRequest: () => {
        requests += 1;
      },
      onBody: (path, bytes) => bodies.set(path, (bodies.get(path) ?? 0) + bytes),
    });
    near.on("data", (chunk: Buffer) => {
      read(chunk);
      passOn(chunk, near, far);
    });
    far.on("data", (chunk: Buffer) => passOn(chunk, far, near));
    far.on("error", () => undefined);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on("close", () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (downMs: number): number => {
    const hit = pairs.size;
    downUntilMs = performance.now() + downMs;
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return hit;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    requests: () => requests,
    bodies: () => bodies,
    close: async () => {
      cut(0);
      if (server.listening) server.close();
    },
  };
}

function passOn(chunk: Buffer, from: Socket, to: Socket): void {
  if (to.destroyed || to.write(chunk)) return;
  from.pause();
  to.once("drain", () => from.resume());
}

/** Reads the requests of one connection as they pass (bodies with a Content-Length, as S3 clients send them). */
function createRequestReader(told: {
  readonly onRequest: () => void;
  readonly onBody: (path: string, bytes: number) => void;
}): (chunk: Buffer) => void {
  let head = "";
  let bodyLeft = 0;
  let path: string | null = null;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (bodyLeft > 0) {
        const bytes = Math.min(bodyLeft, chunk.length - at);
        if (path !== null) told.onBody(path, bytes);
        bodyLeft -= bytes;
        at += bytes;
        continue;
      }
      const before = head.length;
      head += chunk.toString("latin1", at);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      at += end + 4 - before;
      const [, method, target = ""] = /^(\w+) (\S+)/.exec(head) ?? [];
      bodyLeft = Number(/\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1] ?? 0);
      path = method === "PUT" ? target.split("?", 1)[0]! : null;
      head = "";
      told.onRequest();
    }
  };
}

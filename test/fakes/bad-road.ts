// A road to an HTTP server on loopback that can go bad below HTTP.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * cut request: reset after so many bytes of what the client sends. cut answer: likewise of what the server sends. hole: nothing of the
 * answer after so many bytes, and no end. slow: what the client sends passes at so many bytes a second.
 */
export type Badness =
  | { readonly kind: "cut request" | "cut answer" | "hole"; readonly afterBytes: number }
  | { readonly kind: "slow"; readonly bytesPerSecond: number };

export type BadRoad = {
  readonly endpoint: string;
  badness: Badness | null;
  readonly close: () => Promise<void>;
};

export async function startBadRoad(endpoint: string): Promise<BadRoad> {
  const target = new URL(endpoint);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: target.hostname, port: Number(target.port) });
    let asked = 0;
    let answered = 0;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (chunk: Buffer) => {
      asked += chunk.length;
      const { badness } = road;
      if (badness?.kind === "cut request" && asked > badness.afterBytes) return near.resetAndDestroy();
      if (badness?.kind === "slow") return void trickle(chunk, near, far, badness.bytesPerSecond);
      far.write(chunk);
    });
    far.on("data", (chunk: Buffer) => {
      const before = answered;
      answered += chunk.length;
      const { badness } = road;
      const isBad = badness?.kind === "cut answer" || badness?.kind === "hole";
      if (!isBad) return void near.write(chunk);
      const passes = chunk.subarray(0, Math.max(0, badness.afterBytes - before));
      if (passes.length > 0) near.write(passes);
      if (badness.kind === "cut answer" && answered > badness.afterBytes)
        setImmediate(() => near.resetAndDestroy());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const road: BadRoad = {
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    badness: null,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) server.close();
    },
  };
  return road;
}

/** Passes a chunk on in ten pieces a second. */
async function trickle(chunk: Buffer, from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  from.pause();
  const piece = Math.max(1, Math.floor(bytesPerSecond / 10));
  for (let at = 0; at < chunk.length && !to.destroyed; at += piece) {
    to.write(chunk.subarray(at, at + piece));
    await delay(100);
  }
  from.resume();
}

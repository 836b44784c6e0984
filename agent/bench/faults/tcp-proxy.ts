// A link that lies, below HTTP: stands between the agent and a real server and refuses, swallows, resets, slows or cuts.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * refuse: nobody listens. hole: nothing passes, and what was open is reset at the end. dead: what is open now never gets another byte nor
 * an end, new connections pass. reset: what is open now is reset. slow: so many bytes a second. cut: answers end in their middle, with the
 * connection. deaf: requests pass, answers do not.
 */
export type LinkFault =
  | { readonly kind: "refuse" | "hole" | "dead" | "reset" | "cut" | "deaf" }
  | { readonly kind: "slow"; readonly bytesPerSecond: number };

/** Life: startTcpProxy → set… → close. */
export type TcpProxy = {
  readonly port: number;
  /** Another fault from now on; null: the link is good again. */
  readonly set: (fault: LinkFault | null) => Promise<void>;
  /** Connections that met the present fault. */
  readonly hits: () => number;
  /** Resets everything and stops; may be called twice. */
  readonly close: () => Promise<void>;
};

type Pair = { readonly near: Socket; readonly far: Socket; isDead: boolean };

/** Bytes of an answer that pass before it is cut. */
const cutAfterBytes = 3;

/** Listens on a free loopback port in front of `target`. */
export async function startTcpProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let fault: LinkFault | null = null;
  let hits = 0;

  const dropAll = (): void => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  const pass = (pair: Pair, direction: "request" | "answer", chunk: Buffer): void => {
    const [from, to] = direction === "request" ? [pair.near, pair.far] : [pair.far, pair.near];
    const kind = pair.isDead ? "hole" : fault?.kind;
    if (kind === "hole" || (kind === "deaf" && direction === "answer")) {
      hits += 1;
      return;
    }
    if (kind === "cut" && direction === "answer") {
      hits += 1;
      to.write(chunk.subarray(0, cutAfterBytes), () => to.resetAndDestroy());
      return;
    }
    if (fault?.kind === "slow") {
      hits += 1;
      // The whole direction waits for the time that these bytes take.
      from.pause();
      setTimeout(() => from.resume(), (chunk.length / fault.bytesPerSecond) * 1000).unref();
    }
    if (!to.destroyed && !to.write(chunk)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  };
  const accept = (near: Socket): void => {
    const far = connect(target);
    const pair: Pair = { near, far, isDead: false };
    pairs.add(pair);
    if (fault?.kind === "hole") hits += 1;
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
    }
    near.on("data", (chunk) => pass(pair, "request", chunk));
    far.on("data", (chunk) => pass(pair, "answer", chunk));
    const leave = (other: Socket) => () => {
      // Of a dead connection nobody hears an end.
      if (pair.isDead && other === near) return;
      pairs.delete(pair);
      other.destroy();
    };
    near.on("close", leave(far));
    far.on("close", leave(near));
  };
  let server: Server | null = await listen(0, accept);
  const { port } = server.address() as { port: number };

  const set = async (next: LinkFault | null): Promise<void> => {
    const was = fault?.kind;
    fault = next;
    hits = 0;
    if (was === "hole" || was === "deaf") dropAll();
    if (next?.kind === "refuse" || next?.kind === "reset") {
      hits += pairs.size;
      dropAll();
    }
    if (next?.kind === "dead")
      for (const pair of pairs) {
        hits += 1;
        pair.isDead = true;
      }
    if (next?.kind === "refuse" && server !== null) {
      const closing = server;
      server = null;
      closing.close();
      await once(closing, "close");
    }
    if (next?.kind !== "refuse") server ??= await listen(port, accept);
  };
  return {
    port,
    set,
    hits: () => hits,
    close: async () => {
      dropAll();
      const closing = server;
      server = null;
      closing?.close();
    },
  };
}

async function listen(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer(accept).listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

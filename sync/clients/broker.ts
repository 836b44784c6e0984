// The embedded MQTT broker (aedes, MQTT 3.1.1): a car needs nothing else installed. The only file that imports aedes.
// It listens on loopback unless told otherwise and keeps nothing for absent clients, so its memory is finite.
import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";
import type { Log } from "../../device/log.ts";
import { createPacketSizeGuard } from "./mqtt-packet-size.ts";

export type BrokerOptions = {
  /** Address to listen on. Default 127.0.0.1: nobody outside the machine. */
  readonly listen?: string;
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  /** The one account that is let in; null lets everybody in who reaches the port. */
  readonly credentials?: { readonly username: string; readonly password: string } | null;
  /** Largest payload of one message, bytes. Default 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** Connections at a time. Default 64. */
  readonly maxClients?: number;
  readonly log: Log;
};

/** A running broker. Life: start → use → close. */
export type Broker = {
  /** Where it can be reached from this machine, e.g. "mqtt://127.0.0.1:1883". */
  readonly url: string;
  readonly port: number;
  readonly clients: () => number;
  /** Drops every connection and frees the port; may be called twice. */
  readonly close: () => Promise<void>;
};

const mebibyte = 1024 * 1024;
const topicAndHeaderBytes = 66_000; // the longest topic (65 535) with its lengths
const maxRetainedTopics = 4096;

/**
 * Starts the broker.
 * @throws Error that names the address when the port is taken or may not be used.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { log, listen = "127.0.0.1", maxPayloadBytes = mebibyte } = options;
  const aedes = await createAedes({ ...options, maxPayloadBytes });
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    refuseGiants(socket, maxPayloadBytes + topicAndHeaderBytes, log);
    aedes.handle(socket);
  });
  server.maxConnections = options.maxClients ?? 64;
  let port: number;
  try {
    port = await listenOn(server, listen, options.port);
  } catch (cause) {
    await closeAedes(aedes);
    throw cause;
  }
  const isOpen = !isLoopback(listen) && (options.credentials ?? null) === null;
  if (isOpen)
    log.warn({ listen, port }, "The MQTT broker lets in everybody who reaches this port: set credentials");
  log.info({ listen, port }, "MQTT broker listens");
  let closing: Promise<void> | null = null;
  return {
    url: `mqtt://${hostForUrl(listen)}:${port}`,
    port,
    clients: () => aedes.connectedClients,
    close: () => {
      closing ??= closeBroker(server, sockets, aedes);
      return closing;
    },
  };
}

async function createAedes(options: BrokerOptions & { maxPayloadBytes: number }): Promise<Aedes> {
  const { log, maxPayloadBytes, credentials } = options;
  const retained = new Set<string>();
  const aedes = await Aedes.createBroker({
    connectTimeout: 10_000,
    // A subscriber that stops reading holds up whoever publishes to it; 5 s, then it is dropped.
    drainTimeout: 5_000,
    preConnect: (_client, packet, done) => {
      // A session kept for an absent client queues its messages without end. Every session is clean; CONNACK says so.
      packet.clean = true;
      done(null, true);
    },
    authenticate: (_client, username, password, done) => {
      done(null, credentials == null || isAccount(credentials, username, password));
    },
    authorizePublish: (_client, packet, done) => {
      const problem = refusalOf(packet, maxPayloadBytes, retained);
      if (problem === null && packet.retain) {
        if (packet.payload.length === 0) retained.delete(packet.topic);
        else retained.add(packet.topic);
      }
      done(problem === null ? null : new Error(problem));
    },
  });
  const say = (client: { id: string } | null, error: Error): void =>
    log.debug({ client: client?.id ?? null, reason: error.message }, "MQTT broker dropped a connection");
  aedes.on("clientError", say);
  aedes.on("connectionError", say);
  (aedes as NodeJS.EventEmitter).on("error", (error: Error) =>
    log.error({ reason: error.message }, "MQTT broker failed"),
  );
  return aedes;
}

function refusalOf(
  packet: { topic: string; payload: string | Buffer; retain: boolean },
  maxPayloadBytes: number,
  retained: ReadonlySet<string>,
): string | null {
  if (packet.topic.startsWith("$")) return `Expected a topic without a leading $, got ${packet.topic}`;
  if (packet.payload.length > maxPayloadBytes)
    return `Expected a payload of at most ${maxPayloadBytes} bytes on ${packet.topic}, got ${packet.payload.length}`;
  if (packet.retain && packet.payload.length > 0 && !retained.has(packet.topic)) {
    if (retained.size >= maxRetainedTopics)
      return `Expected at most ${maxRetainedTopics} retained topics; ${packet.topic} is one more`;
  }
  return null;
}

/** Drops a connection that announces a packet above the limit, before it is collected. aedes takes bytes with `read()` only. */
function refuseGiants(socket: Socket, maxBytes: number, log: Log): void {
  const guard = createPacketSizeGuard(maxBytes);
  const read = socket.read.bind(socket);
  socket.read = (size?: number): Buffer | null => {
    const chunk: Buffer | null = read(size);
    const giant = chunk === null ? null : guard(chunk);
    if (giant === null) return chunk;
    log.warn(
      { bytes: giant, maxBytes, from: socket.remoteAddress },
      "MQTT broker refused an oversize packet",
    );
    socket.destroy();
    return null;
  };
}

function isAccount(
  account: { readonly username: string; readonly password: string },
  username: string | undefined,
  password: Buffer | undefined,
): boolean {
  // Hashes have one length, as timingSafeEqual wants, and hide how long the secret is.
  const digest = (value: string | Buffer): Buffer => createHash("sha256").update(value).digest();
  const isUser = timingSafeEqual(digest(account.username), digest(username ?? ""));
  const isPassword = timingSafeEqual(digest(account.password), digest(password ?? ""));
  return isUser && isPassword && username !== undefined && password !== undefined;
}

async function listenOn(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const where = `${hostForUrl(host)}:${port}`;
    if (code === "EADDRINUSE")
      throw new Error(
        `The embedded MQTT broker cannot listen on ${where}: another program has that port. Stop it, choose another port, or give its URL as the broker`,
        { cause },
      );
    throw new Error(`The embedded MQTT broker cannot listen on ${where}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error(`No TCP port on ${host}`);
  return address.port;
}

async function closeBroker(server: Server, sockets: ReadonlySet<Socket>, aedes: Aedes): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await closeAedes(aedes);
  for (const socket of sockets) socket.destroy(); // those that never said CONNECT are unknown to aedes
  await closed;
}

function closeAedes(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** A wildcard address cannot be connected to by name; this machine reaches it on loopback. */
function hostForUrl(listen: string): string {
  if (listen === "0.0.0.0") return "127.0.0.1";
  if (listen === "::") return "[::1]";
  return listen.includes(":") ? `[${listen}]` : listen;
}

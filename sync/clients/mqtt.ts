// One connection to an MQTT broker: MQTT 5 first, 3.1.1 where 5 is refused. The only file that imports mqtt.
// It neither reconnects nor queues: mqtt-link.ts does the first, the store's outbox the second.
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { type IClientOptions, type IClientPublishOptions, type IPublishPacket, MqttClient } from "mqtt";
import { SyncError } from "../errors.ts";
import { asConnectError, asPublishError, HungUp, isVersionRefusal, wordsOf } from "./mqtt-errors.ts";
import type {
  MqttCredentials,
  MqttMessage,
  MqttPublication,
  MqttSubscriptionRequest,
  MqttTls,
} from "./mqtt-message.ts";

export type MqttConnectionOptions = {
  readonly host: string;
  readonly port: number;
  /** null: plain TCP. */
  readonly tls: MqttTls | null;
  readonly clientId: string;
  readonly credentials: MqttCredentials | null;
  readonly will: MqttPublication | null;
  readonly keepAliveSeconds: number;
  readonly connectTimeoutMs: number;
  /** Largest packet we take, bytes (an MQTT 5 broker is told and sends nothing larger). */
  readonly maxIncomingBytes: number;
  readonly onMessage: (message: MqttMessage) => void;
  readonly signal: AbortSignal;
};

/** An open connection. Life: open → use → end or destroy once; `closed` settles however it goes. */
export type MqttConnection = {
  readonly protocol: 5 | 4;
  /** How many QoS 1 messages the broker takes at a time before it acknowledges the first. */
  readonly receiveMaximum: number;
  /** Largest packet the broker takes, bytes; null: it did not say. */
  readonly maximumPacketBytes: number | null;
  /** Packets the broker has sent so far: a stalled connection shows by this standing still. */
  readonly heard: () => number;
  /** Bytes written and not yet taken by the network. */
  readonly backlogBytes: () => number;
  /** QoS 1: resolves on PUBACK; QoS 0: when handed to the network. Rejects when refused or when the connection closes. */
  readonly publish: (publication: MqttPublication) => Promise<void>;
  /** Subscribes with QoS 1; returns the filters the broker refused. */
  readonly subscribe: (requests: readonly MqttSubscriptionRequest[]) => Promise<readonly string[]>;
  readonly unsubscribe: (filter: string) => Promise<void>;
  /** Resolves with the reason once the connection is gone. */
  readonly closed: Promise<SyncError>;
  /** Says DISCONNECT, so that the broker forgets the will. */
  readonly end: () => Promise<void>;
  /** Drops the connection without a word: the broker publishes the will. */
  readonly destroy: () => void;
};

/** @throws SyncError when no broker answers or it lets us not in. */
export async function openMqttConnection(options: MqttConnectionOptions): Promise<MqttConnection> {
  try {
    return await openWith(5, options);
  } catch (error) {
    options.signal.throwIfAborted();
    // Brokers before MQTT 5 answer with a refusal, or just hang up on what they cannot parse.
    if (!isVersionRefusal(error) && !(error instanceof HungUp)) throw asConnectError(error);
  }
  try {
    return await openWith(4, options);
  } catch (error) {
    options.signal.throwIfAborted();
    throw asConnectError(error);
  }
}

async function openWith(protocol: 5 | 4, options: MqttConnectionOptions): Promise<MqttConnection> {
  options.signal.throwIfAborted();
  // Before there is a client: what throws inside its stream builder comes out as a riddle.
  const secureContext = options.tls === null ? null : createSecureContext(options.tls);
  let socketError: Error | null = null;
  let reached = false;
  let connected = false;
  const buildSocket = (): Socket => {
    const socket = openSocket(options, secureContext);
    socket.once("error", (error) => {
      socketError = error;
    });
    socket.once("connect", () => {
      reached = true;
    });
    socket.once(secureContext === null ? "connect" : "secureConnect", () => {
      connected = true;
    });
    return socket;
  };
  /** What a server that expects no TLS does with it: it hangs up. */
  const meant = (error: Error | null): Error => {
    const isReset = error === null || (error as NodeJS.ErrnoException).code === "ECONNRESET";
    if (secureContext !== null && reached && !connected && isReset)
      return new SyncError(
        "offline",
        "the broker broke off before TLS was set up: does this port speak TLS?",
        { cause: error },
      );
    return error ?? (connected ? new HungUp() : new Error("no connection"));
  };
  const client = new MqttClient(buildSocket, clientOptions(protocol, options));
  const abort = (): void => drop(client);
  options.signal.addEventListener("abort", abort, { once: true });
  const closed = new Promise<SyncError>((resolve) => {
    let reason: Error | null = null;
    client.on("error", (error) => {
      reason ??= error;
      // What cannot be parsed ends a connection (MQTT 5 §4.13): the answer we wait for may be the one that was lost.
      if (client.connected) drop(client);
    });
    client.on("disconnect", (packet) => {
      reason ??= new Error(`the broker said goodbye (reason ${packet.reasonCode ?? "not given"})`);
    });
    client.once("close", () => {
      options.signal.removeEventListener("abort", abort);
      resolve(
        new SyncError("offline", wordsOf(reason ?? socketError, "the connection closed"), { cause: reason }),
      );
    });
  });
  let heard = 0;
  client.on("packetreceive", () => {
    heard += 1;
  });
  client.on("message", (_topic, _payload, packet) => options.onMessage(toMessage(packet)));
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", (error) => reject(meant(error)));
    client.once("close", () => reject(options.signal.aborted ? options.signal.reason : meant(socketError)));
    client.connect();
  }).catch((error) => {
    drop(client);
    throw error;
  });
  return wrap(client, protocol, closed, () => heard);
}

function wrap(
  client: MqttClient,
  protocol: 5 | 4,
  closed: Promise<SyncError>,
  heard: () => number,
): MqttConnection {
  const limits = client.serverProperties ?? {};
  const failOnClose = rejectWhen(closed);
  return {
    protocol,
    receiveMaximum: limits.receiveMaximum ?? 65_535,
    maximumPacketBytes: limits.maximumPacketSize ?? null,
    heard,
    backlogBytes: () => client.stream.writableLength,
    publish: async (publication) => {
      const payload =
        typeof publication.payload === "string" ? publication.payload : asBuffer(publication.payload);
      await failOnClose(
        client.publishAsync(publication.topic, payload, publishOptions(publication, protocol)),
      ).catch((error: unknown) => {
        throw asPublishError(error);
      });
    },
    subscribe: async (requests) => {
      // rap: keep the retain flag on live messages; rh 2: send nothing that is stored (MQTT 5 §3.8.3.1).
      const wanted = requests.map(({ filter, stored }) => [
        filter,
        { qos: 1 as const, rap: true, rh: stored ? 0 : 2 },
      ]);
      const grants = await failOnClose(grantsOf(client, Object.fromEntries(wanted)));
      return grants.filter((grant) => grant.qos >= 128).map((grant) => grant.topic);
    },
    unsubscribe: async (filter) => {
      await failOnClose(client.unsubscribeAsync(filter));
    },
    closed,
    end: async () => {
      client.end(false);
      await closed;
    },
    destroy: () => drop(client),
  };
}

/** Closes without DISCONNECT. The socket too: end() does nothing once a polite end waits for acknowledgements. */
function drop(client: MqttClient): void {
  client.end(true);
  client.stream?.destroy();
}

/** Work that also fails when `closed` settles. One listener for all of it: a race per message would pile up on a promise that lives for days. */
function rejectWhen(closed: Promise<SyncError>): <T>(work: Promise<T>) => Promise<T> {
  const waiting = new Set<(reason: SyncError) => void>();
  let gone: SyncError | null = null;
  void closed.then((reason) => {
    gone = reason;
    for (const reject of waiting) reject(reason);
    waiting.clear();
  });
  return (work) =>
    new Promise((resolve, reject) => {
      if (gone !== null) return reject(gone);
      waiting.add(reject);
      work.then(resolve, reject).finally(() => waiting.delete(reject));
    });
}

type Grant = { readonly topic: string; readonly qos: number };

/** mqtt.js rejects the whole list when one filter is refused; the grants tell which. */
function grantsOf(
  client: MqttClient,
  wanted: Parameters<MqttClient["subscribe"]>[0],
): Promise<readonly Grant[]> {
  return new Promise((resolve, reject) => {
    client.subscribe(wanted, (error, grants, packet) => {
      if (error && packet === undefined) return reject(error);
      const codes = packet?.granted ?? [];
      resolve(
        (grants ?? []).map((grant, index) => ({
          topic: grant.topic,
          qos: Number(codes[index] ?? grant.qos),
        })),
      );
    });
  });
}

function openSocket({ host, port }: MqttConnectionOptions, secureContext: SecureContext | null): Socket {
  const socket =
    secureContext === null
      ? connectTcp({ host, port })
      : connectTls({ host, port, secureContext, ...serverName(host) });
  // Small packets at once: with Nagle's wait a window of QoS 1 messages crawls at the pace of delayed ACKs.
  socket.setNoDelay(true);
  return socket;
}

/** SNI takes names only. */
function serverName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host };
}

function clientOptions(protocol: 5 | 4, options: MqttConnectionOptions): IClientOptions {
  return {
    manualConnect: true,
    protocolVersion: protocol,
    protocolId: "MQTT",
    clientId: options.clientId,
    // A clean session: nobody may queue commands for a device that is away.
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    keepalive: options.keepAliveSeconds,
    connectTimeout: options.connectTimeoutMs,
    ...(options.credentials ?? {}),
    ...(options.will ? { will: willOf(options.will) } : {}),
    ...(protocol === 5
      ? { properties: { receiveMaximum: 64, maximumPacketSize: options.maxIncomingBytes } }
      : {}),
    // By default DEBUG=mqttjs* prints the CONNECT packet, password included.
    log: () => undefined,
  };
}

function willOf(will: MqttPublication): NonNullable<IClientOptions["will"]> {
  return { topic: will.topic, payload: asBuffer(will.payload), qos: will.qos, retain: will.retain ?? false };
}

function publishOptions(publication: MqttPublication, protocol: 5 | 4): IClientPublishOptions {
  const { qos, retain = false } = publication;
  if (protocol === 4) return { qos, retain };
  const properties: NonNullable<IPublishPacket["properties"]> = {};
  if (publication.expirySeconds !== undefined) properties.messageExpiryInterval = publication.expirySeconds;
  if (publication.responseTopic !== undefined) properties.responseTopic = publication.responseTopic;
  if (publication.correlationData !== undefined)
    properties.correlationData = asBuffer(publication.correlationData);
  if (publication.contentType !== undefined) properties.contentType = publication.contentType;
  return { qos, retain, properties };
}

function toMessage(packet: IPublishPacket): MqttMessage {
  const { properties } = packet;
  return {
    topic: packet.topic,
    payload: asBuffer(packet.payload),
    retained: packet.retain,
    qos: packet.qos,
    expirySeconds: properties?.messageExpiryInterval ?? null,
    responseTopic: properties?.responseTopic ?? null,
    correlationData: properties?.correlationData ?? null,
  };
}

function asBuffer(value: string | Uint8Array): Buffer {
  return typeof value === "string"
    ? Buffer.from(value, "utf8")
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

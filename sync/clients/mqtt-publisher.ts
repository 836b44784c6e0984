// Publishing on one connection: a window of unacknowledged messages, a time limit for each acknowledgement, no queue behind it.
import { setMaxListeners } from "node:events";
import type { Clock } from "../../device/clock.ts";
import { SyncError } from "../errors.ts";
import { createInflightWindow } from "./inflight-window.ts";
import type { MqttConnection } from "./mqtt.ts";
import type { MqttPublication } from "./mqtt-message.ts";

export type MqttPublisher = {
  /** Unacknowledged QoS 1 messages. */
  readonly inflight: () => number;
  /** QoS 1 resolves on PUBACK, QoS 0 when handed to the network. @throws SyncError; the signal's reason. */
  readonly publish: (publication: MqttPublication, signal: AbortSignal) => Promise<void>;
};

const maxWaiting = 1_000;
const mostBacklogBytes = 1024 * 1024;

export function createMqttPublisher(
  connection: MqttConnection,
  options: { readonly maxInflight: number; readonly ackTimeoutMs: number; readonly clock: Clock },
): MqttPublisher {
  const { clock, ackTimeoutMs } = options;
  const window = createInflightWindow(Math.min(options.maxInflight, connection.receiveMaximum), maxWaiting);
  void connection.closed.then((reason) => window.close(reason));

  /** The place is held until the broker answers, even when nobody waits for that any more: the broker counts it too. */
  const publishInWindow = async (publication: MqttPublication, signal: AbortSignal): Promise<void> => {
    const release = await window.acquire(signal);
    await connection.publish(publication).finally(release);
  };

  const publishConfirmed = async (publication: MqttPublication, signal: AbortSignal): Promise<void> => {
    const heardBefore = connection.heard();
    const limit = new AbortController();
    const onAbort = (): void => limit.abort(signal.reason);
    // A whole batch waits on one signal; ten listeners are not a leak here.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = clock.sleep(ackTimeoutMs, limit.signal).then(() => {
      // Not a sign of life since: the connection is dead and TCP does not know yet. The keep-alive would take longer.
      if (connection.heard() === heardBefore) connection.destroy();
      throw new SyncError(
        "retryable",
        `publish ${publication.topic}: the broker did not acknowledge within ${ackTimeoutMs} ms`,
      );
    });
    try {
      await Promise.race([timer, publishInWindow(publication, limit.signal)]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      limit.abort();
    }
  };

  return {
    inflight: window.inflight,
    publish: async (publication, signal) => {
      signal.throwIfAborted();
      const { topic } = publication;
      const packetBytes = packetBytesOf(publication);
      const { maximumPacketBytes } = connection;
      if (maximumPacketBytes !== null && packetBytes > maximumPacketBytes)
        throw new SyncError(
          "permanent",
          `publish ${topic}: the broker takes ${maximumPacketBytes} bytes at most, this is ${packetBytes}`,
        );
      if (publication.qos === 1) return publishConfirmed(publication, signal);
      if (connection.backlogBytes() > (publication.maxBacklogBytes ?? mostBacklogBytes))
        throw new SyncError("retryable", `publish ${topic}: the network does not keep up`);
      await connection.publish(publication);
    },
  };
}

/** The size of a PUBLISH packet (MQTT 5 §3.3), a few bytes too high at most. */
function packetBytesOf({
  topic,
  payload,
  responseTopic,
  correlationData,
  contentType,
}: MqttPublication): number {
  const headerBytes = 5 + 2 + 2; // fixed header, topic length, packet id
  const propertyBytes = 4 + 5; // length of all, expiry
  const optional = [responseTopic, correlationData, contentType].filter((part) => part !== undefined);
  const optionalBytes = optional.reduce((sum, part) => sum + 3 + Buffer.byteLength(part), 0);
  return headerBytes + propertyBytes + optionalBytes + Buffer.byteLength(topic) + Buffer.byteLength(payload);
}

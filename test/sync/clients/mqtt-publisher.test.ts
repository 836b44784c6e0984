import assert from "node:assert/strict";
import { test } from "node:test";
import type { MqttConnection } from "../../../sync/clients/mqtt.ts";
import { createMqttPublisher } from "../../../sync/clients/mqtt-publisher.ts";
import { SyncError } from "../../../sync/errors.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const never = new AbortController().signal;

/** A connection whose network has taken nothing yet of `backlog` bytes. */
function createSlowConnection(backlog: number): { connection: MqttConnection; said: string[] } {
  const said: string[] = [];
  const connection: MqttConnection = {
    protocol: 5,
    receiveMaximum: 10,
    maximumPacketBytes: null,
    heard: () => 0,
    backlogBytes: () => backlog,
    publish: async ({ topic }) => void said.push(topic),
    subscribe: async () => [],
    unsubscribe: async () => undefined,
    closed: new Promise(() => undefined),
    end: async () => undefined,
    destroy: () => undefined,
  };
  return { connection, said };
}

test("publish() leaves out a QoS 0 message rather than queue it behind more bytes than it allows", async () => {
  const { connection, said } = createSlowConnection(3_000);
  const publisher = createMqttPublisher(connection, {
    maxInflight: 1,
    ackTimeoutMs: 1000,
    clock: createManualClock(),
  });
  const message = { topic: "control/drive", payload: "{}", qos: 0 as const };
  await assert.rejects(
    publisher.publish({ ...message, maxBacklogBytes: 2_048 }, never),
    (error) =>
      error instanceof SyncError && error.kind === "retryable" && /does not keep up/.test(error.message),
  );
  await publisher.publish({ ...message, maxBacklogBytes: 4_096 }, never);
  await publisher.publish({ ...message, topic: "state" }, never);
  assert.deepEqual(said, ["control/drive", "state"]);
});

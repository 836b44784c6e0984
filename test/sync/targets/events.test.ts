import assert from "node:assert/strict";
import { test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import type { OutboxEntry } from "../../../device/store/outbox.ts";
import { startBroker } from "../../../sync/clients/broker.ts";
import { createMqttLink } from "../../../sync/clients/mqtt-link.ts";
import { SyncError } from "../../../sync/errors.ts";
import { createEventTarget } from "../../../sync/targets/events.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { connectPeer, jsonOf } from "../../fakes/mqtt-peer.ts";

const never = new AbortController().signal;

function entry(sequence: number, changes: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    sequence,
    target: "mqtt",
    lane: "telemetry",
    kind: "event",
    operation: "put",
    id: `E${sequence}`,
    imgId: null,
    bytes: 200,
    enqueuedAtUs: createManualClock().now().wallUs,
    notBeforeUs: null,
    event: { type: "mark", body: { note: `n${sequence}` } },
    ...changes,
  };
}

test("createEventTarget() delivers in order, with id, type and sequence, and marks what comes late", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const link = createMqttLink({
    url: broker.url,
    clientId: "car7",
    will: null,
    clock: createSystemClock(),
    random: Math.random,
    log: silentLog,
  });
  await eventually("a connection", () => link.state().phase === "connected");
  const peer = await connectPeer(broker.url);
  const clock = createManualClock();
  const target = createEventTarget({ name: "mqtt", link, topicFor: (type) => `o/car7/event/${type}`, clock });
  await target.probe(never);
  const entries = Array.from({ length: 50 }, (_, n) => entry(n));
  const outcomes = await target.deliver(entries, never);
  assert.ok(outcomes.every(({ result }) => result === "delivered"));
  await eventually("all events", () => peer.heard.length === 50);
  assert.deepEqual(jsonOf(peer.heard[0]!), { note: "n0", id: "E0", type: "mark", seq: 0, historical: false });
  assert.deepEqual(
    peer.heard.map((message) => jsonOf(message).seq),
    entries.map(({ sequence }) => sequence),
  );
  assert.equal(
    peer.heard.some(({ retained }) => retained),
    false,
  );
  await clock.advance(60_000);
  const mixed = await target.deliver(
    [
      entry(60),
      entry(61, { operation: "remove" }),
      entry(62, { event: { type: "big", body: { text: "x".repeat(2e6) } } }),
    ],
    never,
  );
  assert.deepEqual(
    mixed.map(({ result }) => result),
    ["delivered", "gone", "failed"],
  );
  assert.ok(mixed[2]!.result === "failed" && mixed[2]!.error.kind === "permanent");
  assert.equal(
    jsonOf(await peer.next("o/car7/event/mark", (message) => jsonOf(message).seq === 60)).historical,
    true,
  );
  await Promise.all([link.close(), peer.link.close(), target.close()]);
  await broker.close();
});

test("createEventTarget() throws as offline while there is no broker: no event counts as tried", async () => {
  const clock = createManualClock();
  const link = createMqttLink({
    url: "mqtt://127.0.0.1:1",
    clientId: "c",
    will: null,
    clock,
    random: () => 1,
    log: silentLog,
  });
  const target = createEventTarget({ name: "mqtt", link, topicFor: (type) => type, clock });
  const isOffline = (error: unknown): boolean => error instanceof SyncError && error.kind === "offline";
  await assert.rejects(target.deliver([entry(1)], never), isOffline);
  await assert.rejects(target.probe(never), isOffline);
  await link.close();
});

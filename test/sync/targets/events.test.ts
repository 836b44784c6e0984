import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import type { OutboxEntry } from "../../../device/store/outbox.ts";
import { openStore } from "../../../device/store/store.ts";
import { startBroker } from "../../../sync/clients/broker.ts";
import { createMqttLink } from "../../../sync/clients/mqtt-link.ts";
import { createDrain } from "../../../sync/drain.ts";
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

test("events wait in the outbox while the broker is away and arrive once it is there, in order", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "outrider-events-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const clock = createSystemClock();
  const store = openStore({ directory, clock, log: silentLog, commitWindowMs: 0 });
  const once = await startBroker({ port: 0, log: silentLog });
  await once.close();
  const link = createMqttLink({
    url: once.url,
    clientId: "car7",
    will: null,
    backoff: { baseMs: 1, capMs: 5 },
    clock,
    random: () => 1,
    log: silentLog,
  });
  const target = createEventTarget({ name: "mqtt", link, topicFor: (type) => `o/event/${type}`, clock });
  const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: () => 0.5 });
  link.onConnect(async () => drain.wake({ linkUp: true }));
  // A link hears its own words too, and its subscriptions are there before anything is sent.
  const heard: unknown[] = [];
  link.subscribe("o/event/#", (message) => heard.push(jsonOf(message).id));
  const emit = (id: string): Promise<unknown> =>
    store.commit(() => store.outbox.enqueue({ ...draft, id, event: { type: "mark", body: {} } }));
  for (const id of ["E1", "E2", "E3"]) await emit(id);
  const stop = new AbortController();
  const draining = drain.run({ follow: true, signal: stop.signal });
  await eventually("a failed attempt", () => link.state().failures > 1);
  assert.equal(store.outbox.waiting().mqtt?.telemetry.entries, 3);
  assert.equal(store.outbox.parked().length, 0);
  const broker = await startBroker({ port: once.port, log: silentLog });
  await eventually("the three events", () => heard.length === 3);
  await emit("E4");
  drain.wake();
  await eventually("an empty outbox", () => store.outbox.waiting().mqtt?.telemetry.entries === 0);
  assert.deepEqual(heard, ["E1", "E2", "E3", "E4"]);
  stop.abort();
  await draining;
  await link.close();
  await broker.close();
  await store.close();
});

const draft = {
  target: "mqtt",
  lane: "telemetry",
  kind: "event",
  operation: "put",
  imgId: null,
  bytes: 200,
  notBeforeUs: null,
} as const;

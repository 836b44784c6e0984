// Events to a real Mosquitto over a link that is cut again and again, in the middle of batches and with acknowledgements lost: each
// arrives, and the first copies of a topic's events come in the order in which they happened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startTcpProxy } from "../../agent/bench/faults/tcp-proxy.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createMqttLink } from "../../sync/clients/mqtt-link.ts";
import { createDrain } from "../../sync/drain.ts";
import { createEventTarget } from "../../sync/targets/events.ts";
import { eventually } from "../fakes/eventually.ts";
import { connectPeer, jsonOf } from "../fakes/mqtt-peer.ts";
import { seededRandom } from "../fakes/sightings.ts";
import { openTestStore } from "../fakes/store.ts";
import { createMosquitto, findMosquitto } from "../servers/mosquitto.ts";

const program = findMosquitto();
const skip = program === null ? "mosquitto is not installed" : false;
const events = 6000;
const topics = 7;

test("events keep their order per topic and none is lost while the link is cut again and again", {
  skip,
}, async (t) => {
  const mosquitto = await createMosquitto(program!, ["max_queued_messages 0"]);
  await mosquitto.start();
  t.after(() => mosquitto.close());
  const proxy = await startTcpProxy({ host: "127.0.0.1", port: Number(new URL(mosquitto.url).port) });
  t.after(() => proxy.close());
  const peer = await connectPeer(mosquitto.url, { filter: "order/#" });
  t.after(() => peer.link.close());
  const clock = createSystemClock();
  const random = seededRandom(11);
  const store = openTestStore(t, { commitWindowMs: 20 });
  await store.commit(() => {
    for (let n = 0; n < events; n += 1)
      store.outbox.enqueue({
        target: "mqtt",
        lane: "telemetry",
        kind: "event",
        operation: "put",
        id: `event-${n}`,
        imgId: null,
        bytes: 200,
        notBeforeUs: null,
        event: { type: `type${n % topics}`, body: { n } },
      });
  });
  const link = createMqttLink({
    url: `mqtt://127.0.0.1:${proxy.port}`,
    clientId: "car7",
    will: null,
    backoff: { baseMs: 20, capMs: 200 },
    clock,
    random,
    log: silentLog,
  });
  t.after(() => link.close());
  const target = createEventTarget({ name: "mqtt", link, topicFor: (type) => `order/${type}`, clock });
  const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: () => random() / 50 });
  link.onConnect(async () => drain.wake({ linkUp: true }));
  const stop = new AbortController();
  const draining = drain.run({ follow: true, signal: stop.signal });
  const left = (): number => store.outbox.waiting().mqtt?.telemetry.entries ?? 0;
  let cuts = 0;
  const cutting = (async () => {
    while (left() > 0 && cuts < 60) {
      await delay(60 + random() * 120);
      if (link.state().phase !== "connected") continue;
      cuts += 1;
      // Now at once, now with a while in which requests pass and their acknowledgements do not.
      if (random() < 0.5) {
        await proxy.set({ kind: "deaf" });
        await delay(random() * 50);
      }
      await proxy.set({ kind: "reset" });
      await proxy.set(null);
    }
  })();
  await eventually("an empty outbox", () => left() === 0, 120_000);
  await cutting;
  stop.abort();
  await draining;
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  await eventually(
    "all events",
    () => new Set(peer.heard.map((message) => jsonOf(message).id)).size === events,
  );
  for (const message of peer.heard) {
    const { id, n } = jsonOf(message) as { id: string; n: number };
    if (seen.has(id)) continue;
    seen.add(id);
    const before = newest.get(message.topic) ?? -1;
    assert.ok(n > before, `${message.topic}: ${n} came after ${before}`);
    newest.set(message.topic, n);
  }
  assert.equal(store.outbox.parked().length, 0);
  assert.ok(cuts > 3, `${cuts} cuts`);
  assert.ok(peer.heard.length > events, "acknowledgements were lost, and what they were for came again");
});

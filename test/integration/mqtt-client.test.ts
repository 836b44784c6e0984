// `outrider remote`'s client on a real Mosquitto: MQTT 5 with response topic and correlation data, also over a wire that is cut.
// OUTRIDER_TEST_MQTT is the broker's URL, e.g. mqtt://127.0.0.1:1883.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTcpProxy } from "../../agent/bench/faults/tcp-proxy.ts";
import { createRemote } from "../../agent/remote/remote.ts";
import { createSeenRequests } from "../../agent/remote/seen.ts";
import { availabilityWill, createTopics } from "../../agent/remote/topics.ts";
import { openRemoteClient } from "../../agent/remote-client/open-client.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createMqttLink } from "../../sync/clients/mqtt-link.ts";
import { eventually } from "../fakes/eventually.ts";
import { createFakeHands } from "../fakes/hands.ts";
import { connectPeer } from "../fakes/mqtt-peer.ts";

const brokerUrl = process.env.OUTRIDER_TEST_MQTT ?? "";
const skip = brokerUrl === "" ? "OUTRIDER_TEST_MQTT is not set: no real MQTT broker" : false;
const clock = createSystemClock();
const base = `client-${Math.random().toString(36).slice(2)}`;
const signal = new AbortController().signal;

async function openDevice(t: { after: (clean: () => Promise<void>) => void }, name: string, url = brokerUrl) {
  const topics = createTopics(base, name);
  const link = createMqttLink({
    url,
    clientId: `${base}-${name}`,
    will: availabilityWill(topics),
    backoff: { baseMs: 20, capMs: 200 },
    clock,
    random: Math.random,
    log: silentLog,
  });
  const { hands, calls } = createFakeHands();
  const remote = createRemote({
    link,
    topics,
    hands,
    sources: { info: () => ({}), health: () => ({}), record: () => ({ state: "idle" }), cameras: () => [] },
    seen: createSeenRequests(),
    clock,
    log: silentLog,
  });
  t.after(async () => {
    await remote.close();
    await link.close();
  });
  await eventually("the device", () => link.state().phase === "connected");
  return { calls, topics };
}

function openClient(t: { after: (clean: () => Promise<void>) => void }, url = brokerUrl) {
  const mqtt = { url, base, caFile: null, certFile: null, keyFile: null };
  const client = openRemoteClient({ mqtt, env: {}, clock, random: Math.random, log: silentLog });
  t.after(client.close);
  return client;
}

test("the answer comes to the client alone, on its response topic, and nowhere else", { skip }, async (t) => {
  const { calls, topics } = await openDevice(t, "five");
  const peer = await connectPeer(brokerUrl, { filter: `${base}/#` });
  t.after(() => peer.link.close());
  const client = openClient(t);
  const parameters = { action: "start" };
  const answer = await client.ask("five", "record", { parameters, timeoutMs: 20_000, signal });
  assert.deepEqual(answer.status === "ok" && answer.data, { run: "R1" });
  assert.equal(client.link.state().protocol, 5);
  const own = await peer.next(client.replyTopic("answer"));
  assert.notEqual(own.correlationData, null);
  assert.equal(
    peer.heard.some(({ topic }) => topic === topics.response("record")),
    false,
  );
  assert.deepEqual(calls, ["start {}"]);
});

test("a request whose wire is cut before the answer is sent again, and acts once", { skip }, async (t) => {
  const { calls } = await openDevice(t, "cut");
  const { hostname: host, port } = new URL(brokerUrl);
  const wire = await startTcpProxy({ host, port: Number(port) });
  t.after(wire.close);
  const client = openClient(t, `mqtt://127.0.0.1:${wire.port}`);
  const limits = { timeoutMs: 30_000, signal };
  await client.ask("cut", "status", { ...limits, parameters: {} }); // it is known to be there now
  // Questions pass, answers do not: the device acts, and nobody hears of it.
  await wire.set({ kind: "deaf" });
  const asking = client.ask("cut", "record", { ...limits, parameters: { action: "start" } });
  await eventually("the device to act", () => calls.length === 1);
  await wire.set(null);
  assert.equal((await asking).status, "ok");
  assert.deepEqual(calls, ["start {}"]);
  assert.ok(client.link.state().connects >= 2);
});

test("list() hears every device of many, also behind 60 others", { skip }, async (t) => {
  const peer = await connectPeer(brokerUrl, { filter: `${base}/none` });
  t.after(() => peer.link.close());
  const names = Array.from({ length: 60 }, (_, at) => `d${at}`);
  const say = (payload: string) =>
    Promise.all(
      names.map((name) =>
        peer.link.publish({ topic: `${base}/${name}/availability`, payload, qos: 1, retain: true }, signal),
      ),
    );
  await say("offline");
  const devices = await openClient(t).list({ timeoutMs: 20_000, signal });
  assert.equal(devices.filter(({ device }) => names.includes(device)).length, 60);
  await say("");
});

// Against a real Mosquitto. OUTRIDER_TEST_MQTT is its URL, e.g. mqtt://127.0.0.1:1883; the restart test starts one of its own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createRemote } from "../../agent/remote/remote.ts";
import { createSeenRequests } from "../../agent/remote/seen.ts";
import { availabilityWill, createTopics } from "../../agent/remote/topics.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createMqttLink, type MqttLink } from "../../sync/clients/mqtt-link.ts";
import { SyncError } from "../../sync/errors.ts";
import { eventually } from "../fakes/eventually.ts";
import { createFakeHands } from "../fakes/hands.ts";
import { connectPeer, jsonOf, textOf } from "../fakes/mqtt-peer.ts";
import { createMosquitto, findMosquitto } from "../servers/mosquitto.ts";

const brokerUrl = process.env.OUTRIDER_TEST_MQTT ?? "";
const skip = brokerUrl === "" ? "OUTRIDER_TEST_MQTT is not set: no real MQTT broker" : false;
const program = findMosquitto();
const skipOwn = program === null ? "mosquitto is not installed" : skip;
const never = new AbortController().signal;
const clock = createSystemClock();
const run = Math.random().toString(36).slice(2);
const topicsOf = (name: string) => createTopics(`test-${run}`, name);

function openLink(url: string, name: string): MqttLink {
  return createMqttLink({
    url,
    clientId: `${name}-${run}`,
    will: availabilityWill(topicsOf(name)),
    backoff: { baseMs: 20, capMs: 200 },
    clock,
    random: Math.random,
    log: silentLog,
  });
}

function openDevice(url: string, name: string) {
  const topics = topicsOf(name);
  const link = openLink(url, name);
  const { hands, calls } = createFakeHands();
  const sources = {
    info: () => ({}),
    health: () => ({}),
    record: () => ({ state: "idle" }),
    cameras: () => [],
  };
  const remote = createRemote({
    link,
    topics,
    hands,
    sources,
    seen: createSeenRequests(),
    clock,
    log: silentLog,
  });
  const close = async (): Promise<void> => {
    await remote.close();
    await link.close();
  };
  return {
    topics,
    link,
    remote,
    calls,
    close,
    ready: () => eventually("a connection", () => link.state().phase === "connected"),
  };
}

/** A wire to the broker that a test can cut. */
async function openProxy(target: string) {
  const { hostname, port } = new URL(target);
  const pairs: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    pairs.push(near, far);
    for (const socket of [near, far]) socket.on("error", () => undefined);
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { port: number };
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    cut: () => {
      for (const socket of pairs.splice(0)) socket.destroy();
    },
    close: () => void server.close(),
  };
}

test("MQTT 5: a request is answered on its response topic with its correlation data", { skip }, async () => {
  const device = openDevice(brokerUrl, "five");
  await device.ready();
  assert.equal(device.link.state().protocol, 5);
  const peer = await connectPeer(brokerUrl, { filter: `test-${run}/#` });
  const responseTopic = `test-${run}/operator/response/1`;
  const correlationData = Buffer.from([0, 1, 2, 255]);
  const topic = `${device.topics.root}/request/record`;
  await peer.link.publish(
    {
      topic,
      payload: '{"action":"start","transaction":"x"}',
      qos: 1,
      responseTopic,
      correlationData,
      expirySeconds: 60,
    },
    never,
  );
  const answer = await peer.next(responseTopic);
  assert.deepEqual(jsonOf(answer), { status: "ok", data: { run: "R1" }, transaction: "x" });
  assert.deepEqual(Buffer.from(answer.correlationData!), correlationData);
  assert.ok(answer.expirySeconds !== null && answer.expirySeconds <= 60);
  // A response topic that is a command of another device: answered at the usual place.
  const trap = `test-${run}/other/request/record`;
  await peer.link.publish(
    { topic: `${device.topics.root}/request/status`, payload: "", qos: 1, responseTopic: trap },
    never,
  );
  await peer.next(device.topics.response("status"));
  assert.equal(
    peer.heard.some((message) => message.topic === trap),
    false,
  );
  await device.close();
  await peer.link.close();
});

test("availability: born online, offline when the wire is cut, online again, stopped at the end; retained each time", {
  skip,
}, async () => {
  const proxy = await openProxy(brokerUrl);
  const device = openDevice(proxy.url, "wire");
  await device.ready();
  const peer = await connectPeer(brokerUrl, { filter: device.topics.availability });
  const words = (): string[] => peer.heard.map(textOf);
  await eventually("the birth", () => words().at(-1) === "online");
  proxy.cut();
  await eventually("the will", () => words().includes("offline"));
  await eventually("the next birth", () => words().at(-1) === "online" && device.link.state().connects > 1);
  const late = await connectPeer(brokerUrl, { filter: device.topics.availability });
  const stored = await late.next(device.topics.availability);
  assert.deepEqual([textOf(stored), stored.retained], ["online", true]);
  await device.close();
  await eventually("the goodbye", () => words().at(-1) === "stopped");
  assert.equal(words().filter((word) => word === "offline").length, 1);
  proxy.close();
  await Promise.all([peer.link.close(), late.link.close()]);
});

test("a retained request never acts: neither live nor at a connect", { skip }, async () => {
  const device = openDevice(brokerUrl, "kept");
  await device.ready();
  const peer = await connectPeer(brokerUrl, { filter: `${device.topics.root}/#` });
  const request = {
    topic: `${device.topics.root}/request/record`,
    payload: '{"action":"start"}',
    qos: 1 as const,
  };
  await peer.link.publish({ ...request, retain: true }, never);
  await eventually("the live copy to be ignored", () => device.remote.ignored().retained === 1);
  await device.close();
  const again = openDevice(brokerUrl, "kept");
  await again.ready();
  await peer.link.publish({ topic: `${device.topics.root}/request/status`, payload: "", qos: 1 }, never);
  await peer.next(device.topics.response("status"));
  assert.deepEqual([device.calls, again.calls], [[], []]);
  await peer.link.publish({ ...request, payload: "", retain: true }, never); // leave the broker clean
  await again.close();
  await peer.link.close();
});

test("messages that expire come with what is left of their time", { skip }, async () => {
  const peer = await connectPeer(brokerUrl, { filter: `test-${run}/expiry` });
  await peer.link.publish({ topic: `test-${run}/expiry`, payload: "x", qos: 1, expirySeconds: 70 }, never);
  const message = await peer.next(`test-${run}/expiry`);
  // The broker takes off what it needed itself.
  assert.ok(message.expirySeconds! > 0 && message.expirySeconds! <= 70, String(message.expirySeconds));
  assert.equal(message.expiresAtNs! - message.receivedNs, message.expirySeconds! * 1e9);
  await peer.link.close();
});

test("garbage and giants do no harm: each is answered or kept away, and the device goes on", {
  skip,
}, async () => {
  const device = openDevice(brokerUrl, "tough");
  await device.ready();
  const peer = await connectPeer(brokerUrl, { filter: `${device.topics.root}/response/#` });
  const topic = `${device.topics.root}/request/record`;
  const payloads = [
    "{",
    "[1]",
    "\0\0",
    "x".repeat(70_000),
    '{"action":"__proto__"}',
    Buffer.from([0xff, 0xfe]),
  ];
  for (const payload of payloads) await peer.link.publish({ topic, payload, qos: 1 }, never);
  await eventually("an answer to each", () => peer.heard.length === payloads.length);
  assert.ok(peer.heard.every((message) => jsonOf(message).status === "error"));
  // Larger than the device takes: an MQTT 5 broker keeps it away, and the connection stays.
  await peer.link.publish({ topic, payload: "x".repeat(400_000), qos: 1 }, never);
  await peer.link.publish({ topic: `${device.topics.root}/request/status`, payload: "", qos: 1 }, never);
  await peer.next(device.topics.response("status"));
  assert.equal(device.link.state().connects, 1);
  assert.deepEqual(device.calls, []);
  await device.close();
  await peer.link.close();
});

test("the link outlives the broker: offline at once, then back with birth and subscriptions", {
  skip: skipOwn,
}, async () => {
  const broker = await createMosquitto(program!);
  await broker.start();
  const device = openDevice(broker.url, "back");
  await device.ready();
  await broker.stop();
  await eventually("the loss to be noticed", () => device.link.state().phase !== "connected");
  await assert.rejects(
    device.link.publish({ topic: "a", payload: "b", qos: 1 }, never),
    (error) => error instanceof SyncError && error.kind === "offline",
  );
  await broker.start();
  const peer = await connectPeer(broker.url);
  assert.equal(textOf(await peer.next(device.topics.availability)), "online");
  await peer.link.publish({ topic: `${device.topics.root}/request/sync`, payload: "{}", qos: 1 }, never);
  assert.equal(jsonOf(await peer.next(device.topics.response("sync"))).status, "ok");
  await device.close();
  await peer.link.close();
  await broker.close();
});

test("what a broker forbids is a permanent failure of that message, and the connection stays", {
  skip: skipOwn,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "outrider-acl-"));
  const acl = join(directory, "acl");
  writeFileSync(acl, "topic readwrite allowed/#\n", { mode: 0o644 });
  const broker = await createMosquitto(program!, [`acl_file ${acl}`, "max_packet_size 2000", "user root"]);
  await broker.start();
  const peer = await connectPeer(broker.url, { filter: "allowed/#" });
  const isPermanent = (error: unknown): boolean => error instanceof SyncError && error.kind === "permanent";
  await assert.rejects(peer.link.publish({ topic: "forbidden", payload: "x", qos: 1 }, never), isPermanent);
  await assert.rejects(
    peer.link.publish({ topic: "allowed/a", payload: "x".repeat(5000), qos: 1 }, never),
    isPermanent,
  );
  await peer.link.publish({ topic: "allowed/a", payload: "x", qos: 1 }, never);
  assert.equal(peer.link.state().connects, 1);
  await peer.link.close();
  await broker.close();
  rmSync(directory, { recursive: true });
});

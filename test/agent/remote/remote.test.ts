import assert from "node:assert/strict";
import { test } from "node:test";
import { createRemote, type Remote } from "../../../agent/remote/remote.ts";
import { createSeenRequests } from "../../../agent/remote/seen.ts";
import { availabilityWill, createTopics } from "../../../agent/remote/topics.ts";
import type { CameraStatus } from "../../../device/camera/camera.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { type Broker, startBroker } from "../../../sync/clients/broker.ts";
import { createMqttLink, type MqttLink } from "../../../sync/clients/mqtt-link.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createFakeHands } from "../../fakes/hands.ts";
import { connectPeer, jsonOf, type MqttPeer, textOf } from "../../fakes/mqtt-peer.ts";

const never = new AbortController().signal;
const topics = createTopics("outrider", "car7");
const camera: CameraStatus = {
  state: "online",
  frames: 10,
  dropped: {},
  restarts: 0,
  newestFrameNs: 1,
  fps: 30,
  problem: null,
};

type Device = {
  readonly remote: Remote;
  readonly link: MqttLink;
  readonly words: { record: object; camera: CameraStatus };
};

/** A device on a broker. Its time is the machine's: sockets are real, and nothing here waits for a clock. */
function openDevice(url: string, hands = createFakeHands().hands): Device {
  const clock = createSystemClock();
  const link = createMqttLink({
    url,
    clientId: "car7",
    will: availabilityWill(topics),
    backoff: { baseMs: 1, capMs: 5 },
    clock,
    random: () => 1,
    log: silentLog,
  });
  const words = { record: { state: "idle", frames: 0 } as object, camera };
  const remote = createRemote({
    link,
    topics,
    hands,
    sources: {
      info: () => ({ version: "0.1.0" }),
      health: () => ({ disk: { hoursLeft: 3 } }),
      record: () => words.record,
      cameras: () => [{ id: "front", status: words.camera }],
    },
    seen: createSeenRequests(),
    clock,
    log: silentLog,
  });
  return { remote, link, words };
}

async function withDevice(
  use: (parts: { broker: Broker; device: Device; peer: MqttPeer; calls: readonly string[] }) => Promise<void>,
): Promise<void> {
  const broker = await startBroker({ port: 0, log: silentLog });
  const { hands, calls } = createFakeHands();
  const device = openDevice(broker.url, hands);
  const peer = await connectPeer(broker.url);
  await peer.next(topics.availability);
  try {
    await use({ broker, device, peer, calls });
  } finally {
    await device.remote.close();
    await device.link.close();
    await peer.link.close();
    await broker.close();
  }
}

test("createRemote() says what it is and how it is, retained, so that who comes late knows too", () =>
  withDevice(async ({ broker, peer }) => {
    await peer.next(topics.cameraStatus("front")); // the last of them is with the broker
    const late = await connectPeer(broker.url);
    assert.equal(textOf(await late.next(topics.availability)), "online");
    assert.equal(jsonOf(await late.next(topics.info)).version, "0.1.0");
    assert.deepEqual(jsonOf(await late.next(topics.health)).disk, { hoursLeft: 3 });
    assert.equal(jsonOf(await late.next(topics.recordState)).state, "idle");
    const status = await late.next(topics.cameraStatus("front"));
    assert.equal(jsonOf(status).state, "online");
    assert.equal(status.retained, true);
    assert.match(String(jsonOf(status).at), /^\d{4}-\d\d-\d\dT.*Z$/);
    await late.link.close();
  }));

test("createRemote() says a changed word at once and a changed figure not", () =>
  withDevice(async ({ device, peer }) => {
    await peer.next(topics.cameraStatus("front"));
    device.words.camera = { ...camera, frames: 500 };
    device.remote.refresh();
    device.words.record = { state: "recording", frames: 1 };
    device.remote.refresh();
    await peer.next(topics.recordState, (message) => jsonOf(message).state === "recording");
    assert.equal(peer.heard.filter(({ topic }) => topic === topics.cameraStatus("front")).length, 1);
  }));

test("createRemote() lets a flickering word not fill the link, and says the last one", () =>
  withDevice(async ({ device, peer }) => {
    const startedMs = performance.now();
    for (let count = 0; count < 100; count += 1) {
      device.words.record = { state: count % 2 === 0 ? "recording" : "paused", frames: count };
      device.remote.refresh();
      await new Promise((resolve) => setImmediate(resolve));
    }
    device.words.record = { state: "ended" };
    await device.remote.close();
    await peer.next(topics.recordState, (message) => jsonOf(message).state === "ended");
    // The first, five at once, one every five seconds, the last; two more where a look fell between.
    const most = 9 + (performance.now() - startedMs) / 5000;
    assert.ok(peer.heard.filter(({ topic }) => topic === topics.recordState).length <= most);
  }));

test("createRemote() carries out requests and answers them", () =>
  withDevice(async ({ peer, calls }) => {
    const ask = (name: string, body: object) =>
      peer.link.publish(
        { topic: `${topics.root}/request/${name}`, payload: JSON.stringify(body), qos: 1 },
        never,
      );
    await ask("record", { action: "start", session: { event: "race" }, transaction: "t1" });
    assert.deepEqual(jsonOf(await peer.next(topics.response("record"))), {
      status: "ok",
      data: { run: "R1" },
      transaction: "t1",
    });
    await ask("status", {});
    assert.deepEqual(jsonOf(await peer.next(topics.response("status"))), {
      status: "ok",
      data: { recording: true },
    });
    await ask("snapshot", { transaction: 5 });
    const refused = jsonOf(await peer.next(topics.response("snapshot")));
    assert.deepEqual([refused.status, refused.transaction], ["error", 5]);
    assert.deepEqual(calls, ['start {"event":"race"}']);
  }));

test("createRemote() never acts on a retained request, also not after a reconnect", () =>
  withDevice(async ({ broker, device, peer, calls }) => {
    await device.remote.close();
    await device.link.close();
    const topic = `${topics.root}/request/record`;
    await peer.link.publish({ topic, payload: '{"action":"start"}', qos: 1, retain: true }, never);
    const { hands, calls: later } = createFakeHands();
    const again = openDevice(broker.url, hands);
    await eventually("the retained request to be ignored", () => again.remote.ignored().retained === 1);
    assert.deepEqual([calls, later], [[], []]);
    await again.remote.close();
    await again.link.close();
  }));

test("createRemote() takes back a late will: the last word on availability is the true one", () =>
  withDevice(async ({ peer }) => {
    await peer.link.publish({ topic: topics.availability, payload: "offline", qos: 1, retain: true }, never);
    await eventually("online to be said again", () => {
      const words = peer.heard.filter(({ topic }) => topic === topics.availability).map(textOf);
      return words.includes("offline") && words.at(-1) === "online";
    });
  }));

test("createRemote() says everything again to a broker that forgot it", async () => {
  const first = await startBroker({ port: 0, log: silentLog });
  const device = openDevice(first.url);
  await eventually("a connection", () => device.link.state().phase === "connected");
  await first.close();
  const second = await startBroker({ port: first.port, log: silentLog });
  const peer = await connectPeer(second.url);
  for (const topic of [topics.availability, topics.info, topics.health, topics.recordState])
    await peer.next(topic);
  await device.remote.close();
  await device.link.close();
  await peer.link.close();
  await second.close();
});

test("close() leaves the last state and `stopped` behind, not a will", () =>
  withDevice(async ({ device, peer, broker }) => {
    device.words.record = { state: "ended" };
    await device.remote.close();
    await device.remote.close();
    await device.link.close();
    await peer.next(topics.availability, (message) => textOf(message) === "stopped");
    const late = await connectPeer(broker.url);
    assert.equal(textOf(await late.next(topics.availability)), "stopped");
    assert.equal(jsonOf(await late.next(topics.recordState)).state, "ended");
    await late.link.close();
    assert.equal(
      peer.heard.some((message) => textOf(message) === "offline"),
      false,
    );
  }));

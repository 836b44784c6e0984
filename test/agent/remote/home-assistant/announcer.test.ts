import assert from "node:assert/strict";
import { test } from "node:test";
import { type Announced, createAnnouncer } from "../../../../agent/remote/home-assistant/announcer.ts";
import {
  type DiscoveryFacts,
  discoveryOf,
  discoveryTopic,
} from "../../../../agent/remote/home-assistant/discovery.ts";
import { createSystemClock } from "../../../../device/clock.ts";
import { silentLog } from "../../../../device/log.ts";
import { type Broker, startBroker } from "../../../../sync/clients/broker.ts";
import { createMqttLink } from "../../../../sync/clients/mqtt-link.ts";
import { eventually } from "../../../fakes/eventually.ts";
import { connectPeer, jsonOf, type MqttPeer, textOf } from "../../../fakes/mqtt-peer.ts";
import { fullFacts } from "./facts.ts";

const never = new AbortController().signal;
const prefix = "homeassistant";
const topic = discoveryTopic(prefix, fullFacts.topics);
const pictures = ["outrider/car/camera/front/picture"];

/** What a device remembers. */
function createMemory() {
  let kept: Announced | null = null;
  return {
    read: () => kept,
    write: async (announced: Announced | null) => {
      kept = announced;
    },
  };
}

function openDevice(broker: Broker, facts: DiscoveryFacts | null, memory = createMemory()) {
  const clock = createSystemClock();
  const link = createMqttLink({
    url: broker.url,
    clientId: "car",
    will: null,
    backoff: { baseMs: 1, capMs: 5 },
    clock,
    random: () => 1,
    log: silentLog,
  });
  const announcer = createAnnouncer({
    link,
    wanted:
      facts === null
        ? null
        : { topic, birthTopic: `${prefix}/status`, discovery: discoveryOf(facts), pictures },
    memory,
    clock,
    random: () => 0,
    log: silentLog,
  });
  return {
    memory,
    close: async () => {
      await announcer.close();
      await link.close();
    },
  };
}

async function withBroker(use: (broker: Broker, peer: MqttPeer) => Promise<void>): Promise<void> {
  const broker = await startBroker({ port: 0, log: silentLog });
  const peer = await connectPeer(broker.url, { filter: "#" });
  try {
    await use(broker, peer);
  } finally {
    await peer.link.close();
    await broker.close();
  }
}

const said = (peer: MqttPeer) => peer.heard.filter((message) => message.topic === topic);
const componentsOf = (peer: MqttPeer, at: number) =>
  jsonOf(said(peer).at(at)!).components as Record<string, object>;

test("createAnnouncer() announces at every connect, retained, and again when Home Assistant comes up", () =>
  withBroker(async (broker, peer) => {
    const device = openDevice(broker, fullFacts);
    await eventually("the announcement", () => said(peer).length === 1);
    await peer.link.publish({ topic: `${prefix}/status`, payload: "offline", qos: 1 }, never);
    await peer.link.publish({ topic: `${prefix}/status`, payload: "online", qos: 1 }, never);
    await eventually("the second announcement", () => said(peer).length === 2);
    const late = await connectPeer(broker.url, { filter: topic });
    assert.equal((await late.next(topic)).retained, true);
    await late.link.close();
    await device.close();
    const again = openDevice(broker, fullFacts, device.memory);
    await eventually("the third", () => said(peer).length === 3);
    await again.close();
  }));

test("createAnnouncer() takes back the parts that went, and then says the message without them", () =>
  withBroker(async (broker, peer) => {
    const first = openDevice(broker, fullFacts);
    await eventually(
      "the announcement",
      () => Object.keys(first.memory.read()?.components ?? {}).length > 0 && said(peer).length === 1,
    );
    await first.close();
    const smaller = { ...fullFacts, moves: false };
    const second = openDevice(broker, smaller, first.memory);
    await eventually("two messages", () => said(peer).length === 3);
    assert.deepEqual(componentsOf(peer, 1).stop, { platform: "button" });
    assert.equal(Object.hasOwn(componentsOf(peer, 2), "stop"), false);
    await second.close();
    const third = openDevice(broker, smaller, first.memory);
    await eventually("one message more", () => said(peer).length === 4);
    await third.close();
    assert.equal(said(peer).length, 4);
  }));

test("createAnnouncer() takes everything back when it is disabled, once, and says nothing where nothing was said", () =>
  withBroker(async (broker, peer) => {
    const first = openDevice(broker, fullFacts);
    await eventually("the announcement", () => said(peer).length === 1);
    await peer.link.publish({ topic: pictures[0]!, payload: "jpeg", qos: 1, retain: true }, never);
    await first.close();
    const disabled = openDevice(broker, null, first.memory);
    await eventually("forgotten", () => disabled.memory.read() === null);
    assert.equal(textOf(said(peer).at(-1)!), "");
    const late = await connectPeer(broker.url, { filter: "#" });
    await peer.link.publish({ topic: "end", payload: "", qos: 1, retain: true }, never);
    await late.next("end");
    assert.deepEqual(
      late.heard
        .filter(({ retained }) => retained)
        .map((message) => message.topic)
        .filter((each) => each !== "end"),
      [],
    );
    await disabled.close();
    const heard = said(peer).length;
    const still = openDevice(broker, null, first.memory);
    await peer.link.publish({ topic: "end", payload: "2", qos: 1 }, never);
    await peer.next("end", (message) => textOf(message) === "2");
    assert.equal(said(peer).length, heard);
    await still.close();
    await late.link.close();
  }));

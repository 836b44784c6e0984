// The client against a device (imaginary hands, real requests) on the embedded broker, which speaks MQTT 3.1.1.
// test/integration/mqtt-client.test.ts has the same on a real Mosquitto, over MQTT 5.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRemote, type Remote } from "../../../agent/remote/remote.ts";
import { createSeenRequests } from "../../../agent/remote/seen.ts";
import { availabilityWill, createTopics } from "../../../agent/remote/topics.ts";
import { describeData } from "../../../agent/remote-client/describe-answer.ts";
import { describeDevices } from "../../../agent/remote-client/describe-devices.ts";
import { describeHelp } from "../../../agent/remote-client/describe-help.ts";
import { openRemoteClient, type RemoteClient } from "../../../agent/remote-client/open-client.ts";
import { askForHelp, requestByWords } from "../../../agent/remote-client/request-by-words.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { type Broker, startBroker } from "../../../sync/clients/broker.ts";
import { createMqttLink, type MqttLink } from "../../../sync/clients/mqtt-link.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createFakeHands } from "../../fakes/hands.ts";

const clock = createSystemClock();
const signal = new AbortController().signal;
const limits = { timeoutMs: 15_000, signal };
let broker: Broker;
let client: RemoteClient;
let link: MqttLink;
let remote: Remote;
const { hands, calls } = createFakeHands();

function openDevice(name: string): { link: MqttLink; remote: Remote } {
  const topics = createTopics("o", name);
  const deviceLink = createMqttLink({
    url: broker.url,
    clientId: name,
    will: availabilityWill(topics),
    backoff: { baseMs: 1, capMs: 5 },
    clock,
    random: () => 1,
    log: silentLog,
  });
  const device = createRemote({
    link: deviceLink,
    topics,
    hands,
    sources: {
      info: () => ({ version: "0.1.0", cameras: [{ id: "front" }] }),
      health: () => ({}),
      record: () => ({ state: "stopped" }),
      cameras: () => [],
    },
    seen: createSeenRequests(),
    clock,
    log: silentLog,
  });
  return { link: deviceLink, remote: device };
}

function openClient(url = broker.url): RemoteClient {
  return openRemoteClient({
    mqtt: { url, base: "o", caFile: null, certFile: null, keyFile: null },
    env: {},
    clock,
    random: Math.random,
    log: silentLog,
  });
}

before(async () => {
  broker = await startBroker({ port: 0, log: silentLog });
  ({ link, remote } = openDevice("car"));
  await eventually("the device", () => link.state().phase === "connected");
  client = openClient();
});
after(async () => {
  await client.close();
  await remote.close();
  await link.close();
  await broker.close();
});

test("ask() is answered, and each question acts once", async () => {
  const answer = await client.ask("car", "record", { ...limits, parameters: { action: "mark", note: "x" } });
  assert.equal(answer.status, "error"); // no run is open in these hands
  assert.equal(answer.status === "error" && answer.error.code, "not_recording");
  const started = await requestByWords(
    client,
    { device: "car", command: "record", words: ["start", "event=race"] },
    limits,
  );
  assert.deepEqual([started.status, started.status === "ok" && started.data], ["ok", { run: "R1" }]);
  assert.deepEqual(calls, ["mark x", 'start {"event":"race"}']);
});

test("ask() says what is wrong before it waits for a device that is not there", async () => {
  const nobody = await client.ask("nobody", "status", { ...limits, parameters: {} });
  assert.ok(nobody.status === "error");
  assert.equal(nobody.error.code, "unknown_device");
  assert.match(nobody.error.message, /nobody was ever on this broker\. Online: car/);
  const gone = openDevice("gone");
  await eventually("the other device", () => gone.link.state().phase === "connected");
  await gone.remote.close();
  await gone.link.close();
  const stopped = await client.ask("gone", "status", { ...limits, parameters: {} });
  assert.ok(stopped.status === "error");
  assert.equal(stopped.error.code, "offline");
  assert.match(stopped.error.message, /was stopped in good order; it was last heard \d{4}-.* s ago/);
});

test("ask() ends in time when the device is said to be there and does not answer", async () => {
  await link.publish({ topic: "o/mute/availability", payload: "online", qos: 1, retain: true }, signal);
  const answer = await client.ask("mute", "status", { parameters: {}, timeoutMs: 5000, signal });
  assert.ok(answer.status === "error");
  assert.deepEqual(answer.error.code, "timeout");
  assert.match(answer.error.message, /did not answer within 5 s/);
});

test("ask() names a broker that is not there; the signal ends it", async () => {
  const lost = openClient("mqtt://car:hush@127.0.0.1:1");
  const answer = await lost.ask("car", "status", { ...limits, parameters: {} });
  assert.ok(answer.status === "error");
  assert.equal(answer.error.code, "no_broker");
  assert.match(answer.error.message, /mqtt:\/\/127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/);
  assert.doesNotMatch(answer.error.message, /hush/);
  await lost.close();
  const stop = new AbortController();
  const asking = client.ask("mute", "status", { ...limits, parameters: {}, signal: stop.signal });
  stop.abort(new Error("stopped"));
  await assert.rejects(asking, /stopped/);
});

test("list() and help are tables that a person can read, without control characters", async () => {
  const devices = await client.list(limits);
  const car = devices.find(({ device }) => device === "car")!;
  assert.deepEqual([car.availability, car.version, car.cameras], ["online", "0.1.0", ["front"]]);
  assert.ok(car.heardSecondsAgo !== null && car.heardSecondsAgo < 600);
  assert.match(describeDevices(devices), /^device +availability +version.*\n(.*\n)*car +online +0\.1\.0/m);
  const { commands } = await askForHelp(client, "car", limits);
  const text = describeHelp("car", commands!, null);
  assert.match(text, /^record +start \| stop \| pause/m);
  assert.match(describeHelp("car", commands!, "record"), /outrider remote car record erase SECONDS/);
  assert.equal(describeData({ note: "a\x1b[2Jb" }), "note  a [2Jb");
});

test("describeData() shows bytes, nothing, lists and tables", () => {
  assert.equal(
    describeData({ freeBytes: 81_000_000_000, none: null, on: true, empty: [], list: ["a", "b"] }),
    ["freeBytes  81.0 GB", "none       –", "on         yes", "empty      none", "list       a, b"].join("\n"),
  );
  assert.equal(
    describeData({
      targets: [
        { name: "a", waiting: 1 },
        { name: "bcd", waiting: 20 },
      ],
    }),
    "targets:\n  name  waiting\n  a     1\n  bcd   20",
  );
  assert.equal(describeData(undefined), "done");
});

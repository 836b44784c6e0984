// The commands over a real Mosquitto: MQTT 5 and 3.1.1, by its own clients and by ours, against a real agent that can begin anew.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { eventually } from "../fakes/eventually.ts";
import { smallCar, startKeptAgent } from "../fakes/kept-agent.ts";
import { connectPeer, jsonOf, type MqttPeer, textOf } from "../fakes/mqtt-peer.ts";
import { temporaryFolder } from "../fakes/store.ts";

const brokerUrl = process.env.OUTRIDER_TEST_MQTT ?? "";
const skip = brokerUrl === "" ? "OUTRIDER_TEST_MQTT is not set: no real MQTT broker" : false;
const hasClients = spawnSync("mosquitto_rr", ["--help"]).error === undefined;
const skipClients = hasClients ? skip : "mosquitto_rr is not installed";
const run = Math.random().toString(36).slice(2);
const never = new AbortController().signal;
const exec = promisify(execFile);
/** A camera that never gives a picture: nothing listens there. */
const deadCamera = "ffmpeg:rtsp://ann:s3cret@127.0.0.1:9/none";

type Answer = {
  readonly status: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string };
};

/** An agent on the broker, named for this test alone, and somebody who hears all of it. */
async function startDevice(t: Parameters<typeof temporaryFolder>[0], name: string, mqtt: object = {}) {
  const base = `test-${run}-${name}`;
  const kept = startKeptAgent(
    t,
    temporaryFolder(t),
    {
      ...smallCar,
      record: { autostart: false },
      mqtt: { url: brokerUrl, base, homeAssistant: { enabled: false }, ...mqtt },
    },
    { mqtt: true },
  );
  await kept.opened(1);
  const peer = await connectPeer(brokerUrl, { filter: `${base}/#` });
  const root = `${base}/car`;
  await peer.next(`${root}/availability`, (message) => textOf(message) === "online");
  let asked = 0;
  const ask = async (command: string, parameters: object = {}): Promise<Answer> => {
    asked += 1;
    const transaction = `t${asked}`;
    const payload = JSON.stringify({ ...parameters, transaction });
    await peer.link.publish({ topic: `${root}/request/${command}`, payload, qos: 1 }, never);
    const message = await peer.next(
      `${root}/response/${command}`,
      (each) => jsonOf(each).transaction === transaction,
    );
    return jsonOf(message) as unknown as Answer;
  };
  const events = (type: string): readonly Record<string, unknown>[] =>
    peer.heard.filter(({ topic }) => topic === `${root}/event/${type}`).map(jsonOf);
  const end = async (): Promise<void> => {
    await kept.stop();
    await leaveClean(peer, base);
    await peer.link.close();
  };
  return { kept, peer, root, base, ask, events, end };
}

/** Takes away what the test retained on a broker that is everybody's. */
async function leaveClean(peer: MqttPeer, base: string): Promise<void> {
  const topics = new Set(peer.heard.map(({ topic }) => topic).filter((topic) => topic.startsWith(base)));
  for (const topic of topics)
    await peer.link.publish({ topic, payload: "", qos: 1, retain: true }, never).catch(() => undefined);
}

test("Mosquitto's own clients ask: MQTT 5 with a response topic, 3.1.1 with a transaction", {
  skip: skipClients,
}, async (t) => {
  const { root, base, peer, end } = await startDevice(t, "clients");
  const { hostname, port } = new URL(brokerUrl);
  const at = ["-h", hostname, "-p", port];
  const answer = await exec("mosquitto_rr", [
    ...at,
    ...["-V", "mqttv5", "-t", `${root}/request/log`, "-m", '{"action":"get"}'],
    ...["-e", `${base}/someone/response`, "-W", "30"],
  ]);
  assert.deepEqual(JSON.parse(answer.stdout), { status: "ok", data: { level: "warn" } });
  await exec("mosquitto_pub", [
    ...at,
    ...["-V", "mqttv311", "-q", "1", "-t", `${root}/request/log`],
    ...["-m", '{"action":"level","level":"error","transaction":311}'],
  ]);
  const old = await peer.next(`${root}/response/log`, (message) => jsonOf(message).transaction === 311);
  assert.deepEqual(jsonOf(old), { status: "ok", data: { level: "error" }, transaction: 311 });
  await end();
});

test("a repeated request acts once, by transaction or by correlation data, also after the agent began anew; a retained one never", {
  skip,
}, async (t) => {
  const { kept, root, peer, ask, events, end } = await startDevice(t, "once");
  await ask("record", { action: "start" });
  const topic = `${root}/request/record`;
  const mark = { topic, payload: '{"action":"mark","note":"fox","transaction":"m"}', qos: 1 as const };
  await peer.link.publish(mark, never);
  await peer.link.publish(mark, never);
  const correlated = {
    topic,
    payload: '{"action":"mark","note":"owl"}',
    qos: 1 as const,
    responseTopic: `${root}/response/x`,
    correlationData: Buffer.from([0, 255]),
  };
  await peer.link.publish(correlated, never);
  await peer.link.publish(correlated, never);
  const count = (wanted: string, key: string): number =>
    peer.heard.filter((message) => message.topic === wanted && textOf(message).includes(key)).length;
  await eventually("two answers", () => count(`${root}/response/record`, '"m"') === 2);
  await eventually("two more", () => count(`${root}/response/x`, '"ok"') === 2);
  const restarted = await ask("restart");
  assert.deepEqual(restarted.data, { configuration: "as on disk", problem: null });
  await kept.opened(2);
  await eventually("it is there again", () => kept.agents[1]!.link?.link.state().phase === "connected");
  await peer.link.publish(mark, never);
  await eventually("a third answer", () => count(`${root}/response/record`, '"m"') === 3);
  // What was recorded goes on in a run of its own; a retained start would begin another.
  const going = await eventually("a run", () => kept.agents[1]!.recorder.state().run?.id);
  await peer.link.publish({ topic, payload: '{"action":"start"}', qos: 1, retain: true }, never);
  assert.equal((await ask("status")).status, "ok");
  assert.equal(kept.agents[1]!.recorder.state().run?.id, going);
  assert.deepEqual(
    events("mark").map(({ note }) => note),
    ["fox", "owl"],
  );
  const { health } = (await ask("status")).data as {
    health: { requests: { ignored: { retained: number } } };
  };
  assert.equal(health.requests.ignored.retained, 1);
  await end();
});

test("a configuration that breaks a camera is taken back by itself, and told of over the broker without a secret", {
  skip,
}, async (t) => {
  const { kept, ask, events, peer, root, end } = await startDevice(t, "broken");
  const answer = await ask("camera", { action: "settings", camera: "front", settings: { url: deadCamera } });
  assert.deepEqual(answer.data!.changed, ["cameras.front.url"]);
  await kept.opened(2);
  await kept.opened(3);
  await eventually("the word of it", () => events("config.rolled_back").length === 1);
  assert.match(String(events("config.rolled_back")[0]!.reason), /camera front: no picture yet/);
  assert.equal(events("config.staged").length, 1);
  const { data } = await ask("config", { action: "get", path: "cameras.front.url" });
  assert.equal(data!.config, smallCar.cameras[0]!.url);
  await peer.next(`${root}/camera/front/status`, (message) => jsonOf(message).state === "online");
  assert.equal(
    peer.heard.some(
      (message) => message.topic !== `${root}/request/camera` && textOf(message).includes("s3cret"),
    ),
    false,
  );
  await end();
});

test("what a stranger must not change is refused, and what is not allowed is not taken", {
  skip,
}, async (t) => {
  const { kept, ask, peer, root, end } = await startDevice(t, "allow", {
    allow: ["help", "status", "config"],
    maxRequestBytes: 1024,
  });
  const refused = await ask("config", {
    action: "set",
    set: { "sync.bucket": "s3://elsewhere", "mqtt.allow": null, "record.delayMs": -5 },
  });
  assert.equal(refused.error!.code, "bad_config");
  assert.match(refused.error!.message, /sync\.bucket: cannot .*mqtt\.allow: cannot/);
  assert.equal((await ask("record", { action: "start" })).error!.code, "not_allowed");
  assert.equal((await ask("restart")).error!.code, "not_allowed");
  // Nobody reads so much, not even its transaction.
  await peer.link.publish({ topic: `${root}/request/config`, payload: "x".repeat(1025), qos: 1 }, never);
  await peer.next(`${root}/response/config`, (message) => textOf(message).includes('"too_large"'));
  const help = (await ask("help")).data as unknown as readonly { name: string }[];
  assert.deepEqual(
    help.map(({ name }) => name),
    ["status", "config", "help"],
  );
  assert.equal(kept.agents.length, 1);
  await end();
});

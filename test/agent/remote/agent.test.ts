// A real agent on the simulator behind its own broker, and an MQTT client that is somebody far away.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Agent, openAgent } from "../../../agent/agent.ts";
import { availabilityWill, createTopics } from "../../../agent/remote/topics.ts";
import type { Summary } from "../../../agent/summary.ts";
import { openMqttConnection } from "../../../sync/clients/mqtt.ts";
import { agentOptions } from "../../fakes/agent.ts";
import { eventually } from "../../fakes/eventually.ts";
import { connectPeer, jsonOf, type MqttPeer, textOf } from "../../fakes/mqtt-peer.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const cleaning: (() => void)[] = [];
const folder = temporaryFolder({ after: (clean: () => void) => void cleaning.push(clean) });
let agent: Agent;
let peer: MqttPeer;
let running: Promise<Summary>;
const stop = new AbortController();
let asked = 0;

before(async () => {
  const changes = {
    mqtt: { url: "embedded:0", healthEveryMs: 1000 },
    record: { autostart: false, holdBackMs: 0 },
  };
  agent = await openAgent(agentOptions(join(folder, "data"), changes));
  peer = await connectPeer(agent.link!.url);
  running = agent.run(stop.signal);
  await peer.next("outrider/car/availability", (message) => textOf(message) === "online");
});
after(async () => {
  stop.abort();
  await running;
  await peer.link.close();
  await agent.close();
  for (const clean of cleaning) clean();
});

type Answer = {
  readonly status: "ok" | "error";
  readonly data?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string };
};

/** Sends a request and waits for its answer. */
async function ask(command: string, parameters: object = {}): Promise<Answer> {
  asked += 1;
  const transaction = `t${asked}`;
  await peer.link.publish(
    {
      topic: `outrider/car/request/${command}`,
      payload: JSON.stringify({ ...parameters, transaction }),
      qos: 1,
      retain: false,
    },
    new AbortController().signal,
  );
  const message = await peer.next(
    `outrider/car/response/${command}`,
    (each) => jsonOf(each).transaction === transaction,
  );
  return jsonOf(message) as unknown as Answer;
}

function eventsOf(type: string): readonly Record<string, unknown>[] {
  return peer.heard.filter(({ topic }) => topic === `outrider/car/event/${type}`).map(jsonOf);
}

test("the agent says what and how it is, retained", async () => {
  for (const topic of ["info", "health", "record/state", "camera/front/status"])
    assert.ok(await peer.next(`outrider/car/${topic}`), topic);
  const late = await connectPeer(agent.link!.url);
  assert.equal(textOf(await late.next("outrider/car/availability")), "online");
  const info = jsonOf(await late.next("outrider/car/info"));
  assert.deepEqual([info.device, typeof info.version], ["car", "string"]);
  await late.link.close();
});

test("what needs a run is refused without one, with a code and a sentence", async () => {
  for (const parameters of [{ action: "pause" }, { action: "stop" }, { action: "mark" }]) {
    const { status, error } = await ask("record", parameters);
    assert.deepEqual([status, error?.code], ["error", "not_recording"]);
  }
  const bad = await ask("record", { action: "start", session: { event: "two words" } });
  assert.deepEqual([bad.error?.code, /two words/.test(bad.error!.message)], ["bad_event", true]);
  assert.equal((await ask("record", { action: "fly" })).status, "error");
  assert.equal((await ask("snapshot", { camera: "rear" })).error?.code, "unknown_camera");
});

test("a run is started, paused, resumed, marked, erased and stopped from far away, and events tell of it", async () => {
  const started = await ask("record", { action: "start", session: { event: "remote", track: "hall" } });
  assert.equal(started.status, "ok");
  const run = started.data!.run as string;
  await eventually("labels", () => agent.recorder.state().labels >= 5);
  const status = (await ask("status")).data as { record: { state: string }; totals: { labels: number } };
  assert.equal(status.record.state, "recording");
  assert.ok(status.totals.labels >= 5);
  assert.equal((await ask("record", { action: "mark", note: "a bend" })).status, "ok");
  assert.equal((await ask("record", { action: "pause" })).status, "ok");
  assert.equal(agent.devices.drive.state().armed, false);
  const erased = (await ask("record", { action: "erase", seconds: 600 })).data!.erased as number;
  assert.ok(erased >= 5);
  assert.equal((await ask("record", { action: "resume" })).status, "ok");
  const before = agent.recorder.state().labels;
  await eventually("labels after the pause", () => agent.recorder.state().labels > before);
  assert.equal((await ask("record", { action: "stop" })).data!.run, run);
  assert.equal(agent.store.runs.get(run)!.session.track, "hall");
  await eventually("the events", () => eventsOf("run.stopped").length === 1);
  assert.equal(eventsOf("run.started")[0]!.run, run);
  assert.equal(eventsOf("mark")[0]!.note, "a bend");
  assert.equal(eventsOf("erased")[0]!.frames, erased);
});

test("sync sends what waits, and snapshot shows the newest picture", async () => {
  assert.equal((await ask("sync")).status, "ok");
  await eventually("everything delivered", () => agent.figures().waiting === 0);
  const { data } = await ask("snapshot");
  const picture = Buffer.from(data!.base64 as string, "base64");
  assert.deepEqual(picture, Buffer.from(agent.store.frames.picture(data!.imgId as string)!));
});

test("the agent says goodbye: stopped, and its record state with it", async () => {
  stop.abort();
  const summary = await running;
  assert.equal(summary.waiting, 0);
  await peer.next("outrider/car/availability", (message) => textOf(message) === "stopped");
  const states = peer.heard.filter(({ topic }) => topic === "outrider/car/record/state").map(jsonOf);
  assert.equal(states.at(-1)!.state, "stopped");
});

test("an agent that vanishes leaves its will", async (t) => {
  // A broker that outlives the second car.
  const host = await openAgent(agentOptions(join(folder, "host"), { mqtt: { url: "embedded:0" } }));
  t.after(() => host.close());
  const listener = await connectPeer(host.link!.url, { filter: "outrider/gone/#" });
  t.after(() => listener.link.close());
  const { hostname, port } = new URL(host.link!.url);
  const connection = await openMqttConnection({
    host: hostname,
    port: Number(port),
    tls: null,
    clientId: "gone",
    credentials: null,
    will: availabilityWill(createTopics("outrider", "gone")),
    keepAliveSeconds: 30,
    connectTimeoutMs: 5000,
    maxIncomingBytes: 65_536,
    onMessage: () => undefined,
    signal: new AbortController().signal,
  });
  connection.destroy();
  const will = await listener.next("outrider/gone/availability");
  assert.equal(textOf(will), "offline");
});

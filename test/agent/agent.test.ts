import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openAgent } from "../../agent/agent.ts";
import { storeFolder } from "../../agent/folders.ts";
import { describeSummary } from "../../agent/summary.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { writerOf } from "../../device/store/lock.ts";
import { openStore } from "../../device/store/store.ts";
import { agentOptions, openTestAgent } from "../fakes/agent.ts";
import { eventually } from "../fakes/eventually.ts";
import { temporaryFolder } from "../fakes/store.ts";

/** A server that takes every connection and never says a word. */
async function startSilence(t: TestContext): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

test("agent.run() records, delivers all of it and says so in numbers", async (t) => {
  const agent = await openTestAgent(t);
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await eventually("ten labels", () => agent.figures().labels >= 10);
  stop.abort();
  const summary = await running;
  assert.match(
    describeSummary(summary),
    /^stored \d+ frames, \d+ labels; delivered \d+, waiting 0, failed 0$/,
  );
  assert.equal(summary.delivered, summary.stored + summary.labels);
  assert.equal(agent.store.frames.count(), summary.stored);
  const [run] = [...agent.store.runs.range()].map(({ value }) => value);
  assert.deepEqual([run!.frames, run!.labels], [summary.stored, summary.labels]);
  assert.equal(agent.devices.drive.state().armed, false);
  await agent.close();
  await agent.close();
});

test("agent.run() ends what a power cut left open, with what is on disk", async (t) => {
  const agent = await openTestAgent(t, { record: { autostart: false } });
  const at = agent.clock.now();
  const open = { id: "cut", startedAt: at, endedAt: null, session: agent.config.session, prefix: "test/1" };
  await agent.store.commit(() => agent.store.runs.put("cut", { ...open, frames: 0, labels: 0, marks: [] }));
  await agent.run(AbortSignal.abort());
  assert.notEqual(agent.store.runs.get("cut")!.endedAt, null);
});

test("a run goes on after a pause, and a second one after the first", async (t) => {
  const agent = await openTestAgent(t);
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  const { recorder } = agent;
  await eventually("labels", () => agent.figures().labels >= 3);
  await recorder.pause();
  await agent.store.settle();
  const paused = agent.figures().stored;
  await recorder.resume();
  await eventually("labels after the pause", () => agent.figures().labels > paused);
  await recorder.stop("test");
  const first = agent.figures().labels;
  await recorder.start(agent.config.session);
  await eventually("labels of the second run", () => agent.figures().labels > first + 3);
  stop.abort();
  await running;
  assert.equal([...agent.store.runs.keys()].length, 2);
});

test("agent.run() ends within seconds when a bucket never answers, and what waits is there at the next start", async (t) => {
  const endpoint = await startSilence(t);
  const data = join(temporaryFolder(t), "data");
  const env = { PATATE_S3_KEY_ID: "id", PATATE_S3_KEY: "key" };
  const changes = { sync: { bucket: "s3://bucket", endpoint } };
  const agent = await openAgent(agentOptions(data, changes, { env }));
  t.after(() => agent.close());
  const stop = new AbortController();
  const hurry = new AbortController();
  const running = agent.run(stop.signal, { hurry: hurry.signal });
  await eventually("labels", () => agent.figures().labels >= 3);
  stop.abort();
  await eventually("the end of the recording", () => agent.recorder.state().run === null);
  // As a Ctrl-C while the rest is being sent: nobody has to wait for the ten seconds.
  const startedAt = performance.now();
  setTimeout(() => hurry.abort(), 200);
  const summary = await running;
  assert.ok(performance.now() - startedAt < 9000);
  assert.equal(summary.delivered, 0);
  assert.equal(summary.waiting, summary.stored + summary.labels);
  await agent.close();
  const again = await openAgent(agentOptions(data, changes, { env }));
  t.after(() => again.close());
  assert.equal(again.figures().waiting, summary.waiting);
  await again.close();
});

test("agent.run() sends everything the store has to a bucket and index that are new to it", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const away = { bucket: `folder:${join(data, "file", "bucket")}` };
  mkdirSync(data);
  writeFileSync(join(data, "file"), "no folder");
  const first = await openAgent(agentOptions(data, { sync: away, record: { holdBackMs: 0 } }));
  t.after(() => first.close());
  const stop = new AbortController();
  const running = first.run(stop.signal);
  await eventually("labels", () => first.figures().labels >= 3);
  stop.abort();
  const recorded = await running;
  await first.close();
  assert.equal(recorded.delivered, 0);
  const second = await openAgent(agentOptions(data, { record: { autostart: false } }));
  t.after(() => second.close());
  const end = new AbortController();
  const sending = second.run(end.signal);
  await eventually("everything", () => second.figures().delivered === recorded.stored + recorded.labels);
  end.abort();
  const { waiting, failed } = await sending;
  assert.deepEqual([waiting, failed], [0, 0]);
  await second.close();
});

test("openAgent() leaves nothing open when a part cannot be opened", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const wrong: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ drive: "hovercraft:" }, /Expected drive to be one of .*"hovercraft:"/],
    [{ gamepad: "keyboard:" }, /Expected keyboard: to be opened from a terminal/],
    [{ cameras: [{ url: "folder:/nowhere/at/all" }] }, /\/nowhere\/at\/all/],
    [{ sync: { bucket: "ftp://x" } }, /Expected the bucket as folder:DIR/],
    [{ sync: { bucket: "s3://bucket" } }, /S3 needs credentials/],
    [{ sync: { index: "nonsense" } }, /Expected the index as local:DIR/],
    [{ mqtt: { url: "embedded:", caFile: "/none.pem" } }, /mqtt\.caFile: expected a readable PEM file/],
  ];
  for (const [changes, message] of wrong) {
    await assert.rejects(openAgent(agentOptions(data, changes)), message);
    assert.equal(writerOf(storeFolder(data), createSystemClock().now().bootId), null, `${message}`);
  }
  await (await openAgent(agentOptions(data))).close();
});

test("openAgent() refuses a data folder that another agent writes, and says who", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const first = await openAgent(agentOptions(data));
  t.after(() => first.close());
  await assert.rejects(
    openAgent(agentOptions(data)),
    new RegExp(`is being written by process ${process.pid} .*Stop it first`, "s"),
  );
  await first.close();
});

test("openAgent() says which folder it cannot write to", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "data"), "a file, no folder");
  await assert.rejects(openAgent(agentOptions(join(folder, "data"))), /The store folder .*data.* cannot be/);
});

test("agent.run() keeps what a bucket does not take, and a damaged index does not stop the recording", async (t) => {
  const data = join(temporaryFolder(t), "data");
  mkdirSync(join(data, "index"), { recursive: true });
  writeFileSync(join(data, "index", "data.mdb"), Buffer.alloc(20_000, 7));
  writeFileSync(join(data, "bucket"), "a file where the bucket should be");
  const agent = await openAgent(agentOptions(data));
  t.after(() => agent.close());
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await eventually("labels", () => agent.figures().labels >= 3);
  const stoppedAt = performance.now();
  stop.abort();
  const summary = await running;
  assert.equal(summary.waiting, summary.stored + summary.labels);
  const problems = agent.drain.status().map(({ problem }) => problem);
  assert.match(problems[0]!, /bucket/);
  assert.ok(performance.now() - stoppedAt < 9000, "what refuses for good is not asked for ten seconds");
  await agent.close();
  // Mended, everything goes.
  rmSync(join(data, "bucket"));
  rmSync(join(data, "index"), { recursive: true });
  const again = await openAgent(agentOptions(data, { record: { autostart: false } }));
  t.after(() => again.close());
  const after = await again.run(AbortSignal.abort());
  assert.deepEqual([after.waiting, after.delivered, after.failed], [0, summary.waiting, 0]);
  await again.close();
});

test("agent.run() stops capturing when the store has no room, counts what it could not keep, and goes on living", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const agent = await openAgent(
    agentOptions(data, { store: { commitWindowMs: 20, maxBytes: 80_000 }, sync: { bucket: null } }),
  );
  t.after(() => agent.close());
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await eventually("a full store", () => agent.figures().stored >= 14);
  await agent.retention.check();
  await eventually("a dropped frame", () => (agent.figures().dropped["disk full"] ?? 0) > 0);
  stop.abort();
  const summary = await running;
  assert.ok(summary.failed >= 1);
  await agent.close();
  const store = openStore({
    directory: storeFolder(data),
    clock: createSystemClock(),
    log: silentLog,
    readOnly: true,
  });
  t.after(() => store.close());
  assert.equal(store.frames.count(), summary.stored);
  await store.close();
});

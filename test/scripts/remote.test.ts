// `outrider remote` as a person types it, against a real agent with the embedded broker in this process.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openTestAgent } from "../fakes/agent.ts";
import { eventually } from "../fakes/eventually.ts";
import { temporaryFolder } from "../fakes/store.ts";
import { outrider } from "./outrider.ts";

test("outrider remote asks, acts, refuses with exit codes, takes a picture and follows", async (t) => {
  const folder = temporaryFolder(t);
  const agent = await openTestAgent(t, {
    mqtt: { url: "embedded:0", healthEveryMs: 1000 },
    record: { autostart: false },
  });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  await eventually("the agent on its broker", () => agent.link?.link.state().phase === "connected");
  const broker = agent.link!.url;
  const remote = (...words: string[]) =>
    outrider(folder, ["remote", ...words, "--broker", broker, "--timeout", "30s"]);

  const list = JSON.parse((await remote("list", "--json")).stdout) as {
    devices: { device: string; availability: string }[];
  };
  assert.deepEqual(
    list.devices.map(({ device, availability }) => [device, availability]),
    [["car", "online"]],
  );

  const started = await remote("car", "record", "start", "event=remote-test", "--json");
  assert.equal(started.code, 0, started.stderr);
  const answer = JSON.parse(started.stdout) as { status: string; data: { run: string } };
  assert.equal(answer.data.run, agent.recorder.state().run!.id);
  assert.equal(agent.recorder.state().run!.session.event, "remote-test");

  const wrong = await remote("car", "record", "fly");
  assert.equal(wrong.code, 2);
  assert.match(
    wrong.stderr,
    /Expected record to be followed by start, .*got "fly"\nTry: outrider remote car help record/,
  );
  const refused = await remote("car", "record", "--data", '{"action":"erase","seconds":-1}', "--json");
  assert.equal(refused.code, 1);
  assert.equal((JSON.parse(refused.stdout) as { error: { code: string } }).error.code, "bad_request");

  await eventually("a picture", () => agent.newestFrame() !== null);
  const file = join(folder, "car.jpg");
  const snapshot = await remote("car", "snapshot", "-o", file);
  assert.equal(snapshot.code, 0, snapshot.stderr);
  assert.deepEqual([...readFileSync(file).subarray(0, 2)], [0xff, 0xd8]);

  const watched = await outrider(folder, ["remote", "car", "watch", "--json", "--broker", broker], {
    whileRunning: { after: /"topic":"record\/state"/, act: (kill) => kill("SIGINT") },
  });
  assert.equal(watched.code, 0, watched.stderr);
  const topics = watched.stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { topic: string }).topic);
  assert.ok(topics.includes("availability"));
});

test("outrider remote names what is wrong before it connects", async (t) => {
  const folder = temporaryFolder(t);
  const run = (...words: string[]) => outrider(folder, ["remote", ...words]);
  const [nowhere, both, noFile] = await Promise.all([
    run("car", "status", "--broker", "mqtt://127.0.0.1:1"),
    run("car", "record", "start", "--data", "{}"),
    run("car", "status", "--ca", "nowhere.pem", "--broker", "mqtts://127.0.0.1:1"),
  ]);
  assert.deepEqual([nowhere.code, both.code, noFile.code], [1, 2, 2]);
  assert.match(nowhere.stderr, /broker mqtt:\/\/127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED.*no_broker/);
  assert.match(both.stderr, /either words or --data/);
  assert.match(noFile.stderr, /mqtt\.caFile: expected a readable PEM file, got nowhere\.pem/);
  writeFileSync(join(folder, "outrider.yaml"), "mqtt: { url: null }\n");
  const off = await run("list");
  assert.equal(off.code, 2);
  assert.match(off.stderr, /no broker/);
});

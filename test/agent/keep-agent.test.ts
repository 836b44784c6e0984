// Real agents on the simulator, one after the other, under a configuration that changes.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { readLastGood } from "../../agent/config-last-good.ts";
import { readStage, stageFile } from "../../agent/config-stage.ts";
import { askProgram } from "../../device/camera/program.ts";
import { eventually } from "../fakes/eventually.ts";
import { type KeptAgent, smallCar, startKeptAgent } from "../fakes/kept-agent.ts";
import { temporaryFolder } from "../fakes/store.ts";

const wish = { set: {}, unset: [], confirm: false };
/** A camera that never gives a picture: nothing listens there. */
const deadCamera = "ffmpeg:rtsp://127.0.0.1:9/none";
const withoutFfmpeg = (await askProgram("ffmpeg", ["-version"])) === null && "ffmpeg is not installed";

const typesOf = ({ events }: KeptAgent): readonly string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith("config."));
const reasonOf = ({ events }: KeptAgent): string =>
  String(events.findLast(({ type }) => type === "config.rolled_back")?.body.reason);

test("a change begins a new agent, proves itself, is kept, and holds after a restart of the program", async (t) => {
  const folder = temporaryFolder(t);
  const kept = startKeptAgent(t, folder, { ...smallCar, health: { rollbackMs: 5000, cameraMs: 30_000 } });
  const one = await kept.opened(1);
  await eventually("pictures", () => one.figures().stored > 0);
  const stored = one.figures().stored;
  const answer = await kept.host().config.change({ ...wish, set: { "record.delayMs": 50 } });
  assert.deepEqual(
    [answer.state, answer.changed, answer.beginsAnew, answer.probationMs],
    ["trying", ["record.delayMs"], true, 5000],
  );
  const second = await kept.opened(2);
  assert.equal(second.config.record.delayMs, 50);
  await eventually("the end of the probation", () => typesOf(kept).length === 2);
  assert.deepEqual(typesOf(kept), ["config.staged", "config.kept"], reasonOf(kept));
  assert.equal(kept.host().config.state().staged?.state, "kept");
  const more = second.figures().stored;
  assert.ok(more > 0);
  assert.ok((await kept.stop()).stored >= stored + more, "the figures are those of both agents");
  const again = startKeptAgent(t, folder, null);
  assert.equal((await again.opened(1)).config.record.delayMs, 50);
  assert.match(again.notes[0]!.join(), /changed from afar: record\.delayMs .*config-staged\.json/);
  await again.host().config.rollback();
  assert.equal((await again.opened(2)).config.record.delayMs, 100);
  assert.deepEqual(typesOf(again), ["config.rolled_back"]);
  assert.deepEqual(readStage(kept.data).changes, []);
  await again.stop();
});

test("a change that breaks a camera is taken back by itself when its time is over", {
  skip: withoutFfmpeg,
}, async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), { ...smallCar, health: { rollbackMs: 5000 } });
  await kept.opened(1);
  await kept.host().config.change({ ...wish, set: { "cameras.front.url": deadCamera } });
  const second = await kept.opened(2);
  assert.equal(second.config.cameras[0]!.url, deadCamera);
  await assert.rejects(kept.host().config.change({ ...wish, set: { "record.delayMs": 50 } }), {
    code: "on_probation",
  });
  const third = await kept.opened(3);
  assert.equal(third.config.cameras[0]!.url, smallCar.cameras[0]!.url);
  assert.deepEqual(typesOf(kept), ["config.staged", "config.rolled_back"]);
  assert.match(reasonOf(kept), /camera front: no picture yet/);
  await eventually("pictures again", () => third.figures().stored > 0);
  await kept.stop();
  assert.deepEqual(readStage(kept.data).changes, []);
});

test("a change with which nothing can be opened is taken back at once", async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), smallCar, {
    beforeOpen: (count) => {
      if (count === 2) throw new Error("no such thing on this machine");
    },
  });
  await kept.opened(1);
  await kept.host().config.change({ ...wish, set: { "cameras.front.width": 320 } });
  const second = await kept.opened(2);
  assert.equal(second.config.cameras[0]!.width, 160);
  await eventually("the word of it", () => typesOf(kept).includes("config.rolled_back"));
  assert.match(reasonOf(kept), /no such thing on this machine/);
  assert.equal(kept.host().config.state().problem, null, "what is on disk is in force");
  await kept.stop();
});

test("a program that ends while a change is on probation begins without it", async (t) => {
  const folder = temporaryFolder(t);
  const kept = startKeptAgent(t, folder, { ...smallCar, health: { rollbackMs: 60_000 } });
  await kept.opened(1);
  await kept.host().config.change({ ...wish, set: { "record.delayMs": 50 } });
  await kept.opened(2);
  await kept.stop();
  assert.equal(readStage(kept.data).changes.at(-1)!.state, "trying");
  const again = startKeptAgent(t, folder, null);
  assert.equal((await again.opened(1)).config.record.delayMs, 100);
  assert.deepEqual(typesOf(again), ["config.rolled_back"]);
  assert.match(reasonOf(again), /the program ended before/);
  assert.deepEqual(readStage(kept.data).changes, []);
  await again.stop();
});

test("confirm ends the probation; a change that asks to be confirmed is taken back when nobody does, also one at run time", async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), { ...smallCar, health: { rollbackMs: 8000 } });
  await kept.opened(1);
  const { host } = kept;
  await assert.rejects(host().config.confirm(), { code: "nothing_to_confirm" });
  await assert.rejects(host().config.rollback(), { code: "nothing_staged" });
  await host().config.change({ ...wish, set: { "record.delayMs": 50 }, confirm: true });
  await kept.opened(2);
  await host().config.confirm();
  assert.deepEqual(typesOf(kept), ["config.staged", "config.kept"]);
  const live = await host().config.change({ ...wish, set: { "sync.bytesPerSecond": 5000 }, confirm: true });
  assert.deepEqual([live.beginsAnew, live.state], [false, "trying"]);
  assert.equal(kept.agents.at(-1)!.drain.limits().bytesPerSecond, 5000);
  await eventually("it to be taken back", () => typesOf(kept).at(-1) === "config.rolled_back");
  assert.match(reasonOf(kept), /nobody confirmed it within 8 s/);
  await eventually("no limit", () => kept.agents.at(-1)!.drain.limits().bytesPerSecond === null);
  assert.equal(kept.agents.length, 2, "the agent went on");
  assert.equal(await kept.get("record.delayMs"), 50);
  await kept.stop();
});

test("log level, session and limits change at once and are kept at once", async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), smallCar);
  await kept.opened(1);
  const set = { "log.level": "error", "session.event": "race", "sync.metered": true };
  const answer = await kept.host().config.change({ ...wish, set });
  assert.deepEqual([answer.state, answer.beginsAnew, answer.probationMs], ["kept", false, null]);
  assert.equal(kept.host().log.level(), "error");
  assert.equal(kept.host().current().session.event, "race");
  assert.equal(kept.agents[0]!.drain.limits().metered, true);
  assert.equal((await kept.host().config.change({ ...wish, set })).state, "unchanged");
  await kept.host().config.change({ ...wish, unset: ["log.level"] });
  assert.equal(kept.host().log.level(), "warn");
  assert.equal(kept.agents.length, 1);
  await kept.stop();
});

test("restart takes up a file that was changed by hand; one that is broken is reported, and the last good one goes on", async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), smallCar);
  await kept.opened(1);
  writeFileSync(kept.file, JSON.stringify({ ...smallCar, record: { delayMs: 70 } }));
  assert.deepEqual(await kept.host().restart(), { configuration: "as on disk", problem: null });
  await assert.rejects(kept.host().restart(), { code: "restarting" });
  assert.equal((await kept.opened(2)).config.record.delayMs, 70);
  for (const [index, broken] of ["record: [", JSON.stringify({ record: { delayMs: -1 } })].entries()) {
    writeFileSync(kept.file, broken);
    const { configuration, problem } = await kept.host().restart();
    assert.equal(configuration, "last good");
    assert.match(String(problem), /outrider\.yaml cannot be used/);
    const next = await kept.opened(3 + index);
    assert.equal(next.config.record.delayMs, 70);
    assert.equal(kept.host().config.state().base, "last good");
    assert.match(kept.host().config.state().problem!, /cannot be used/);
    assert.equal(typesOf(kept).at(-1), "config.problem");
  }
  await kept.stop();
});

test("a service starts with the last file that worked when the file is broken; without being told to, the program does not", async (t) => {
  const folder = temporaryFolder(t);
  const first = startKeptAgent(t, folder, { ...smallCar, record: { delayMs: 70 } });
  await first.opened(1);
  await eventually("a good file", () => readLastGood(first.data) !== null);
  await first.stop();
  const broken = startKeptAgent(t, folder, "device: [");
  await assert.rejects(broken.ended, { name: "ConfigError" });
  const service = startKeptAgent(t, folder, null, { lastGood: true });
  assert.equal((await service.opened(1)).config.record.delayMs, 70);
  assert.match(service.notes[0]!.join("\n"), /last one that worked/);
  assert.equal(service.host().config.state().base, "last good");
  await service.stop();
});

test("a staged file that is damaged, or does not fit the file any more, is not in force, and the reason is told", async (t) => {
  const folder = temporaryFolder(t);
  const first = startKeptAgent(t, folder, { ...smallCar, health: { rollbackMs: 60_000 } });
  await first.opened(1);
  await first.host().config.change({ ...wish, set: { "cameras.front.fps": 5 }, confirm: false });
  await first.opened(2);
  await first.host().config.confirm();
  await first.stop();
  // Somebody at the machine called the camera otherwise.
  const renamed = startKeptAgent(t, folder, {
    ...smallCar,
    cameras: [{ ...smallCar.cameras[0], id: "mast" }],
  });
  assert.equal((await renamed.opened(1)).config.cameras[0]!.fps, 10);
  assert.match(renamed.host().config.state().problem!, /cameras\.front: expected one of mast/);
  assert.equal(renamed.host().config.state().staged, null);
  await renamed.stop();
  const text = readFileSync(stageFile(first.data), "utf8");
  for (const name of ["config-staged.json", "config-staged.before.json"])
    if (existsSync(`${first.data}/${name}`)) writeFileSync(`${first.data}/${name}`, text.slice(0, 30));
  const damaged = startKeptAgent(t, folder, smallCar);
  assert.equal((await damaged.opened(1)).config.cameras[0]!.fps, 10);
  assert.match(damaged.host().config.state().problem!, /config-staged\.json cannot be used/);
  await damaged.stop();
});

test("a change that cannot be written is not made", async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), smallCar);
  await kept.opened(1);
  // A folder of that name: nothing can be put in its place, whoever tries.
  mkdirSync(stageFile(kept.data));
  await assert.rejects(kept.host().config.change({ ...wish, set: { "record.delayMs": 50 } }));
  assert.equal(await kept.get("record.delayMs"), 100);
  assert.deepEqual(typesOf(kept), []);
  await kept.stop();
});

test("what was recorded goes on in another run after the agent began anew; what was stopped stays so", async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), { ...smallCar, record: { autostart: false } });
  const first = await kept.opened(1);
  await eventually("pictures", () => first.devices.cameras[0]!.status().frames > 0);
  const session = { ...first.config.session, track: "hall" };
  const before = await first.recorder.start(session);
  await first.recorder.pause();
  await kept.host().restart();
  const second = await kept.opened(2);
  await eventually("a paused run", () => second.recorder.state().paused);
  const { run } = second.recorder.state();
  assert.notEqual(run!.id, before.id);
  assert.equal(run!.session.track, "hall");
  assert.notEqual(second.store.runs.get(before.id)!.endedAt, null);
  await second.recorder.stop("test");
  await kept.host().restart();
  const third = await kept.opened(3);
  await eventually("pictures", () => third.devices.cameras[0]!.status().frames > 3);
  assert.equal(third.recorder.state().run, null);
  await kept.stop();
});

test("an agent that fails while a change is on probation takes the change back and goes on; without one it ends", async (t) => {
  const kept = startKeptAgent(t, temporaryFolder(t), smallCar, {
    wrap: (agent, count) =>
      count === 1 ? agent : { ...agent, run: () => Promise.reject(new Error("the wire came loose")) },
  });
  await kept.opened(1);
  await kept.host().config.change({ ...wish, set: { "record.delayMs": 50 } });
  await assert.rejects(kept.ended, /the wire came loose/);
  assert.deepEqual(
    kept.agents.map(({ config }) => config.record.delayMs),
    [100, 50, 100],
  );
  assert.match(reasonOf(kept), /wire came loose/);
  assert.deepEqual(readStage(kept.data).changes, []);
});

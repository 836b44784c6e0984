// The doctor beside an agent: what it says of itself, that it says nothing any more, and what lies about after a salvage.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { examineRunning, examineSetAside } from "../../../agent/doctor/running.ts";
import { describeUnit } from "../../../agent/doctor/service-state.ts";
import { storeFolder } from "../../../agent/folders.ts";
import { heartbeatNote } from "../../../agent/health-beat.ts";
import { type Clock, createSystemClock } from "../../../device/clock.ts";
import { startChild } from "../../fakes/child.ts";
import { openTestStore, temporaryFolder } from "../../fakes/store.ts";

const clock = createSystemClock();

/** A data folder whose store holds a heartbeat and is held by another process. */
async function heldStore(t: TestContext, problems: object[], warnings: object[]): Promise<string> {
  const data = temporaryFolder(t);
  const directory = storeFolder(data);
  mkdirSync(directory, { recursive: true });
  const store = openTestStore(t, { directory });
  await store.commit(() => store.notes.put(heartbeatNote, { at: clock.now(), problems, warnings }));
  await store.close();
  const holder = startChild(t, "store-child.ts", ["hold", directory]);
  assert.equal(await holder.line(), "open");
  return data;
}

/** The clock, some minutes on. */
const laterClock = (minutes: number): Clock => ({
  ...clock,
  now: () => ({ ...clock.now(), monotonicNs: clock.monotonicNs() + minutes * 60e9 }),
});

test("examineRunning() tells what a running agent says of itself, part by part, with what mends it", async (t) => {
  const data = await heldStore(
    t,
    [{ part: "camera front", message: "no new picture (offline)", forMs: 20_000 }],
    [{ part: "mqtt", message: "no broker (waiting)", forMs: null }],
  );
  writeFileSync(join(data, "maintenance"), "");
  const [agent, camera, mqtt, maintenance] = await examineRunning(data, clock);
  assert.equal(agent!.state, "broken");
  assert.match(agent!.found, /process \d+ .* sign of health \d+ s ago: not everything works/);
  assert.deepEqual([camera!.part, camera!.state], ["camera front", "broken"]);
  assert.match(camera!.fix!, /cable/);
  assert.deepEqual([mqtt!.part, mqtt!.state], ["mqtt", "warning"]);
  assert.match(maintenance!.found, /the watchdog restarts nothing/);
});

test("examineRunning() calls an agent broken that gave no sign for minutes, and is silent about one that is not there", async (t) => {
  const data = await heldStore(t, [], []);
  assert.equal((await examineRunning(data, clock))[0]!.state, "ok");
  const [hanging] = await examineRunning(data, laterClock(10));
  assert.equal(hanging!.state, "broken");
  assert.match(hanging!.found, /last sign of health is 6\d\d s old/);
  assert.deepEqual(await examineRunning(temporaryFolder(t), clock), [
    { part: "agent", state: "missing", found: "not running", fix: null },
  ]);
});

test("examineSetAside() names damaged files that still take room", (t) => {
  const data = temporaryFolder(t);
  mkdirSync(storeFolder(data), { recursive: true });
  assert.deepEqual(examineSetAside(data), []);
  writeFileSync(join(storeFolder(data), "data.mdb.damaged-20240501T00-00-00-000000"), "x");
  assert.match(examineSetAside(data)[0]!.fix!, /--salvage/);
});

test("describeUnit() tells what systemd knows: state, restarts, the status line", () => {
  const show = (lines: string) => describeUnit(`LoadState=loaded\n${lines}`);
  assert.deepEqual(describeUnit("LoadState=not-found\nActiveState=inactive"), []);
  const [well] = show("ActiveState=active\nSubState=running\nResult=success\nNRestarts=0\nStatusText=30 fps");
  assert.deepEqual([well!.state, well!.found], ["ok", "active (running), 30 fps"]);
  const [failed] = show("ActiveState=failed\nSubState=failed\nResult=watchdog\nNRestarts=3\nStatusText=");
  assert.equal(failed!.state, "broken");
  assert.match(failed!.found, /ended with watchdog, 3 restarts/);
});

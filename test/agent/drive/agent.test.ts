// A whole agent with a real model at the wheel of the simulated car, and beside a person.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestAgent } from "../../fakes/agent.ts";
import { eventually } from "../../fakes/eventually.ts";

const record = { delayMs: 0, standingEveryMs: null };

test("a model drives the car: its frames name it, a pause stops it, and it goes on when the run does", async (t) => {
  const agent = await openTestAgent(t, { gamepad: "none:", drive: { pilot: "model" }, record });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  const { pilot, report } = agent.driving;
  const drives = (): Promise<boolean> =>
    eventually("the model drives", () => {
      // On a machine that has other things to do a picture may come too late, and a person has to start it again.
      if (pilot.report().state === "failed") pilot.resume();
      return pilot.report().state === "driving" && agent.devices.drive.state().applied.throttle > 0;
    });
  await drives();
  assert.deepEqual([report().driver, report().pilot.model], ["model", "steer-v1"]);
  await eventually("labelled frames", async () => {
    await drives();
    return agent.recorder.state().labels >= 3;
  });
  await agent.recorder.pause();
  assert.equal(agent.devices.drive.state().armed, false);
  assert.deepEqual(report().pilot, { model: "steer-v1", state: "paused", reason: "the run is paused" });
  await agent.recorder.resume();
  await drives();
  stop.abort();
  await running;
  const labels = [...agent.store.frames.range()].flatMap(({ imgId }) => agent.store.labels.ofFrame(imgId));
  assert.deepEqual(new Set(labels.map(({ label }) => label.created_by)), new Set(["steer-v1"]));
});

test("shadow mode keeps how far the model is from the person, in the run's books and in marks that name the picture", async (t) => {
  const agent = await openTestAgent(t, { drive: { shadow: true }, record });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  const marks = () => [...agent.store.runs.range()].flatMap(({ value }) => value.marks);
  // It was trained in a hall: on this track it disagrees with everybody.
  await eventually("a disagreement", () => marks().length > 0 && agent.driving.report().shadow!.frames > 10);
  assert.match(
    marks()[0]!.note,
    /^disagreement \d\.\d\d at \d{8}T[\d-]+: the person -?\d\.\d\d, the model -?\d\.\d\d$/,
  );
  stop.abort();
  await running;
  const entry = agent.store.journal.newest(20).find(({ act }) => act === "drive.disagreement")!;
  const { model, frames, meanDifference, worst } = entry.details as {
    model: string;
    frames: number;
    meanDifference: number;
    worst: readonly { imgId: string; difference: number }[];
  };
  assert.deepEqual([model, frames > 10, meanDifference > 0], ["steer-v1", true, true]);
  for (const { imgId, difference } of worst) assert.ok(agent.store.frames.has(imgId) && difference > 0.25);
  const labels = [...agent.store.frames.range()].flatMap(({ imgId }) => agent.store.labels.ofFrame(imgId));
  assert.deepEqual(new Set(labels.map(({ label }) => label.created_by)), new Set(["auto"]));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { recoverRuns } from "../../../agent/record/recover.ts";
import type { RunRecord } from "../../../device/run.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { frameEntry, frameId, openTestStore } from "../../fakes/store.ts";

test("recoverRuns() ends each open run at its newest frame, counts what is there, and leaves ended runs alone", async (t) => {
  const store = openTestStore(t);
  const clock = createManualClock();
  for (let n = 0; n < 6; n += 1)
    await store.keep(frameEntry(n, { run: n < 2 ? "done" : "cut", labels: n % 2 }));
  await store.commit(() => store.frames.update({ ...store.frames.get(frameId(3))!, erasedAtUs: 1 }));
  const startedAt = store.frames.get(frameId(0))!.moment;
  const session = { event: "x", track: "", track_picture: "", track_type: "", comment: "" };
  const run: RunRecord = {
    id: "cut",
    startedAt,
    endedAt: null,
    session,
    prefix: "x/20240501",
    frames: 0,
    labels: 0,
    marks: [],
  };
  const empty = { ...run, id: "empty" };
  await store.commit(() => {
    store.runs.put("cut", run);
    store.runs.put("done", { ...run, id: "done", endedAt: startedAt, frames: 2 });
    store.runs.put("empty", empty);
  });
  const recovered = await recoverRuns(store, clock);
  assert.deepEqual(
    recovered.map(({ id, frames, labels }) => [id, frames, labels]),
    [
      ["cut", 3, 1],
      ["empty", 0, 0],
    ],
  );
  assert.deepEqual(store.runs.get("cut")!.endedAt, store.frames.get(frameId(5))!.moment);
  assert.deepEqual(store.runs.get("empty")!.endedAt, startedAt);
  assert.equal(store.runs.get("done")!.frames, 2);
  assert.deepEqual(await recoverRuns(store, clock), []);
  assert.equal(store.journal.newest(5).filter(({ act }) => act === "run.recovered").length, 2);
});

// The sending side around the drain: what it notices, and what it leaves for another process to say.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { openSending } from "../../agent/sending.ts";
import { createServerClocks } from "../../agent/server-clocks.ts";
import { readSyncNote, type SyncNote } from "../../agent/sync-note.ts";
import { silentLog } from "../../device/log.ts";
import { eventually } from "../fakes/eventually.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { frameEntry, openTestStore, temporaryFolder } from "../fakes/store.ts";

test("openSending() gives the drain the limits of the configuration, and notes for others why nothing goes", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  const data = temporaryFolder(t);
  const config = parseConfig(
    {
      data,
      sync: { bucket: `folder:${join(data, "b")}`, index: null, metered: true, bytesPerSecond: "50 kB" },
    },
    "test",
  );
  const sending = openSending({
    config,
    store,
    clock,
    log: silentLog,
    env: {},
    random: () => 0.5,
    events: null,
  });
  assert.equal(sending.drain.limits().bytesPerSecond, 50_000);
  const stop = new AbortController();
  const running = [sending.drain.run({ follow: true, signal: stop.signal }), sending.follow(stop.signal)];
  const pictureTargets = sending.targets.list.map(({ name }) => name);
  await store.keep(frameEntry(1, { pictureTargets }));
  assert.equal(readSyncNote(store), null);
  /** The disk is a real one: a commit takes its time, whatever the clock says. */
  const noted = (blocked: string | null): Promise<SyncNote> =>
    eventually("a note", async () => {
      await clock.advance(1000);
      const newest = readSyncNote(store);
      return newest?.targets[0]?.blocked === blocked && newest;
    });
  const note = await noted("metered: only alert");
  await store.settle();
  assert.deepEqual(
    note.targets.map(({ blocked, problem, restingUntilUs }) => [blocked, problem, restingUntilUs]),
    [["metered: only alert", null, null]],
  );
  const { commits } = store.commitStats();
  await clock.advance(60_000);
  assert.equal(store.commitStats().commits, commits, "what did not change is not noted again");
  assert.equal(sending.isMetered(), true);
  sending.drain.setLimits({ metered: false });
  assert.equal(sending.isMetered(), false);
  await noted(null);
  stop.abort();
  await Promise.all(running);
  await sending.close();
});

test("createServerClocks() tells of an offset once, and again when it has become another", () => {
  const clocks = createServerClocks(silentLog);
  const told: [string, number][] = [];
  const leave = clocks.onNews((server, offsetMs) => told.push([server, offsetMs]));
  clocks.note("s3://a", 900_000);
  clocks.note("s3://a", 901_000);
  clocks.note("s3://b", -5_000_000);
  clocks.note("s3://a", 1_800_000);
  leave();
  clocks.note("s3://c", 900_000);
  assert.deepEqual(told, [
    ["s3://a", 900_000],
    ["s3://b", -5_000_000],
    ["s3://a", 1_800_000],
  ]);
  assert.deepEqual(clocks.offsets(), { "s3://a": 1_800_000, "s3://b": -5_000_000, "s3://c": 900_000 });
});

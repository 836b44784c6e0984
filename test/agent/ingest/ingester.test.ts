import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "../../../agent/config.ts";
import { createIngester } from "../../../agent/ingest/ingester.ts";
import { type Clock, createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { datasetFolder } from "../../fakes/dataset-folder.ts";
import { readHere } from "../../fakes/ingest.ts";
import { openTestStore, temporaryFolder } from "../../fakes/store.ts";

/** A clock that jumps over every sleep; behind `lastMs` it stops the test. */
function jumpingClock(startMs: number, stop: AbortController, lastMs: number): Clock {
  const real = createSystemClock();
  let ms = startMs;
  return {
    ...real,
    now: () => ({ ...real.now(), wallUs: ms * 1000 }),
    sleep: async (wantedMs, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      ms += wantedMs;
      if (ms > lastMs) stop.abort(new Error("over"));
    },
  };
}

test("createIngester() ingests at the start when asked, then every day at three, new pictures only", async (t) => {
  const root = await datasetFolder(t, { "images/001/a.jpg": 1, "images/002/b.jpg": 2 });
  const store = openTestStore(t);
  const stop = new AbortController();
  const startMs = Date.UTC(2026, 0, 5, 12);
  const clock = jumpingClock(startMs, stop, startMs + 40 * 3_600_000);
  const events: { type: string; body: Record<string, unknown>; at: string }[] = [];
  const { ingest: settings } = parseConfig(
    { ingest: { onStartup: true, atrw: root, metawild: "/nowhere" } },
    "test",
  );
  await createIngester({
    store,
    settings,
    clock,
    log: silentLog,
    openReader: () => readHere,
    hasRoom: () => true,
    emit: async (type, body) => {
      events.push({ type, body, at: new Date(clock.now().wallUs / 1000).toISOString() });
    },
  }).follow(stop.signal);
  assert.deepEqual(
    events.map(({ type, body, at }) => [type, body.success, at]),
    [
      ["ingest.finished", true, "2026-01-05T12:00:00.000Z"],
      ["ingest.finished", true, "2026-01-06T03:00:00.000Z"],
      ["ingest.finished", true, "2026-01-07T03:00:00.000Z"],
    ],
  );
  const statsOf = (at: number) =>
    events[at]!.body.stats as { images_processed: number; images_skipped: number };
  assert.deepEqual([statsOf(0).images_processed, statsOf(1).images_skipped], [2, 2]);
  assert.deepEqual(Object.keys(events[0]!.body.results as object), [
    "atrw",
    "metawild",
    "wildlife_datasets",
    "individual_animal_reid",
  ]);
  assert.deepEqual(Object.keys(events[1]!.body.results as object), ["atrw"]);
});

test("createIngester() does nothing without a folder, without room, and without a schedule", async (t) => {
  const root = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const store = openTestStore(t);
  const events: string[] = [];
  const follow = async (given: object, hasRoom: boolean): Promise<void> => {
    const stop = new AbortController();
    const { ingest: settings } = parseConfig({ ingest: given }, "test");
    await createIngester({
      store,
      settings,
      clock: jumpingClock(0, stop, 2 * 86_400_000),
      log: silentLog,
      openReader: () => readHere,
      hasRoom: () => hasRoom,
      emit: async (type) => void events.push(type),
    }).follow(stop.signal);
  };
  await follow({ atrw: join(temporaryFolder(t), "gone") }, true);
  await follow({ atrw: root }, false);
  await follow({ atrw: root, schedule: null }, true);
  assert.deepEqual(events, []);
  assert.equal(store.frames.count(), 0);
});

test("createIngester() tells by an event that the store did not take it, and goes on", async (t) => {
  const root = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const store = openTestStore(t);
  await store.close();
  const events: unknown[] = [];
  const { ingest: settings } = parseConfig(
    { ingest: { onStartup: true, schedule: null, atrw: root } },
    "test",
  );
  await createIngester({
    store,
    settings,
    clock: createSystemClock(),
    log: silentLog,
    openReader: () => readHere,
    hasRoom: () => true,
    emit: async (type, body) => void events.push([type, body.success]),
  }).follow(new AbortController().signal);
  assert.deepEqual(events, [["ingest.finished", false]]);
});

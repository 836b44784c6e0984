// Sightings and individuals: found every way they can be asked for, told of after the commit, and not lost with a picture.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { openEnvironment } from "../../../device/store/environment.ts";
import { createRetention, dropFrames } from "../../../device/store/retention.ts";
import { openStore } from "../../../device/store/store.ts";
import { seededRandom, sighting, sightingId, unitVector } from "../../fakes/sightings.ts";
import { frameEntry, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

const ids = (found: Iterable<{ readonly id: string }>): string[] => [...found].map(({ id }) => id);

test("add() makes a sighting findable by frame, individual and sequence, with its vectors", async (t) => {
  const store = openTestStore(t);
  const vector = unitVector(8, seededRandom(1));
  await store.commit(() => {
    store.sightings.add(sighting(1, { individual: "tiger", sequence: "walk" }), new Map([["s", vector]]));
    store.sightings.add(sighting(2, { individual: "tigers" }));
  });
  assert.deepEqual(ids(store.sightings.of("frame", frameId(1))), [sightingId(1)]);
  assert.deepEqual(ids(store.sightings.of("individual", "tiger")), [sightingId(1)]);
  assert.deepEqual(ids(store.sightings.of("sequence", "walk")), [sightingId(1)]);
  assert.deepEqual(store.sightings.vector(sightingId(1), "s"), vector);
  assert.equal(store.sightings.vector(sightingId(2), "s"), null);
  assert.deepEqual(store.sightings.spaces(), ["s"]);
  assert.deepEqual(ids(store.sightings.range({ reverse: true })), [sightingId(2), sightingId(1)]);
});

test("update() moves a sighting in its indexes, and remove() leaves nothing of it", async (t) => {
  const store = openTestStore(t);
  await store.commit(() =>
    store.sightings.add(
      sighting(1, { individual: "a", sequence: "walk" }),
      new Map([
        ["s", unitVector(4, seededRandom(1))],
        ["t", unitVector(6, seededRandom(2))],
      ]),
    ),
  );
  await store.commit(() => store.sightings.update(sighting(1, { individual: "b" })));
  assert.deepEqual(ids(store.sightings.of("individual", "a")), []);
  assert.deepEqual(ids(store.sightings.of("individual", "b")), [sightingId(1)]);
  assert.deepEqual(ids(store.sightings.of("sequence", "walk")), []);
  await store.commit(() => store.sightings.remove(sightingId(1)));
  for (const table of [store.seen.sightings, store.seen.sightingsOf, store.seen.embeddings])
    assert.deepEqual([...table.keys()], []);
});

test("add() refuses what is no unit vector, and nothing of the sighting stays", async (t) => {
  const store = openTestStore(t);
  const bad: [RegExp, Float32Array][] = [
    [/all zeros/, new Float32Array(4)],
    [/NaN at position 2/, Float32Array.of(1, 0, Number.NaN, 0)],
    [/length 2/, Float32Array.of(2, 0, 0, 0)],
    [/no numbers/, new Float32Array(0)],
  ];
  for (const [message, vector] of bad)
    await assert.rejects(
      store.commit(() => store.sightings.add(sighting(1), new Map([["s", vector]]))),
      message,
    );
  assert.equal(store.sightings.get(sightingId(1)), null);
  await store.commit(() => store.sightings.add(sighting(1)));
  await assert.rejects(
    store.commit(() => store.sightings.add(sighting(1))),
    /in the store already/,
  );
});

test("verify() puts indexes and vectors of sightings right", async (t) => {
  const store = openTestStore(t);
  const vectors = new Map([["s", unitVector(4, seededRandom(1))]]);
  await store.commit(() => {
    store.sightings.add(sighting(1, { individual: "a" }), vectors);
    store.sightings.add(sighting(2, { individual: "a" }), vectors);
  });
  await store.commit(() => {
    store.seen.sightingsOf.remove(["individual", "a", sightingId(1)]);
    store.seen.sightingsOf.put(["individual", "b", sightingId(1)], true);
    store.seen.sightings.remove(sightingId(2));
  });
  // The lost entry, the foreign one, two of the sighting that is gone, and its vector.
  assert.equal((await store.verify()).mended, 5);
  assert.deepEqual(ids(store.sightings.of("individual", "a")), [sightingId(1)]);
  assert.deepEqual([...store.seen.sightingsOf.keys()].length, 2);
  assert.deepEqual([...store.seen.embeddings.keys()], [["s", sightingId(1)]]);
  assert.equal((await store.verify()).mended, 0);
});

test("onChange() tells of what is on disk only", async (t) => {
  const store = openTestStore(t);
  const heard: string[] = [];
  const stop = store.sightings.onChange((touched) => heard.push(...touched));
  await assert.rejects(
    store.commit(() => {
      store.sightings.add(sighting(1));
      throw new Error("no");
    }),
  );
  assert.deepEqual(heard, []);
  await store.commit(() => store.sightings.add(sighting(2)));
  await store.commit(() => store.sightings.embed(sightingId(2), "s", unitVector(4, seededRandom(1))));
  stop();
  await store.commit(() => store.sightings.remove(sightingId(2)));
  assert.deepEqual(heard, [sightingId(2), sightingId(2)]);
});

test("ensure() knows an individual by the alias of its data set and by no other", async (t) => {
  const store = openTestStore(t);
  const nowUs = Date.UTC(2024, 4, 1) * 1000;
  const ensure = (scope: string, value: string) =>
    store.commit(
      () => store.individuals.ensure({ name: `${scope} ${value}`, aliases: [{ scope, value }] }, nowUs),
      0,
    );
  const first = await ensure("atrw", "001");
  const again = await ensure("atrw", "001");
  const other = await ensure("zoo", "001");
  assert.ok(first.made && !again.made && other.made);
  assert.equal(again.individual.id, first.individual.id);
  assert.notEqual(other.individual.id, first.individual.id);
  const long = await ensure("zoo", "x".repeat(10_000));
  assert.equal(store.individuals.byAlias(long.individual.aliases[0]!)?.id, long.individual.id);
});

test("update() moves aliases, and refuses one that belongs to another", async (t) => {
  const store = openTestStore(t);
  const [a, b] = await store.commit(() =>
    ["1", "2"].map((value) =>
      store.individuals.add({ name: value, aliases: [{ scope: "zoo", value }] }, 1_000_000),
    ),
  );
  await assert.rejects(
    store.commit(() => store.individuals.update({ ...a!, aliases: b!.aliases })),
    /2 of zoo is 2/,
  );
  await store.commit(() => {
    store.individuals.update({ ...b!, mergedInto: a!.id });
    store.individuals.update({ ...a!, aliases: [...a!.aliases, ...b!.aliases] });
  });
  assert.equal(store.individuals.byAlias({ scope: "zoo", value: "2" })?.id, a!.id);
  assert.equal(store.individuals.standing(b!.id)?.id, a!.id);
  await store.commit(() => store.individuals.remove(a!.id));
  assert.equal(store.individuals.byAlias({ scope: "zoo", value: "2" }), null);
});

test("check() does not thin a frame somebody was recognised on", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 20; n += 1) await store.keep(frameEntry(n, { labels: 0, size: 4000 }));
  await store.commit(() => {
    for (let n = 0; n < 20; n += 2) store.sightings.add(sighting(n, { individual: "a", state: "verified" }));
    for (let n = 1; n < 20; n += 2) store.sightings.add(sighting(n, { individual: "a", state: "suggested" }));
  });
  const retention = createRetention({
    store,
    log: silentLog,
    disk: () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
    limits: {
      maxBytes: store.counters.get("bytes"),
      keepFreeBytes: 0,
      pictureTargets: ["bucket"],
      labelTargets: [],
    },
  });
  await retention.check();
  assert.ok(store.frames.count() < 20);
  for (let n = 0; n < 20; n += 2) assert.ok(store.frames.has(frameId(n)), `frame ${n}`);
});

test("dropFrames() takes suggestions with the picture, and keeps what an individual is recognised by unless it was erased", async (t) => {
  const store = openTestStore(t);
  for (const n of [1, 2, 3]) await store.keep(frameEntry(n));
  await store.commit(() => {
    store.sightings.add(sighting(1, { individual: "a", state: "verified" }));
    store.sightings.add(sighting(2, { individual: "a", state: "suggested" }));
    store.sightings.add(sighting(3, { individual: "a", state: "labelled" }));
  });
  const frame = (n: number) => store.frames.get(frameId(n))!;
  await store.commit(() => dropFrames(store, [frame(1), frame(2)], "sent"));
  assert.deepEqual(ids(store.sightings.range()), [sightingId(1), sightingId(3)]);
  const [entry] = store.journal.newest(1);
  assert.equal(entry?.details.sightings, 1);
  assert.equal(entry?.details.sightingsKept, 1);
  await store.commit(() => dropFrames(store, [frame(3)], "erased"));
  assert.deepEqual(ids(store.sightings.range()), [sightingId(1)]);
});

test("openStore() reads a store of before there were individuals", async (t) => {
  const directory = temporaryFolder(t);
  const environment = openEnvironment(directory);
  await environment.write(() => environment.table<string>("frames"));
  await environment.flushed();
  await environment.close();
  const store = openStore({ directory, clock: createSystemClock(), log: silentLog, readOnly: true });
  t.after(() => store.close());
  assert.equal(store.sightings.get("x"), null);
  assert.deepEqual([...store.sightings.range()], []);
  assert.deepEqual(store.sightings.spaces(), []);
  assert.deepEqual([...store.individuals.range()], []);
  assert.equal(store.seen.origins.get("x"), null);
  assert.equal(store.seen.hashes.has("x"), false);
});

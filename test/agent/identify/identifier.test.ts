// Who is this: only those who were confirmed answer, every commit counts at once, and a sequence is more than its worst crop.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Match } from "../../../agent/identify/identifier.ts";
import { combineMatches, openIdentifier } from "../../../agent/identify/open-identifier.ts";
import { silentLog } from "../../../device/log.ts";
import { type Describer, ModelError, type Picture } from "../../../models/vision.ts";
import { seededRandom, sighting, sightingId, unitVector } from "../../fakes/sightings.ts";
import { openTestStore } from "../../fakes/store.ts";

const whole = { left: 0, top: 0, right: 1, bottom: 1 };
const size = 16;
const { signal } = new AbortController();
const settings = { threshold: 0.8, limit: 5, mode: "nearest" as const };

/** A picture that is its own description. */
function pictureOf(vector: Float32Array): Picture {
  return { width: 1, height: 1, pixels: new Uint8Array(new Float32Array(vector).buffer) };
}

const describer: Describer = {
  space: "plain",
  size,
  describe: async ({ pixels }, boxes) => boxes.map(() => new Float32Array(pixels.slice().buffer)),
};

async function setUp(t: TestContext, describers: readonly Describer[] = [describer]) {
  const store = openTestStore(t);
  const random = seededRandom(11);
  const [tiger, lion] = [unitVector(size, random), unitVector(size, random)];
  const [tigerId, lionId] = await store.commit(() =>
    ["Tiger", "Lion"].map((name) => store.individuals.add({ name }, 1e15).id),
  );
  await store.commit(() => {
    store.sightings.add(sighting(1, { individual: tigerId!, side: "left" }), new Map([["plain", tiger]]));
    store.sightings.add(sighting(2, { individual: lionId!, state: "verified" }), new Map([["plain", lion]]));
  });
  const identifier = await openIdentifier({ store, describers, settings, log: silentLog, signal });
  t.after(() => identifier.close());
  const who = async (vector: Float32Array) =>
    (await identifier.identify(pictureOf(vector), [whole], { signal }))[0]!;
  return { store, identifier, who, tiger, lion, tigerId: tigerId!, lionId: lionId!, random };
}

test("identify() names who it is, with the sighting that looks like it", async (t) => {
  const { who, tiger, tigerId } = await setUp(t);
  const { best, matches } = await who(tiger);
  assert.equal(best?.individual, tigerId);
  assert.equal(best?.name, "Tiger");
  assert.equal(best?.sighting, sightingId(1));
  assert.ok(Math.abs(best!.similarities.plain! - 1) < 1e-6);
  assert.equal(matches.length, 2);
});

test("identify() says nobody when nobody is similar enough, or the gallery is empty", async (t) => {
  const { who, random, store, tiger } = await setUp(t);
  const stranger = await who(unitVector(size, random));
  assert.equal(stranger.best, null);
  assert.equal(stranger.matches.length, 2);
  await store.commit(() => {
    for (const n of [1, 2]) store.sightings.remove(sightingId(n));
  });
  assert.deepEqual((await who(tiger)).matches, []);
});

test("identify() follows the store: suggestions never answer, confirmed and moved ones do, rejected ones no more", async (t) => {
  const { who, store, random, tigerId, lionId } = await setUp(t);
  const vector = unitVector(size, random);
  const bestOf = async () => (await who(vector)).best?.individual ?? null;
  const put = (change: Parameters<typeof sighting>[1]) =>
    store.commit(() => {
      if (store.sightings.get(sightingId(3)) === null)
        store.sightings.add(sighting(3, change), new Map([["plain", vector]]));
      else store.sightings.update(sighting(3, change));
    });
  await put({ individual: tigerId, state: "suggested" });
  assert.equal(await bestOf(), null);
  await put({ individual: tigerId, state: "verified" });
  assert.equal(await bestOf(), tigerId);
  await put({ individual: lionId, state: "verified" });
  assert.equal(await bestOf(), lionId);
  await put({ individual: lionId, state: "rejected" });
  assert.equal(await bestOf(), null);
});

test("identify() goes on with the describers that work, and fails when none does", async (t) => {
  const broken: Describer = {
    space: "broken",
    size: 4,
    describe: () => Promise.reject(new ModelError("no such file")),
  };
  const { who, tiger, tigerId, store } = await setUp(t, [broken, describer]);
  const { best, vectors } = await who(tiger);
  assert.equal(best?.individual, tigerId);
  assert.deepEqual([...vectors.keys()], ["plain"]);
  const alone = await openIdentifier({ store, describers: [broken], settings, log: silentLog, signal });
  await assert.rejects(alone.identify(pictureOf(tiger), [whole], { signal }), /no such file/);
  await alone.close();
});

test("openIdentifier() takes the store's own calibration before any other", async (t) => {
  const { store, tiger } = await setUp(t);
  const flat = { kind: "logistic", version: 1, pairs: 9, hits: 3, source: "test", slope: 0, intercept: 0 };
  await store.commit(() => store.notes.put("calibration/plain", flat));
  const own = await openIdentifier({ store, describers: [describer], settings, log: silentLog, signal });
  const [answer] = await own.identify(pictureOf(tiger), [whole], { signal });
  assert.deepEqual(
    answer!.matches.map(({ score }) => score),
    [0.5, 0.5],
  );
  // Equal scores, but not equally similar.
  assert.equal(answer!.matches[0]!.name, "Tiger");
  await store.commit(() => store.notes.put("calibration/plain", { ...flat, version: 7 }));
  const opening = openIdentifier({ store, describers: [describer], settings, log: silentLog, signal });
  await assert.rejects(opening, /calibration plain: expected version 1, got 7/);
});

test("combineMatches() lets the better half of the crops decide", () => {
  const match = (individual: string, score: number): Match => ({
    individual,
    name: individual,
    sighting: individual,
    imgId: "",
    score,
    similarities: {},
  });
  const combined = combineMatches([
    [match("a", 0.9), match("b", 0.2)],
    [match("a", 0.8), match("b", 0.3)],
    [match("b", 0.95)],
  ]);
  assert.deepEqual(
    combined.map(({ individual, score }) => [individual, Math.round(score * 1000) / 1000]),
    [
      ["a", 0.85],
      ["b", 0.625],
    ],
  );
  assert.deepEqual(combineMatches([]), []);
});

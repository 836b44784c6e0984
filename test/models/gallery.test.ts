// The gallery: exact, per individual, never mixing spaces, in step with every change.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Side } from "../../device/sighting.ts";
import { createGallery, type Gallery, type SearchOptions } from "../../models/gallery.ts";
import { seededRandom, unitVector } from "../fakes/sightings.ts";

const options: SearchOptions = { fuse: ([similarity]) => similarity!, limit: 5 };

function vectorsOf(vector: Float32Array): ReadonlyMap<string, Float32Array> {
  return new Map([["s", vector]]);
}

function dot(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, at) => sum + value * right[at]!, 0);
}

/** A gallery of 3000 sightings of 70 individuals, and the same as a list. */
function filled(random: () => number, size = 19) {
  const gallery = createGallery([{ space: "s", size }]);
  const sides: readonly Side[] = ["left", "right", "both", "unknown"];
  const entries = Array.from({ length: 3000 }, (_, n) => ({
    sighting: `sighting-${n}`,
    individual: `individual-${n % 70}`,
    side: sides[Math.floor(random() * 4)]!,
    vector: unitVector(size, random),
  }));
  for (const { vector, ...entry } of entries) gallery.put({ ...entry, vectors: vectorsOf(vector) });
  return { gallery, entries };
}

test("search() finds what comparing with every one finds, whatever was removed and added in between", async () => {
  const random = seededRandom(7);
  const { gallery, entries } = filled(random);
  const kept = entries.filter(({ sighting }) => random() > 0.4 || !gallery.remove(sighting));
  for (let n = 0; n < 500; n += 1) {
    const entry = {
      sighting: `late-${n}`,
      individual: `individual-${Math.floor(random() * 90)}`,
      side: "left" as const,
      vector: unitVector(19, random),
    };
    kept.push(entry);
    gallery.put({ ...entry, vectors: vectorsOf(entry.vector) });
  }
  for (let round = 0; round < 20; round += 1) {
    const query = unitVector(19, random);
    const side = (["left", "right", "both", "unknown"] as const)[round % 4]!;
    const exclude = [`individual-${round}`];
    const expected = new Map<string, { sighting: string; score: number }>();
    for (const entry of kept) {
      const isSided = side === "left" || side === "right";
      if (isSided && entry.side !== side && entry.side !== "both" && entry.side !== "unknown") continue;
      if (exclude.includes(entry.individual)) continue;
      const score = dot(query, entry.vector);
      if (score > (expected.get(entry.individual)?.score ?? -2))
        expected.set(entry.individual, { sighting: entry.sighting, score });
    }
    const best = [...expected].sort(([, left], [, right]) => right.score - left.score).slice(0, 5);
    const found = gallery.search(vectorsOf(query), { ...options, side, exclude });
    assert.deepEqual(
      found.map(({ individual, sighting }) => [individual, sighting]),
      best.map(([individual, { sighting }]) => [individual, sighting]),
    );
    for (const [at, { score }] of found.entries()) assert.ok(Math.abs(score - best[at]![1].score) < 1e-5);
    const inTurns = await gallery.searchInTurns(vectorsOf(query), {
      ...options,
      side,
      exclude,
      signal: new AbortController().signal,
    });
    assert.deepEqual(inTurns, found);
  }
});

test("search() compares with the mean of an individual's vectors in prototype mode, of the asked side only", () => {
  const random = seededRandom(3);
  const { gallery, entries } = filled(random);
  gallery.remove("sighting-0");
  const query = unitVector(19, random);
  for (const side of ["unknown", "left"] as const) {
    const members = entries.filter(
      (entry) =>
        entry.individual === "individual-0" &&
        entry.sighting !== "sighting-0" &&
        (side === "unknown" || entry.side !== "right"),
    );
    const sum = new Float32Array(19);
    for (const { vector } of members) for (const [at, value] of vector.entries()) sum[at]! += value;
    const expected = dot(query, sum) / Math.hypot(...sum);
    const found = gallery
      .search(vectorsOf(query), { ...options, mode: "prototype", side, limit: 100 })
      .find(({ individual }) => individual === "individual-0");
    assert.ok(Math.abs(found!.score - expected) < 1e-5);
    assert.equal(
      found!.sighting,
      members
        .map(({ sighting }) => sighting)
        .sort()
        .at(-1),
    );
    // Changed in between: the next answer has to know.
    gallery.put({ sighting: "new", individual: "individual-0", side: "left", vectors: vectorsOf(query) });
    const after = gallery.search(vectorsOf(query), { ...options, mode: "prototype", side, limit: 100 });
    assert.ok(after.find(({ individual }) => individual === "individual-0")!.score > expected);
    gallery.remove("new");
  }
});

test("put() moves a sighting to another individual, and an individual without sightings answers no more", () => {
  const gallery = createGallery([{ space: "s", size: 2 }]);
  const vectors = vectorsOf(Float32Array.of(1, 0));
  gallery.put({ sighting: "x", individual: "a", side: "left", vectors });
  gallery.put({ sighting: "x", individual: "b", side: "left", vectors });
  for (const mode of ["nearest", "prototype"] as const)
    assert.deepEqual(
      gallery.search(vectors, { ...options, mode }).map(({ individual }) => individual),
      ["b"],
    );
  assert.deepEqual(gallery.count(), { sightings: 1, individuals: 1 });
  assert.ok(gallery.remove("x") && !gallery.remove("x"));
  assert.deepEqual(gallery.search(vectors, options), []);
});

test("put() and search() refuse zeros, NaN and the wrong size, naming space and value", () => {
  const gallery: Gallery = createGallery([{ space: "s", size: 3 }]);
  const bad: [RegExp, Float32Array][] = [
    [/unit vector of s, got all zeros/, new Float32Array(3)],
    [/unit vector of s, got NaN at position 1/, Float32Array.of(0, Number.NaN, 1)],
    [/3 numbers for s, got 2/, Float32Array.of(0, 1)],
  ];
  for (const [message, vector] of bad) {
    assert.throws(
      () => gallery.put({ sighting: "x", individual: "a", side: "left", vectors: vectorsOf(vector) }),
      message,
    );
    assert.throws(() => gallery.search(vectorsOf(vector), options), message);
  }
  assert.equal(gallery.has("x"), false);
});

test("search() leaves out a space that a sighting or the query lacks", () => {
  const gallery = createGallery([
    { space: "s", size: 2 },
    { space: "t", size: 3 },
  ]);
  const s = Float32Array.of(0.6, 0.8);
  const t = Float32Array.of(0, 0, 1);
  gallery.put({
    sighting: "both",
    individual: "a",
    side: "left",
    vectors: new Map([
      ["s", s],
      ["t", t],
    ]),
  });
  gallery.put({ sighting: "one", individual: "b", side: "left", vectors: new Map([["t", t]]) });
  gallery.put({ sighting: "none", individual: "c", side: "left", vectors: new Map() });
  const seen: number[][] = [];
  const found = gallery.search(
    new Map([
      ["s", s],
      ["t", t],
    ]),
    {
      limit: 5,
      fuse: (similarities) => seen.push([...similarities]),
    },
  );
  assert.deepEqual(
    seen.map((each) => each.map((value) => Math.round(value * 1e6) / 1e6)),
    [
      [1, 1],
      [Number.NaN, 1],
    ],
  );
  assert.deepEqual(Object.keys(found.find(({ individual }) => individual === "b")!.similarities), ["t"]);
  assert.deepEqual(gallery.search(new Map(), options), []);
});

test("searchInTurns() gives way while it works, bears changes meanwhile, and stops when told", async () => {
  const random = seededRandom(5);
  const gallery = createGallery([{ space: "s", size: 256 }]);
  for (let n = 0; n < 20_000; n += 1)
    gallery.put({
      sighting: `s${n}`,
      individual: `i${n % 100}`,
      side: "unknown",
      vectors: vectorsOf(unitVector(256, random)),
    });
  let turns = 0;
  let done = false;
  const ticking = (async () => {
    while (!done) {
      turns += 1;
      gallery.remove(`s${turns}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const query = vectorsOf(unitVector(256, random));
  const found = await gallery
    .searchInTurns(query, { ...options, signal: new AbortController().signal })
    .finally(() => {
      done = true;
    });
  await ticking;
  assert.equal(found.length, 5);
  assert.ok(found.every(({ sighting }) => sighting.startsWith("s")));
  assert.ok(turns > 3, `${turns} turns`);
  await assert.rejects(
    gallery.searchInTurns(query, { ...options, signal: AbortSignal.abort(new Error("stop")) }),
    /stop/,
  );
});

// What there is to look at: pages that end, filters that hold, the newest first.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  describeActs,
  describeIndividual,
  describeIndividuals,
  describeSuggestions,
} from "../../../agent/individuals/describe.ts";
import { rejectSightings, verifySightings } from "../../../agent/individuals/judge.ts";
import {
  listActs,
  listIndividuals,
  listSuggestions,
  showIndividual,
} from "../../../agent/individuals/review.ts";
import { undo } from "../../../agent/individuals/undo.ts";
import type { Store } from "../../../device/store/store.ts";
import { sighting, sightingId } from "../../fakes/sightings.ts";
import { frameEntry, openTestStore } from "../../fakes/store.ts";

/** Five individuals; 30 suggestions, every third of nobody known, and one label. */
async function fill(store: Store): Promise<readonly string[]> {
  const ids = await store.commit(() =>
    ["Ann", "Bob", "Cid", "Dot", "Eve"].map(
      (name) => store.individuals.add({ name, species: "tiger" }, 1e15).id,
    ),
  );
  await store.keep(frameEntry(3));
  await store.commit(() => {
    for (let n = 0; n < 30; n += 1)
      store.sightings.add(
        sighting(n, {
          state: "suggested",
          score: n / 30,
          individual: n % 3 === 0 ? null : ids[n % 5]!,
          sequence: n < 10 ? "walk" : null,
        }),
      );
    store.sightings.add(sighting(40, { individual: ids[0]! }));
  });
  return ids;
}

test("listSuggestions() gives the queue newest first, page by page, each once", async (t) => {
  const store = openTestStore(t);
  await fill(store);
  const seen: string[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 10; pages += 1) {
    const page = listSuggestions(store, { limit: 7, ...(after === undefined ? {} : { after }) });
    seen.push(...page.items.map((item) => item.sighting));
    if (page.next === null) break;
    after = page.next;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 30 }, (_, n) => sightingId(29 - n)),
  );
});

test("listSuggestions() filters by individual, camera, sequence and score", async (t) => {
  const store = openTestStore(t);
  const [ann] = await fill(store);
  const ids = (options: Omit<Parameters<typeof listSuggestions>[1], "limit">) =>
    listSuggestions(store, { limit: 100, ...options }).items;
  assert.ok(ids({ individual: "new" }).every(({ individual }) => individual === null));
  assert.equal(ids({ individual: "new" }).length, 10);
  assert.ok(ids({ individual: "Ann" }).every(({ individual, name }) => individual === ann && name === "Ann"));
  assert.equal(ids({ sequence: "walk" }).length, 10);
  assert.equal(ids({ minScore: 0.8 }).length, 6);
  assert.deepEqual(
    ids({ camera: "front" }).map((item) => item.sighting),
    [sightingId(3)],
  );
  assert.throws(() => ids({ individual: "Zoe" }), /got Zoe/);
  assert.match(describeSuggestions(listSuggestions(store, { limit: 2 })), /97 %\n.*\nmore: --after/);
});

test("listIndividuals() and showIndividual() say who is known and how well", async (t) => {
  const store = openTestStore(t);
  const [ann] = await fill(store);
  const page = listIndividuals(store, { limit: 3 });
  assert.equal(page.items.length, 3);
  assert.equal(listIndividuals(store, { limit: 3, after: page.next! }).items.length, 2);
  assert.deepEqual(
    listIndividuals(store, { limit: 9, text: "AN" }).items.map(({ name }) => name),
    ["Ann"],
  );
  assert.match(describeIndividuals(page), /tiger {2}active {2}0 verified/);
  const details = showIndividual(store, "Ann", { limit: 2 });
  assert.equal(details.record.id, ann);
  assert.deepEqual(details.sightings, { suggested: 4, labelled: 1, verified: 0, rejected: 0 });
  assert.equal(details.seen[0]?.id, sightingId(40));
  assert.equal(details.seen.length, 2);
  assert.match(describeIndividual(details), /last seen 2024-05-01T00:00:00Z/);
  assert.equal(describeIndividuals({ items: [], next: null }), "no individuals");
});

test("listActs() tells what was done by whom, newest first, and what was undone", async (t) => {
  const store = openTestStore(t);
  await fill(store);
  const actor = { store, by: "ada", nowUs: () => 1.7e15 };
  await verifySightings(actor, [sightingId(1)]);
  const rejected = await rejectSightings({ ...actor, by: "bea" }, [sightingId(2)]);
  const taken = await undo(actor);
  const { items, next } = listActs(store, { limit: 2 });
  assert.deepEqual(
    items.map(({ id, by, kind, undoneBy }) => [id, by, kind, undoneBy]),
    [
      [taken.id, "ada", "undo", null],
      [rejected.id, "bea", "reject", taken.id],
    ],
  );
  assert.equal(next, rejected.id);
  const rest = listActs(store, { limit: 2, after: next! });
  assert.deepEqual([rest.items.length, rest.next], [1, null]);
  assert.match(describeActs({ items, next }), /bea {2}sighting .* rejected \[undone by/);
});

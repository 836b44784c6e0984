// What a person does to individuals: kept with who and when, undone to the byte, refused with the reason where others built on it.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { type Actor, ActRefused } from "../../../agent/individuals/act.ts";
import {
  editIndividual,
  mergeIndividuals,
  planMerge,
  splitIndividual,
} from "../../../agent/individuals/arrange.ts";
import { rejectSightings, verifySightings } from "../../../agent/individuals/judge.ts";
import { undo, undoOf } from "../../../agent/individuals/undo.ts";
import type { Store } from "../../../device/store/store.ts";
import { sighting, sightingId } from "../../fakes/sightings.ts";
import { frameId, openTestStore } from "../../fakes/store.ts";

const startUs = Date.UTC(2024, 4, 1) * 1000;

/** Three individuals with two aliases each, and three sightings each (one suggested); a tenth is nobody's. */
async function setUp(t: TestContext) {
  const store = openTestStore(t);
  let nowUs = startUs;
  const actor: Actor = { store, by: "ada", nowUs: () => (nowUs += 1_000_000) };
  const ids = await store.commit(() =>
    ["Ann", "Bob", "Cid"].map(
      (name) =>
        store.individuals.add(
          {
            name,
            tags: [name],
            aliases: ["x", "y"].map((scope) => ({ scope: `${scope}-${name}`, value: "1" })),
          },
          startUs,
        ).id,
    ),
  );
  await store.commit(() => {
    for (let n = 0; n < 9; n += 1)
      store.sightings.add(
        sighting(n, { individual: ids[n % 3]!, state: n > 5 ? "suggested" : "labelled", sequence: "walk" }),
      );
    store.sightings.add(sighting(9, { state: "suggested" }));
  });
  const [ann, bob, cid] = ids as [string, string, string];
  return { store, actor, ann, bob, cid };
}

/** Everything acts may change, byte for byte. */
function stateOf(store: Store): string {
  const { individuals, aliases, sightings, sightingsOf } = store.seen;
  return JSON.stringify([individuals, aliases, sightings, sightingsOf].map((table) => [...table.range()]));
}

const acts = (store: Store) => [...store.seen.acts.range()].map(({ value }) => value);

test("verifySightings() makes a suggestion answer, and says who did it when", async (t) => {
  const { store, actor, ann } = await setUp(t);
  const done = await verifySightings(actor, [sightingId(6)]);
  const verified = store.sightings.get(sightingId(6))!;
  assert.deepEqual([verified.individual, verified.state, verified.by], [ann, "verified", "ada"]);
  assert.deepEqual([done.kind, done.by, done.atUs], ["verify", "ada", startUs + 1_000_000]);
  assert.match(done.summary, /verified as Ann/);
  assert.deepEqual(acts(store), [done]);
});

test("verifySightings() takes another one, by id, name or alias, or makes a new one", async (t) => {
  const { store, actor, bob, cid } = await setUp(t);
  await verifySightings(actor, [sightingId(6)], { as: bob });
  assert.equal(store.sightings.get(sightingId(6))?.individual, bob);
  await verifySightings(actor, [sightingId(6)], { as: "x-Cid/1" });
  assert.equal(store.sightings.get(sightingId(6))?.individual, cid);
  await verifySightings(actor, [sightingId(9)], { newName: "Dot" });
  const made = store.individuals.get(store.sightings.get(sightingId(9))!.individual!)!;
  assert.equal(made.name, "Dot");
});

test("verifySightings() refuses what cannot be meant, and nothing changes", async (t) => {
  const { store, actor } = await setUp(t);
  const before = stateOf(store);
  const refusals: [Promise<unknown> | (() => Promise<unknown>), RegExp][] = [
    [() => verifySightings(actor, [sightingId(6), sightingId(9)]), /Nobody was suggested for 01HTEST0{18}9/],
    [() => verifySightings(actor, [sightingId(6), "no"]), /Expected the id of a sighting, got no/],
    [() => verifySightings(actor, [sightingId(6)], { as: "Zoe" }), /Expected the id, name or scope\/alias/],
    [async () => verifySightings(actor, [sightingId(6)], { as: "Ann", newName: "Zoe" }), /got both/],
  ];
  for (const [refused, message] of refusals)
    await assert.rejects(refused, (error) => error instanceof ActRefused && message.test(error.message));
  assert.equal(stateOf(store), before);
  assert.deepEqual(acts(store), []);
  await verifySightings(actor, [sightingId(6)]);
  await assert.rejects(verifySightings(actor, [sightingId(6)]), /Nothing to change/);
});

test("rejectSightings() keeps the sighting and who was suggested", async (t) => {
  const { store, actor, ann } = await setUp(t);
  await rejectSightings(actor, [sightingId(6)]);
  const rejected = store.sightings.get(sightingId(6))!;
  assert.deepEqual([rejected.individual, rejected.state], [ann, "rejected"]);
});

test("planMerge() shows what would move and what speaks against it, and mergeIndividuals() heeds that", async (t) => {
  const { store, actor, ann, bob } = await setUp(t);
  const before = stateOf(store);
  const plan = planMerge(store, "Ann", ["Bob"]);
  assert.deepEqual(plan.sightings, { suggested: 1, labelled: 2, verified: 0, rejected: 0 });
  assert.equal(plan.aliases.length, 2);
  assert.deepEqual(plan.conflicts, []);
  await store.commit(() => {
    store.sightings.add(sighting(20, { imgId: frameId(0), individual: bob }));
    store.individuals.update({
      ...store.individuals.get(bob)!,
      species: "lion",
      aliases: [{ scope: "x-Ann", value: "2" }],
    });
    store.individuals.update({ ...store.individuals.get(ann)!, species: "tiger" });
  });
  const conflicts = planMerge(store, "Ann", ["Bob"]).conflicts.join("\n");
  assert.match(conflicts, /different species: tiger, lion/);
  assert.match(conflicts, /data set x-Ann tells them apart: 1 and 2/);
  assert.match(conflicts, /seen together on/);
  assert.notEqual(stateOf(store), before);
  const held = stateOf(store);
  await assert.rejects(mergeIndividuals(actor, { into: "Ann", others: ["Bob"] }), /Not merged.*--force/);
  await assert.rejects(mergeIndividuals(actor, { into: "Ann", others: ["Ann"] }), /Ann .* twice/);
  assert.equal(stateOf(store), held);
  await mergeIndividuals(actor, { into: "Ann", others: ["Bob"], force: true });
  assert.deepEqual([...store.sightings.of("individual", bob)], []);
  assert.equal(store.individuals.standing(bob)?.id, ann);
  assert.equal(store.individuals.byAlias({ scope: "x-Ann", value: "2" })?.id, ann);
});

test("splitIndividual() moves sightings to a new one, and leaves somebody behind", async (t) => {
  const { store, actor, ann } = await setUp(t);
  await splitIndividual(actor, { from: "Ann", sightings: [sightingId(0)], name: "Ann's sister" });
  const made = store.individuals.get(store.sightings.get(sightingId(0))!.individual!)!;
  assert.equal(made.name, "Ann's sister");
  assert.equal([...store.sightings.of("individual", ann)].length, 2);
  const all = [3, 6].map(sightingId);
  await assert.rejects(
    splitIndividual(actor, { from: "Ann", sightings: all }),
    /some sightings of Ann .* to stay/,
  );
  await assert.rejects(splitIndividual(actor, { from: "Ann", sightings: [sightingId(1)] }), /is of /);
});

test("undo() restores every record to the byte, whatever was done, in whatever order", async (t) => {
  const { store, actor } = await setUp(t);
  const names = ["Ann", "Bob", "Cid", "Dot"] as const;
  const name = fc.constantFrom(...names);
  const some = fc.uniqueArray(fc.integer({ min: 0, max: 9 }).map(sightingId), { minLength: 1, maxLength: 4 });
  const doing = fc.oneof(
    fc
      .record({ sightings: some, as: name })
      .map((x) => () => verifySightings(actor, x.sightings, { as: x.as })),
    fc.record({ sightings: some }).map((x) => () => verifySightings(actor, x.sightings, { newName: "Dot" })),
    some.map((sightings) => () => rejectSightings(actor, sightings)),
    fc
      .record({ a: name, b: name })
      .map((x) => () => mergeIndividuals(actor, { into: x.a, others: [x.b], force: true })),
    fc
      .record({ from: name, sightings: some })
      .map((x) => () => splitIndividual(actor, { ...x, name: "Dot" })),
    fc.record({ of: name, to: name }).map((x) => () => editIndividual(actor, x.of, { name: x.to })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(doing, { minLength: 1, maxLength: 8 }), async (doings) => {
      const states = [stateOf(store)];
      for (const each of doings) {
        const done = await each().catch((error: unknown) => {
          if (!(error instanceof ActRefused)) throw error;
          return null;
        });
        if (done !== null) states.push(stateOf(store));
        else assert.equal(stateOf(store), states.at(-1));
      }
      const last = states.pop()!;
      if (states.length > 0) {
        // Taken back and done again: the same as before.
        const taken = await undo(actor);
        assert.equal(stateOf(store), states.at(-1));
        await undo(actor, taken.id);
        assert.equal(stateOf(store), last);
      }
      for (const state of states.reverse()) {
        await undo(actor);
        assert.equal(stateOf(store), state);
      }
    }),
    { numRuns: 40 },
  );
});

test("undo() refuses where somebody built on it, and says who; later changes of other fields stand in nobody's way", async (t) => {
  const { store, actor, ann, bob } = await setUp(t);
  const verified = await verifySightings(actor, [sightingId(9)], { newName: "Dot" });
  const dot = store.sightings.get(sightingId(9))!.individual!;
  const more = await verifySightings({ ...actor, by: "bea" }, [sightingId(6)], { as: dot });
  await assert.rejects(
    undo(actor, verified.id),
    new RegExp(`belongs to ${dot} since, by verify ${more.id} of bea`),
  );
  await undo(actor, more.id);
  await undo(actor, verified.id);
  assert.equal(store.individuals.get(dot), null);
  await assert.rejects(undo(actor, verified.id), /was undone already, by ada/);

  const merged = await mergeIndividuals(actor, { into: "Ann", others: ["Bob"] });
  await editIndividual(actor, "Ann", { name: "Anna" });
  await undo(actor, merged.id);
  assert.equal(store.individuals.get(ann)?.name, "Anna");
  assert.equal(store.individuals.byAlias({ scope: "x-Bob", value: "1" })?.id, bob);
  await store.commit(() => store.sightings.remove(sightingId(9)));
  const rejected = await rejectSightings(actor, [sightingId(6)]);
  await store.commit(() => store.sightings.remove(sightingId(6)));
  await assert.rejects(undo(actor, rejected.id), /is gone, and no person did that/);
  await assert.rejects(undo(actor, "no"), /Expected an act of the journal, got no/);
});

test("undoOf() knows whether an act holds today", async (t) => {
  const { store, actor } = await setUp(t);
  const done = await rejectSightings(actor, [sightingId(6)]);
  assert.equal(undoOf(store, done.id), null);
  const taken = await undo(actor);
  assert.equal(undoOf(store, done.id)?.id, taken.id);
  await undo(actor, taken.id);
  assert.equal(undoOf(store, done.id), null);
  assert.deepEqual(
    acts(store).map(({ kind }) => kind),
    ["reject", "undo", "undo"],
  );
});

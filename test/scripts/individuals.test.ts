// `outrider individuals` as a person types it: judged, merged, undone; wrong usage says what would work.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { sighting, sightingId } from "../fakes/sightings.ts";
import { temporaryFolder } from "../fakes/store.ts";
import { outrider } from "./outrider.ts";

async function setUp(folder: string): Promise<void> {
  const store = openStore({
    directory: join(folder, "outrider-data", "store"),
    clock: createSystemClock(),
    log: silentLog,
    commitWindowMs: 0,
  });
  await store.commit(() => {
    const [ann] = ["Ann", "Bob"].map((name) => store.individuals.add({ name }, 1e15));
    store.sightings.add(sighting(1, { individual: ann!.id, state: "suggested", score: 0.9 }));
    store.sightings.add(sighting(2, { state: "suggested" }));
  });
  await store.close();
}

test("outrider individuals verify, merge --dry-run and undo do what they say, and the journal says who", async (t) => {
  const folder = temporaryFolder(t);
  await setUp(folder);
  const run = (...words: string[]) => outrider(folder, ["individuals", ...words], { env: { USER: "ada" } });
  const verified = await run("verify", sightingId(1), "--json");
  assert.equal(verified.code, 0, verified.stderr);
  const act = JSON.parse(verified.stdout) as { kind: string; by: string };
  assert.deepEqual([act.kind, act.by], ["verify", "ada"]);
  const plan = await run("merge", "Ann", "Bob", "--dry-run");
  assert.match(plan.stdout, /would merge Bob .* into Ann/);
  assert.equal((await run("undo", "--by", "bea")).code, 0);
  const journal = JSON.parse((await run("journal", "--json")).stdout) as {
    items: { kind: string; by: string; undoneBy: string | null }[];
  };
  assert.deepEqual(
    journal.items.map(({ kind, by, undoneBy }) => [kind, by, undoneBy === null]),
    [
      ["undo", "bea", true],
      ["verify", "ada", false],
    ],
  );
});

test("outrider individuals refuses what cannot be meant with code 2, and a folder without a store with code 1", async (t) => {
  const folder = temporaryFolder(t);
  await setUp(folder);
  const run = (...words: string[]) => outrider(folder, ["individuals", ...words]);
  const [nobody, both, elsewhere] = await Promise.all([
    run("verify", sightingId(2)),
    run("verify", sightingId(2), "--as", "Ann", "--new", "Zoe"),
    run("list", "--data", "elsewhere"),
  ]);
  assert.deepEqual([nobody.code, both.code, elsewhere.code], [2, 2, 1]);
  assert.match(nobody.stderr, /Nobody was suggested .* --as INDIVIDUAL or --new NAME/);
  assert.match(both.stderr, /cannot be used with option/);
  assert.match(elsewhere.stderr, /There is no store in/);
});

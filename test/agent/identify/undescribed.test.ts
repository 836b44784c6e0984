import assert from "node:assert/strict";
import { test } from "node:test";
import { countUndescribed, describeUndescribed } from "../../../agent/identify/undescribed.ts";
import { sighting } from "../../fakes/sightings.ts";
import { openTestStore } from "../../fakes/store.ts";

test("countUndescribed() counts who answers and lacks a vector of one of the models", async (t) => {
  const store = openTestStore(t);
  const vector = Float32Array.of(1, 0);
  await store.commit(() => {
    store.sightings.add(
      sighting(1, { state: "labelled" }),
      new Map([
        ["a", vector],
        ["b", vector],
      ]),
    );
    store.sightings.add(sighting(2, { state: "verified" }), new Map([["a", vector]]));
    store.sightings.add(sighting(3, { state: "suggested" }), new Map());
  });
  assert.deepEqual(countUndescribed(store, ["a"]), { answering: 2, undescribed: 0 });
  const lacking = countUndescribed(store, ["a", "b"]);
  assert.deepEqual(lacking, { answering: 2, undescribed: 1 });
  assert.match(describeUndescribed(lacking) ?? "", /^1 of 2 sightings .*outrider embed --missing/);
  assert.equal(describeUndescribed({ answering: 2, undescribed: 0 }), null);
});

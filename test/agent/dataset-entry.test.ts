import assert from "node:assert/strict";
import { test } from "node:test";
import { askForDataset, datasetEntry } from "../../agent/dataset-entry.ts";
import { createFakePerson } from "../fakes/person.ts";

const nowUs = Date.UTC(2026, 0, 1) * 1000;
const now = "20260101T00-00-00-000000";

test("datasetEntry() fills in the date and keeps the query as text", () => {
  assert.deepEqual(datasetEntry({ name: "night", query: { event: { type: "match" } } }, nowUs), {
    query: '{"event":{"type":"match"}}',
    created_on_date: now,
    name: "night",
    comment: "",
  });
});

test("datasetEntry() names every problem at once", () => {
  assert.throws(
    () => datasetEntry({ name: " ", date: "tomorrow", comment: "x".repeat(9000), query: null }, nowUs),
    /name: expected 1–256 characters, got " "\n {2}date: expected YYYYMMDDTHH-MM-SS-ffffff, got "tomorrow"\n {2}comment: expected at most/,
  );
});

test("askForDataset() asks for what is missing, again where an answer cannot be used, and shows the result", async () => {
  const person = createFakePerson(true, ["", "night", "dark", "31/31/2026", ""]);
  const entry = await askForDataset({ query: null }, person, () => nowUs);
  assert.deepEqual(entry, { query: null, created_on_date: now, name: "night", comment: "dark" });
  assert.equal(person.questions.length, 6);
  assert.match(person.told.join("\n"), /name: expected[\s\S]*date: expected[\s\S]*"name": "night"/);
});

test("askForDataset() is null when nobody answers, or the answer is no", async () => {
  assert.equal(await askForDataset({ query: null }, createFakePerson(true, []), () => nowUs), null);
  const refusing = createFakePerson(false);
  assert.equal(
    await askForDataset({ name: "n", comment: "", date: now, query: null }, refusing, () => nowUs),
    null,
  );
  assert.deepEqual(refusing.questions, ["Create this data set?"]);
});

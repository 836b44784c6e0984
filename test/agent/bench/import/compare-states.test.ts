import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlainSequence } from "../../../../agent/bench/contract-server/annotation/plain-state.ts";
import { compareStates } from "../../../../agent/bench/import/compare-states.ts";

const sequence = (key: string, change: Partial<PlainSequence> = {}): PlainSequence => ({
  key,
  sequence: { lat: 44 },
  skipped: null,
  detections: [{ alert_api_id: 1 }],
  annotation: { processing_stage: "ready_to_annotate" },
  ...change,
});

test("compareStates() finds nothing where all is the same", () => {
  assert.deepEqual(compareStates([sequence("a")], [sequence("a")]), { problems: [], surplus: 0 });
});

test("compareStates() tells what is missing, what is there twice or too much, and what is otherwise", () => {
  const actual = [
    sequence("a"),
    sequence("a"),
    sequence("b", { detections: [{ alert_api_id: 1 }, { alert_api_id: 1 }] }),
    sequence("d", { annotation: { processing_stage: "annotated" } }),
    sequence("e"),
  ];
  const expected = [sequence("a"), sequence("b"), sequence("c"), sequence("d")];
  const { problems, surplus } = compareStates(actual, expected);
  assert.equal(surplus, 3);
  assert.deepEqual(problems.slice(0, 3), [
    "sequence c is missing",
    "sequence a should not be there",
    "sequence b: 2 detections, expected 1",
  ]);
  assert.match(problems[3]!, /^sequence d: its annotation differ: …/);
  assert.equal(problems[4], "sequence e should not be there");
});

test("compareStates() tells ten differences and the number of the others", () => {
  const expected = Array.from({ length: 13 }, (_, index) => sequence(`s${index}`));
  const { problems } = compareStates([], expected);
  assert.deepEqual([problems.length, problems.at(-1)], [11, "and 3 more differences"]);
});

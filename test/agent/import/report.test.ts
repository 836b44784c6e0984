import assert from "node:assert/strict";
import { test } from "node:test";
import { createTally } from "../../../agent/import/import-result.ts";
import { describeImport } from "../../../agent/import/report.ts";

test("describeImport() lets no word of a platform act on a terminal, or make a line of its own", () => {
  const tally = createTally(false);
  const odd = { of: "sequence 1", problem: 'camera "\u001b[2Jgone\nProblems: none"' };
  tally.problems.push(odd);
  tally.notes.push(odd);
  const text = describeImport(tally);
  assert.ok(!text.includes("\u001b"));
  assert.doesNotMatch(text, /^Problems: none/m);
  assert.match(text, /^ {2}sequence 1: camera .*gone Problems: none"$/m);
});

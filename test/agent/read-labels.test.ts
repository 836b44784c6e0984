import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readLabels } from "../../agent/read-labels.ts";
import { rewriteLabelsFile } from "../../device/labels-file.ts";
import { labelOf } from "../fakes/labelled-pictures.ts";

test("readLabels() notes exchanged speed classes, changes none, and blames nobody but the recorder", () => {
  const directory = mkdtempSync(join(tmpdir(), "outrider-read-"));
  const path = join(directory, "labels.json");
  const fine = labelOf(0);
  // Full speed, said to be slow.
  const inverted = { ...labelOf(1), label: { ...labelOf(1).label, label_speed: 0 } };
  const byHand = { ...labelOf(2), label: { ...labelOf(2).label, label_speed: 0, created_by: "alice" } };
  rewriteLabelsFile(path, "dictionary", [fine, inverted, byHand]);
  const { documents, notes } = readLabels(path);
  assert.deepEqual(documents, [fine, inverted, byHand]);
  assert.equal(
    notes.filter((note) => /^1 label\(s\) have slow and fast exchanged.*23-09-574348$/.test(note)).length,
    1,
  );
  rmSync(directory, { recursive: true });
});

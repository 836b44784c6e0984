import assert from "node:assert/strict";
import { test } from "node:test";
import { describeRenewal, renewLabels } from "../../agent/renew-labels.ts";
import { labelOf } from "../fakes/labelled-pictures.ts";

const nowUs = Date.UTC(2026, 0, 1) * 1000;

test("renewLabels() gives edited labels the fingerprint of what they say now", () => {
  const edited = { ...labelOf(1), label: { ...labelOf(1).label, label_direction: 4 } };
  const { documents, renewed, repeated } = renewLabels({
    documents: [labelOf(0), edited],
    createdBy: null,
    nowUs,
  });
  assert.deepEqual(documents, [labelOf(0), labelOf(1, { direction: 4 })]);
  assert.deepEqual(renewed, [
    {
      imgId: edited.img_id,
      before: labelOf(1).label_fingerprint,
      after: labelOf(1, { direction: 4 }).label_fingerprint,
    },
  ]);
  assert.deepEqual(repeated, []);
});

test("renewLabels() makes them somebody's, and leaves what is to be deleted as it is", () => {
  const doomed = { ...labelOf(1), to_delete: true };
  const { documents } = renewLabels({ documents: [labelOf(0), doomed], createdBy: "alice", nowUs });
  assert.equal(documents[0]!.label_fingerprint, labelOf(0, { createdBy: "alice" }).label_fingerprint);
  assert.equal(documents[0]!.label.created_on_date, "20260101T00-00-00-000000");
  assert.equal(documents[1], doomed);
});

test("renewLabels() names fingerprints that now stand for several labels", () => {
  const twin = { ...labelOf(0), label_fingerprint: "other" };
  const result = renewLabels({ documents: [labelOf(0), twin], createdBy: null, nowUs });
  assert.deepEqual(result.repeated, [labelOf(0).label_fingerprint]);
  assert.match(
    describeRenewal(result, "new.json"),
    /1 label\(s\) have a new fingerprint, 1 the same; written to new\.json\n.*warning/,
  );
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { followObjects } from "../../../agent/import/follow-objects.ts";
import type { ImportSequence } from "../../../agent/import/import-sequence.ts";
import { createOwnBoxes } from "../../../agent/import/own-boxes.ts";
import { isSibling, splitObjects } from "../../../agent/import/split-objects.ts";
import { formatIso } from "../../../sync/annotation/drafts.ts";
import type { Prediction } from "../../../sync/clients/annotation-api.ts";
import { parseUtc } from "../../../sync/utc-time.ts";

type Box = readonly [number, number, number, number, number];
const vectors: {
  object_clustering: {
    frames: { frame_idx: number; recorded_at: string; boxes: Box[] }[];
    objects: { frame_idx: number; box: Box }[][];
  }[];
} = JSON.parse(
  readFileSync(new URL("../../fixtures/pyronear/cluster-vectors.json", import.meta.url), "utf8"),
);

const predicted = ([left, top, right, bottom, confidence]: Box): Prediction => ({
  xyxyn: [left, top, right, bottom],
  confidence,
  class_name: "smoke",
});

for (const [index, { frames, objects }] of vectors.object_clustering.entries())
  test(`followObjects() finds the objects that the existing import finds, ${index + 1}`, () => {
    const seen = frames.flatMap(({ frame_idx, recorded_at, boxes }) =>
      boxes.map((box) => ({
        detection: frame_idx,
        atUs: parseUtc(recorded_at)!,
        prediction: predicted(box),
        isOwn: true,
      })),
    );
    const found = followObjects(seen).map((object) =>
      object.map(({ detection, prediction: { xyxyn, confidence } }) => ({
        frame_idx: detection,
        box: [...xyxyn, confidence],
      })),
    );
    assert.deepEqual(found, objects);
  });

test("followObjects() looks at no box again that waits too long to become an object", () => {
  let looks = 0;
  const count = 2000;
  const seen = Array.from({ length: count }, (_, at) => {
    const [x, y] = [(at % 40) / 40, Math.floor((at % 1600) / 40) / 40];
    return {
      detection: at,
      get atUs() {
        looks += 1;
        return at * 30e6;
      },
      prediction: predicted([x, y, x + 0.01, y + 0.01, 0.5]),
      isOwn: true,
    };
  });
  assert.deepEqual(followObjects(seen), []);
  assert.ok(looks < count * 100, `${looks} looks at ${count} boxes`);
});

const left: Box = [0.1, 0.1, 0.2, 0.2, 0.5];
const right: Box = [0.7, 0.7, 0.8, 0.8, 0.4];
const startUs = Date.UTC(2026, 6, 1, 10) * 1000;

/** A sequence of pictures half a minute apart; each with its own boxes and those of others. */
function sequenceOf(
  pictures: readonly { readonly own?: readonly Box[]; readonly others?: readonly Box[] }[],
  sourceId = 7,
): ImportSequence {
  return {
    sourceId,
    draft: {
      source_api: "pyronear_french",
      alert_api_id: sourceId,
      platform_alert_id: sourceId,
      camera_name: "mast",
      camera_id: 1,
      organisation_name: "org",
      organisation_id: 1,
      lat: 1,
      lon: 2,
      recorded_at: formatIso(startUs - 1e6),
      last_seen_at: formatIso(startUs + 1e9),
      azimuth: 90,
      temporal_model_score: 0.75,
    },
    detections: pictures.map(({ own = [], others = [] }, at) => ({
      alert_api_id: 100 + at,
      recorded_at: formatIso(startUs + at * 30e6),
      algo_predictions: own.map(predicted),
      ...(others.length === 0 ? {} : { others_bboxes: others.map(predicted) }),
      picture: { url: null, bucketKey: `picture-${at}` },
    })),
    problems: [{ of: "detection 3", problem: "a box" }],
  };
}
const noView = { azimuth: null, angleOfView: null };
const edges = (all: readonly Prediction[] | undefined) => all?.map(({ xyxyn }) => xyxyn);

test("splitObjects() gives the object of the sequence its id, and each other one an id of its own", () => {
  const both = { own: [left], others: [right] };
  const [primary, sibling, ...more] = splitObjects(sequenceOf([both, both, { own: [left] }, both]), noView);
  assert.deepEqual(more, []);
  assert.ok(primary && sibling);
  assert.equal(primary.draft.alert_api_id, 7);
  assert.equal(sibling.draft.alert_api_id, 1_000_007_001);
  assert.deepEqual([isSibling(primary), isSibling(sibling)], [false, true]);
  for (const each of [primary, sibling]) {
    assert.equal(each.sourceId, 7);
    assert.equal(each.draft.platform_alert_id, 7);
    assert.equal(each.draft.temporal_model_score, 0.75);
    assert.equal(each.draft.azimuth, 90);
  }
  assert.deepEqual(
    primary.detections.map(({ alert_api_id }) => alert_api_id),
    [100, 101, 102, 103],
  );
  assert.deepEqual(
    sibling.detections.map(({ alert_api_id }) => alert_api_id),
    [100, 101, 103],
  );
  assert.deepEqual(edges(sibling.detections[0]?.algo_predictions), [right.slice(0, 4)]);
  assert.deepEqual(edges(sibling.detections[0]?.others_bboxes), [left.slice(0, 4)]);
  assert.equal("others_bboxes" in primary.detections[2]!, false);
  assert.equal(sibling.draft.recorded_at, formatIso(startUs));
  assert.equal(sibling.draft.last_seen_at, formatIso(startUs + 90e6));
  assert.deepEqual(primary.problems, [{ of: "detection 3", problem: "a box" }]);
  assert.deepEqual(sibling.problems, []);
});

test("splitObjects() calls primary what the platform gave to the sequence, not what was there first or more often", () => {
  const others = { others: [right] };
  const both = { own: [left], others: [right] };
  const [primary] = splitObjects(sequenceOf([others, others, both, both, both]), noView);
  assert.deepEqual(edges(primary?.detections[0]?.algo_predictions), [left.slice(0, 4)]);
  const tie = { own: [left, right] };
  const [earlier] = splitObjects(sequenceOf([{ own: [right] }, tie, tie, { own: [left] }]), noView);
  assert.deepEqual(edges(earlier?.detections[0]?.algo_predictions), [right.slice(0, 4)]);
});

test("splitObjects() has one box a picture: around both, as sure as the surer", () => {
  const beside: Box = [0.15, 0.1, 0.3, 0.25, 0.9];
  const [object] = splitObjects(
    sequenceOf([{ own: [left] }, { own: [left] }, { own: [left, beside] }]),
    noView,
  );
  assert.deepEqual(object?.detections.at(-1)?.algo_predictions, [predicted([0.1, 0.1, 0.3, 0.25, 0.9])]);
});

test("splitObjects() leaves a sequence whole when nothing was seen three times, and boxless", () => {
  for (const sequence of [
    sequenceOf([{ own: [left] }, { own: [right] }]),
    sequenceOf([{}, {}]),
    sequenceOf([]),
  ])
    assert.deepEqual(splitObjects(sequence, noView), [sequence]);
});

test("splitObjects() says how many boxes are in no object", () => {
  const [object] = splitObjects(
    sequenceOf([{ own: [left, right] }, { own: [left] }, { own: [left] }]),
    noView,
  );
  assert.deepEqual(object?.problems.at(-1), {
    of: "sequence 7",
    problem: "1 of 4 boxes are left out: they are in none of its 1 objects",
  });
});

test("splitObjects() turns an object's direction by its place in the picture, where the angle of view is known", () => {
  const both = { own: [left], others: [right] };
  const azimuths = (azimuth: number | null, angleOfView: number | null) =>
    splitObjects(sequenceOf([both, both, both]), { azimuth, angleOfView }).map(({ draft }) => draft.azimuth);
  // 0.15 and 0.75 of the width: 50 * -0.35 and 50 * 0.25.
  assert.deepEqual(azimuths(10, 50), [352, 22]);
  assert.deepEqual(azimuths(10, null), [90, 90]);
  assert.deepEqual(azimuths(null, 50), [90, 90]);
});

test("createOwnBoxes() knows an object that is another sequence's own, whichever was noted first", () => {
  const both = { own: [left], others: [right] };
  const one = sequenceOf([both, both, both], 7);
  const other = sequenceOf([{ own: [right] }, { own: [right] }, { own: [right] }], 8);
  const [primary, sibling] = splitObjects(one, noView);
  assert.ok(primary && sibling);
  const boxes = createOwnBoxes();
  boxes.note(one);
  assert.equal(boxes.ownerOf(sibling), null);
  boxes.note(other);
  assert.equal(boxes.ownerOf(sibling), 8);
  assert.equal(boxes.ownerOf(primary), null);
});

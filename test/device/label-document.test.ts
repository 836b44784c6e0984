import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprintGeneration, labelFingerprint, legacyLabelFingerprint } from "../../device/fingerprint.ts";
import {
  createLabelDocument,
  createLabelTemplate,
  defaultCarSetting,
  defaultDirectionTicks,
  defaultSpeedTicks,
} from "../../device/label-document.ts";
import { emptySessionTemplate } from "../../device/session-template.ts";

const surroundings = {
  session: { ...emptySessionTemplate, event: "session_14012020", track: "piste1" },
  hardware: { car: "patate", version: 1, computer: "Raspberry_Pi2", camera: "Picam" },
  carSetting: defaultCarSetting,
};

function documentOf(label: {
  imgId: string;
  createdBy: string;
  direction: number | string;
  speed: number;
  directions?: readonly number[];
}) {
  return createLabelDocument({
    ...surroundings,
    imgId: label.imgId,
    fileName: `${label.imgId}.jpg`,
    fileType: "jpg",
    rawValue: { raw_direction: 326, raw_speed: 307, normalized_speed: 1, normalized_direction: 0 },
    label: {
      direction: label.direction,
      speed: label.speed,
      createdBy: label.createdBy,
      createdOnDate: "20200204T15-23-19-881825",
      rawDirToLabel: label.directions ?? defaultDirectionTicks,
      rawSpeedToLabel: defaultSpeedTicks,
    },
  });
}

test("createLabelDocument() carries the fingerprint the existing tools compute", () => {
  const golden: [Parameters<typeof documentOf>[0], string][] = [
    [
      { imgId: "20201231T15-45-55-123456", createdBy: "auto", direction: 2, speed: 1 },
      "3dc0101eee7790d90beceb4551531284",
    ],
    [
      { imgId: "20201231T15-45-55-123456", createdBy: "alice", direction: 3, speed: 0 },
      "5bc5a24ed2ac35a431c700f36bb3c2c4",
    ],
    [
      { imgId: "20201231T15-45-55-123456", createdBy: "alice", direction: "3", speed: 0 },
      "5bc5a24ed2ac35a431c700f36bb3c2c4",
    ],
    [
      {
        imgId: "20201231T15-45-56-456789",
        createdBy: "auto",
        direction: 0,
        speed: -1,
        directions: [250, 327, 400],
      },
      "a39353c4004c620e35c7dca5a59e7cf3",
    ],
    [
      { imgId: "20200204T15-23-08-574348", createdBy: "auto", direction: 2, speed: 1 },
      "50b65c5a54c4fc04ba9859307755ddf8",
    ],
  ];
  for (const [label, fingerprint] of golden) {
    assert.equal(documentOf(label).label_fingerprint, fingerprint);
    assert.equal(fingerprintGeneration(documentOf(label)), "current");
  }
});

test("legacyLabelFingerprint() is the one without created_by", () => {
  const document = documentOf({
    imgId: "20200204T15-23-19-881268",
    createdBy: "auto",
    direction: 2,
    speed: 2,
    directions: [1, 2, 3, 4, 5],
  });
  assert.equal(
    legacyLabelFingerprint({
      img_id: document.img_id,
      label: { label_direction: 2, label_speed: 2, nb_of_direction: 5, nb_of_speed: 2 },
    }),
    "e170fca7848a59a815d2288802cc2832",
  );
  assert.notEqual(labelFingerprint(document), legacyLabelFingerprint(document));
});

test("createLabelDocument() writes every field, in the order of the existing tools", () => {
  const document = documentOf({
    imgId: "20200204T15-23-19-881268",
    createdBy: "auto",
    direction: 2,
    speed: 1,
  });
  assert.deepEqual(Object.keys(document), [
    ..."car_setting hardware_conf event track track_picture track_type comment dataset s3_bucket".split(" "),
    ..."raw_picture upload_date img_id file_name file_type timestamp raw_value label label_fingerprint".split(
      " ",
    ),
  ]);
  assert.deepEqual(Object.keys(document.label), [
    ..."label_direction label_speed created_by created_on_date raw_dir_to_label_mapping".split(" "),
    ..."raw_speed_to_label_mapping nb_of_direction nb_of_speed".split(" "),
  ]);
  assert.deepEqual(document.dataset, []);
  assert.equal(document.label.nb_of_direction, 5);
  assert.equal(document.label.nb_of_speed, 2);
  assert.equal(document.event, "session_14012020");
  assert.equal(document.timestamp, document.img_id);
});

test("createLabelTemplate() has the defaults and the fingerprint of a label of nothing", () => {
  const template = createLabelTemplate(surroundings, "20200204T15-23-19-881825");
  assert.equal(template.label_fingerprint, "4d1ecf6496d80b8326489241d7f9312e");
  assert.equal(template.img_id, null);
  assert.deepEqual(template.raw_value, {
    raw_direction: 1,
    raw_speed: 322,
    normalized_speed: 0,
    normalized_direction: -1,
  });
  assert.deepEqual(
    Object.keys(template),
    Object.keys(documentOf({ imgId: "x", createdBy: "auto", direction: 1, speed: 1 })),
  );
});

// The labels and queries of the search bench: sessions of a car, and pairs of conditions from few hits to nearly all.
import { labelFingerprint } from "../../device/fingerprint.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { LabelDocument } from "../../device/label.ts";

const startUs = Date.UTC(2026, 0, 5, 8) * 1000;
const frameUs = 50_000;
const framesPerSession = 5000;

/** Queries of two conditions, from few hits to nearly all. Sessions have 5000 labels, each of 250 s. */
export const benchQueries: Readonly<Record<string, unknown>> = {
  "one label: time range and class": {
    timestamp: { type: "range", bool: "filter", gte: formatImageId(startUs), lte: formatImageId(startUs) },
    "label.nb_of_direction": { type: "term", bool: "filter", value: 5 },
  },
  "a minute of one event": {
    timestamp: {
      type: "range",
      bool: "filter",
      gte: formatImageId(startUs + 60e6),
      lt: formatImageId(startUs + 120e6),
    },
    event: { type: "match", query: "Training_0" },
  },
  "a class in one session": {
    event: { type: "term", field: "keyword", bool: "filter", value: "training_3" },
    "label.label_direction": { type: "term", bool: "filter", value: 4 },
  },
  "a picture by wildcard and class": {
    img_id: { type: "wildcard", value: "*-00-100000" },
    "label.label_speed": { type: "term", value: 1 },
  },
  "a phrase and a creator": {
    comment: { type: "match_phrase", query: "evening run 7" },
    "label.created_by": { type: "term", value: "alice" },
  },
  "broad: a class and a speed range": {
    "label.label_direction": { type: "terms", bool: "filter", values: [1, 2, 3] },
    "raw_value.normalized_speed": { type: "range", bool: "filter", gte: 0.25 },
  },
  "broad: all of the year but one event": {
    timestamp: { type: "range", bool: "filter", gte: "20260101", lte: "31/12/2026" },
    event: { type: "term", field: "keyword", bool: "must_not", value: "training_3" },
  },
};

/** The n-th label of the bench: sessions of 5000 frames at 20 per second, as a car records them. */
export function benchLabel(n: number): LabelDocument {
  const session = Math.floor(n / framesPerSession);
  const imgId = formatImageId(startUs + session * 86_400e6 + (n % framesPerSession) * frameUs);
  const direction = [2, 2, 1, 3, 2, 0, 4, 2, 3, 1][Math.floor(n / 7) % 10]!;
  const speed = n % 3 === 0 ? 0 : 1;
  const document = {
    car_setting: {
      camera: {
        "resolution-horizontal": 160,
        "resolution-vertical": 96,
        frame_rate: 32,
        exposure_mode: "off",
        camera_position: 120,
      },
      constant: {
        max_speed: 307,
        stop_speed: 322,
        max_direction_l: 1,
        max_direction_r: 651,
        joystick_to_raw_dir_mapping: [],
        trigger_to_raw_speed_mapping: [],
        label_to_raw_dir_mapping: [250, 290, 327, 364, 400],
        label_to_raw_speed_mapping: [316, 311],
        head_up: 150,
        head_down: 120,
      },
    },
    hardware_conf: { car: "patate", version: 1, computer: "Raspberry_Pi2", camera: "Picam" },
    event: `training_${session}`,
    track: `track ${session % 4}`,
    track_picture: "",
    track_type: "single lane",
    comment: `evening run ${session} on a wet track`,
    dataset: [],
    s3_bucket: `bucket/training_${session}/${imgId.slice(0, 8)}/`,
    raw_picture: true,
    upload_date: formatImageId(startUs + session * 86_400e6 + 3600e6),
    img_id: imgId,
    file_name: `${imgId}.jpg`,
    file_type: "jpg",
    timestamp: imgId,
    raw_value: {
      raw_direction: (n * 37) % 652,
      raw_speed: 307 + (n % 16),
      normalized_speed: Math.round(((n % 101) / 100) * 100) / 100,
      normalized_direction: Math.round((((n * 7) % 201) / 100 - 1) * 100) / 100,
    },
    label: {
      label_direction: direction,
      label_speed: speed,
      created_by: n % 50 === 0 ? "alice" : "auto",
      created_on_date: imgId,
      raw_dir_to_label_mapping: [250, 290, 327, 364, 400],
      raw_speed_to_label_mapping: [316, 311],
      nb_of_direction: 5,
      nb_of_speed: 2,
    },
  };
  return { ...document, label_fingerprint: labelFingerprint(document) };
}

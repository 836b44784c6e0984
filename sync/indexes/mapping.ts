// How a server keeps labels: the field types of the existing label index, widened where a label would otherwise be refused.

type Field = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, Field>>;

// Each widening keeps every label that the strict mapping of the existing index takes, typed the same, and takes more:
// - `ignore_malformed`: camera_position "unknown" or a letter as class is kept and found by other fields, not refused;
// - unlisted fields (further fields of the session template, settings of newer cars) are kept and searchable: texts as text
//   with `.keyword`, numbers as double, true and false as keyword, so that a later value of another type is no error (only a
//   list of mixed types is, when the first label with the field brings it);
// - `ignore_above` on every keyword: a value over Lucene's 32 766 bytes would refuse the whole label.
const keyword: Field = { type: "keyword", ignore_above: 1024 };
const storedKeyword: Field = { type: "keyword", index: false, doc_values: false };
const kept: Field = { enabled: false, type: "object" };
const text: Field = { type: "text" };
const textAndKeyword: Field = { type: "text", fields: { keyword } };
const short: Field = { type: "short", ignore_malformed: true };
const byte: Field = { type: "byte", ignore_malformed: true };
const float: Field = { type: "float", ignore_malformed: true };
const boolean: Field = { type: "boolean" };
const date: Field = {
  type: "date",
  format: "yyyyMMdd'T'HH-mm-ss-SSSSSS||yyyyMMdd||dd/MM/yyyy",
  ignore_malformed: true,
};

const label: Fields = {
  label_direction: byte,
  label_speed: byte,
  created_by: keyword,
  created_on_date: date,
  raw_dir_to_label_mapping: short,
  raw_speed_to_label_mapping: short,
  nb_of_direction: short,
  nb_of_speed: short,
};

const carSetting: Fields = {
  camera: {
    properties: {
      "resolution-horizontal": short,
      "resolution-vertical": short,
      frame_rate: short,
      exposure_mode: keyword,
      camera_position: short,
    },
  },
  constant: {
    properties: {
      max_speed: short,
      stop_speed: short,
      max_direction_l: short,
      max_direction_r: short,
      joystick_to_raw_dir_mapping: short,
      trigger_to_raw_speed_mapping: short,
      label_to_raw_dir_mapping: short,
      label_to_raw_speed_mapping: short,
      head_up: short,
      head_down: short,
    },
  },
};

const fields: Fields = {
  img_id: keyword,
  file_name: keyword,
  file_type: keyword,
  label_fingerprint: keyword,
  tmp_fingerprint: keyword,
  to_delete: boolean,
  s3_bucket: keyword,
  timestamp: date,
  upload_date: date,
  raw_picture: boolean,
  event: textAndKeyword,
  track: textAndKeyword,
  track_type: textAndKeyword,
  track_picture: storedKeyword,
  comment: text,
  dataset: {
    // Not `nested`: the existing query files ask for `dataset.name` as a plain path.
    properties: { name: textAndKeyword, comment: kept, created_on_date: kept, query: kept },
  },
  hardware_conf: { properties: { car: keyword, camera: keyword, computer: keyword, version: short } },
  car_setting: { properties: carSetting },
  raw_value: {
    properties: {
      raw_direction: short,
      raw_speed: short,
      normalized_speed: float,
      normalized_direction: float,
    },
  },
  label: { properties: label },
};

const unlisted: readonly Fields[] = [
  { texts: { match_mapping_type: "string", mapping: textAndKeyword } },
  { integers: { match_mapping_type: "long", mapping: { type: "double", ignore_malformed: true } } },
  { decimals: { match_mapping_type: "double", mapping: { type: "double", ignore_malformed: true } } },
  { truths: { match_mapping_type: "boolean", mapping: keyword } },
];

/** The body of `PUT /<index>` for labels: one shard, for a label index is small; replicas are the cluster's own choice to add. */
export function labelIndexBody(): Readonly<Record<string, unknown>> {
  return {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: { dynamic: true, date_detection: false, dynamic_templates: unlisted, properties: fields },
  };
}

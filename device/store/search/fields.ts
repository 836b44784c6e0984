// How each field of a label document is indexed: the mapping of the existing label index, and what is inferred for fields outside it.

/**
 * How a field's values become terms. `text` fields are split into words; `text+keyword` ones answer as a whole under `.keyword`
 * too; `stored` fields are kept in the label and cannot be asked for, `hidden` ones are as if nobody had them; `number` is what an unmapped number becomes.
 */
export type FieldKind =
  | "keyword"
  | "text"
  | "text+keyword"
  | "byte"
  | "short"
  | "float"
  | "number"
  | "boolean"
  | "date"
  | "stored"
  | "hidden";

/** Which values an integer field can hold; others are kept in the document and not indexed. */
export const integerRanges: Readonly<Partial<Record<FieldKind, readonly [number, number]>>> = {
  byte: [-128, 127],
  short: [-32768, 32767],
};

/** The mapped fields by dotted path; lists of objects are flattened, so `dataset.name` holds the names of all data sets. */
export const mappedFields: Readonly<Record<string, FieldKind>> = {
  img_id: "keyword",
  file_name: "keyword",
  file_type: "keyword",
  s3_bucket: "keyword",
  label_fingerprint: "keyword",
  "hardware_conf.camera": "keyword",
  "hardware_conf.car": "keyword",
  "hardware_conf.computer": "keyword",
  "hardware_conf.version": "short",
  "label.created_by": "keyword",
  "label.created_on_date": "date",
  "label.label_direction": "byte",
  "label.label_speed": "byte",
  "label.nb_of_direction": "short",
  "label.nb_of_speed": "short",
  "label.raw_dir_to_label_mapping": "short",
  "label.raw_speed_to_label_mapping": "short",
  "raw_value.raw_direction": "short",
  "raw_value.raw_speed": "short",
  "raw_value.normalized_direction": "float",
  "raw_value.normalized_speed": "float",
  "car_setting.camera.camera_position": "short",
  "car_setting.camera.exposure_mode": "keyword",
  "car_setting.camera.frame_rate": "short",
  "car_setting.camera.resolution-horizontal": "short",
  "car_setting.camera.resolution-vertical": "short",
  "car_setting.constant.max_speed": "short",
  "car_setting.constant.stop_speed": "short",
  "car_setting.constant.max_direction_l": "short",
  "car_setting.constant.max_direction_r": "short",
  "car_setting.constant.head_up": "short",
  "car_setting.constant.head_down": "short",
  "car_setting.constant.joystick_to_raw_dir_mapping": "short",
  "car_setting.constant.trigger_to_raw_speed_mapping": "short",
  "car_setting.constant.label_to_raw_dir_mapping": "short",
  "car_setting.constant.label_to_raw_speed_mapping": "short",
  event: "text+keyword",
  track: "text+keyword",
  track_type: "text+keyword",
  "dataset.name": "text+keyword",
  comment: "text",
  raw_picture: "boolean",
  timestamp: "date",
  upload_date: "date",
  to_delete: "boolean",
  tmp_fingerprint: "keyword",
  track_picture: "stored",
  "dataset.comment": "hidden",
  "dataset.query": "hidden",
  "dataset.created_on_date": "hidden",
};

/** Longest keyword that is indexed, in UTF-16 units as the servers count them; a longer value is kept in the document only. */
export const maxKeywordLength = 1024;

/** The mapped kind of a path; null outside the mapping. */
export function mappedKind(path: string): FieldKind | null {
  return Object.hasOwn(mappedFields, path) ? mappedFields[path]! : null;
}

/** The kind an unmapped field gets from its first value, as dynamic mapping does it. */
export function inferKind(value: string | number | boolean): FieldKind {
  if (typeof value === "string") return "text+keyword";
  // Not `boolean`, so that a later value of another type is no misfit.
  return typeof value === "number" ? "number" : "keyword";
}

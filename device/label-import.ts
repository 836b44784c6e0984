// One label document as it comes from a file: checked, brought up from the obsolete flat shape, otherwise kept as it is.
import { fingerprintGeneration, labelFingerprint } from "./fingerprint.ts";
import { formatImageId, isImageId } from "./image-id.ts";
import type { LabelDocument } from "./label.ts";
import { describeValue } from "./settings-file.ts";

/** What was remarkable about a document that is nevertheless used. */
export type ImportNote =
  | "flat-shape"
  | "legacy-fingerprint"
  | "foreign-fingerprint"
  | "fingerprint-computed"
  | "dataset-added";

export type ImportedLabel =
  | { readonly document: LabelDocument; readonly notes: readonly ImportNote[] }
  | { readonly problems: readonly string[] };

/**
 * Checks one label of a labels file. A stored fingerprint is never changed, whichever generation it is of: it is the
 * document's id in the index. Fields we do not know are kept.
 * @param key the name it has in a dictionary; null in a list.
 * @param place where it lies in its file, for messages.
 */
export function importLabel(json: unknown, key: string | null, place: string): ImportedLabel {
  if (!isObject(json)) return { problems: [`${place}: expected a label object, got ${describeValue(json)}`] };
  const notes: ImportNote[] = [];
  const flat = isFlat(json);
  const raw = flat ? upgradeFlat(json) : { ...json };
  if (flat) notes.push("flat-shape");
  if (raw.img_id === undefined && key !== null) raw.img_id = key;
  const problems = problemsOf(raw, key);
  if (problems.length > 0) return { problems: problems.map((problem) => `${place}.${problem}`) };
  if (!Array.isArray(raw.dataset)) {
    raw.dataset = [];
    notes.push("dataset-added");
  }
  if (raw.label_fingerprint === undefined || raw.label_fingerprint === null || raw.label_fingerprint === "") {
    raw.label_fingerprint = labelFingerprint(raw as LabelDocument);
    notes.push("fingerprint-computed");
  }
  const document = raw as LabelDocument;
  const generation = fingerprintGeneration(document);
  if (generation !== "current") notes.push(`${generation}-fingerprint`);
  return { document, notes };
}

function problemsOf(raw: Readonly<Record<string, unknown>>, key: string | null): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, field: string, rule: string): void => {
    if (!holds) problems.push(`${field}: expected ${rule}, got ${describeValue(raw[field])}`);
  };
  const absentOr = (field: string, holds: (value: unknown) => boolean): boolean =>
    raw[field] === undefined || raw[field] === null || holds(raw[field]);
  const isText = (value: unknown): boolean => typeof value === "string";

  expect(
    isSafeName(raw.img_id) && Buffer.byteLength(raw.img_id as string) <= 512,
    "img_id",
    "a name of 1–512 bytes with no slash",
  );
  if (key !== null && typeof raw.img_id === "string" && raw.img_id !== key)
    problems.push(`img_id: expected the name it stands under, "${key}", got ${describeValue(raw.img_id)}`);
  expect(isObject(raw.label), "label", "an object");
  // The index takes ids of up to 512 bytes.
  expect(
    absentOr("label_fingerprint", (value) => isText(value) && Buffer.byteLength(value as string) <= 512),
    "label_fingerprint",
    "text of up to 512 bytes",
  );
  expect(
    absentOr("file_name", (value) => value === "" || isSafeName(value)),
    "file_name",
    "a name with no folder in it",
  );
  expect(
    absentOr("to_delete", (value) => typeof value === "boolean"),
    "to_delete",
    "true or false",
  );
  expect(absentOr("dataset", Array.isArray), "dataset", "a list");
  for (const field of ["event", "timestamp", "s3_bucket", "upload_date", "tmp_fingerprint"])
    expect(absentOr(field, isText), field, "text");
  return problems;
}

/** Whether `name` names a file inside a folder and nothing else: no folder, no parent, no control character. */
export function isSafeName(name: unknown): name is string {
  return typeof name === "string" && /^[^/\\\p{Cc}]+$/u.test(name) && name !== "." && name !== "..";
}

/** The shape before 2020: label.direction and label.speed with the raw values among them. */
function isFlat(json: Readonly<Record<string, unknown>>): boolean {
  const { label } = json;
  return isObject(label) && !("label_direction" in label) && ("direction" in label || "speed" in label);
}

/** Each field goes where today's label has it; what has no place there is put into the comment, in words. */
function upgradeFlat(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { raw, color, resolution, transformation, label, comment, timestamp, upload_date, ...rest } = json;
  const { direction, speed, raw_direction, raw_speed, ...labelRest } = label as Record<string, unknown>;
  const { created_by = "auto", ...otherLabel } = labelRest;
  const size = isObject(resolution) ? resolution : {};
  const homeless = Object.entries({ color, transformation })
    .filter(
      ([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0),
    )
    .map(([field, value]) => `${field}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return {
    ...rest,
    ...(isObject(resolution)
      ? {
          car_setting: {
            camera: { "resolution-horizontal": size.horizontal, "resolution-vertical": size.vertical },
          },
        }
      : {}),
    comment: [comment, ...homeless].filter((part) => typeof part === "string" && part !== "").join("; "),
    raw_picture: raw === true || raw === "true",
    timestamp: modernTime(timestamp),
    upload_date: modernTime(upload_date),
    raw_value: { raw_direction, raw_speed },
    label: { label_direction: direction ?? null, label_speed: speed ?? null, created_by, ...otherLabel },
  };
}

/** A time of the flat shape ("2015-01-01T12:10:30Z") in today's form; what is no time is passed on for the check to refuse. */
function modernTime(value: unknown): unknown {
  if (value === "" || value === undefined || value === null) return null;
  if (typeof value !== "string" || isImageId(value)) return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? value : formatImageId(ms * 1000);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

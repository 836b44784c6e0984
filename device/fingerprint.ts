// label_fingerprint: the MD5 that names a label, byte-compatible with the existing tools (Python's str() of six values, joined by nothing).
import { createHash } from "node:crypto";
import type { LabelDocument } from "./label.ts";

/** The fingerprint of the present generation: img_id, created_by, direction, speed, number of directions, number of speeds. */
export function labelFingerprint(document: Pick<LabelDocument, "img_id" | "label">): string {
  const { label } = document;
  return md5([document.img_id, label.created_by, ...classesOf(label)]);
}

/** The fingerprint as written on 2020-02-06 only: the same without created_by. Recognised, never written. */
export function legacyLabelFingerprint(document: Pick<LabelDocument, "img_id" | "label">): string {
  return md5([document.img_id, ...classesOf(document.label)]);
}

/** Which generation a stored fingerprint belongs to; `foreign` ones are kept as they are, for they are the document's id. */
export function fingerprintGeneration(document: LabelDocument): "current" | "legacy" | "foreign" {
  if (document.label_fingerprint === labelFingerprint(document)) return "current";
  return document.label_fingerprint === legacyLabelFingerprint(document) ? "legacy" : "foreign";
}

function classesOf(label: LabelDocument["label"]): readonly unknown[] {
  return [label.label_direction, label.label_speed, label.nb_of_direction, label.nb_of_speed];
}

function md5(values: readonly unknown[]): string {
  return createHash("md5").update(values.map(pythonString).join(""), "utf8").digest("hex");
}

/** Python's str() for what JSON can hold in these fields; a whole float (2.0) cannot be told from 2 after JSON.parse. */
function pythonString(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  return String(value);
}

// Reads a labels file for a verb, and notes what only the recorder's arithmetic can tell: exchanged speed classes.
import type { LabelDocument } from "../device/label.ts";
import { type LabelsFile, readLabelsFile } from "../device/labels-file.ts";
import { hasInvertedSpeed } from "./record/stick-label.ts";

/** Reads a labels file whole or not at all; `notes` say what is remarkable in it. @throws LabelsFileError with every problem at once. */
export function readLabels(path: string): LabelsFile {
  const file = readLabelsFile(path);
  const inverted = file.documents.filter(isInverted);
  if (inverted.length === 0) return file;
  const ids = inverted.slice(0, 3).map((document) => document.img_id);
  const note = `${inverted.length} label(s) have slow and fast exchanged, as an older recorder wrote them; they are left as they are: ${ids.join(", ")}${inverted.length > 3 ? ", …" : ""}`;
  return { ...file, notes: [...file.notes, note] };
}

/** Only what the recorder itself wrote can be wrong in this way. */
function isInverted({ label, raw_value }: LabelDocument): boolean {
  const ticks: unknown = label.raw_speed_to_label_mapping;
  const rawSpeed: unknown = raw_value?.raw_speed;
  if (label.created_by !== "auto" || typeof rawSpeed !== "number" || !Array.isArray(ticks)) return false;
  return (
    ticks.every((tick) => typeof tick === "number") && hasInvertedSpeed(rawSpeed, label.label_speed, ticks)
  );
}

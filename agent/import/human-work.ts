// Whether a person has had a hand in an annotation. Such a one is nobody's to overwrite.
import { isTouched } from "../../sync/annotation/touched.ts";
import type { AnnotationRow } from "../../sync/clients/annotation-api.ts";
import { fingerprintOf } from "./fingerprint.ts";

/**
 * @param wrote fingerprints of the annotations this import wrote here; empty: none, and one of the existing tools may have.
 */
export function isHumanWork(row: AnnotationRow, wrote: readonly string[]): boolean {
  if (isTouched(row)) return true;
  const tracks = row.annotation.sequences_bbox;
  // No program of ours classifies.
  if (tracks.some(isClassified)) return true;
  // Somebody changed it after it was made, and it was not us.
  if (wrote.length === 0) return row.updated_at !== null && tracks.length > 0;
  return tracks.length > 0 && !wrote.includes(annotationFingerprint(tracks));
}

/** Of the tracks of an annotation, whether as we send them or as they are read. */
export function annotationFingerprint(tracks: AnnotationRow["annotation"]["sequences_bbox"]): string {
  return fingerprintOf(
    tracks.map(({ is_smoke, smoke_type, false_positive_types, bboxes }) => ({
      is_smoke,
      smoke_type: smoke_type ?? null,
      false_positive_types: false_positive_types ?? [],
      bboxes: bboxes.map(({ detection_id, xyxyn }) => ({ detection_id, xyxyn })),
    })),
  );
}

function isClassified(track: AnnotationRow["annotation"]["sequences_bbox"][number]): boolean {
  return (
    !track.is_smoke || (track.smoke_type ?? null) !== null || (track.false_positive_types ?? []).length > 0
  );
}

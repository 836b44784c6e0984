// What an annotation must not be without, and what comes of one that is done.
import { refusal } from "../call.ts";
import type { TrackRow } from "./generate-tracks.ts";
import type { AnnotationService } from "./service.ts";
import { flagsOf } from "./shown.ts";
import type { AnnotationRecord, Tables, UserRecord } from "./tables.ts";

/** The detections that tracks name have to exist, in whatever sequence. @throws Refused 422. */
export function checkDetections(tracks: readonly TrackRow[], tables: Tables): void {
  const ids = [...new Set(tracks.flatMap((one) => one.bboxes.map((box) => box.detection_id)))];
  const missing = ids.filter((id) => tables.detections.get(id) === undefined).toSorted((a, b) => a - b);
  if (missing.length > 0)
    throw refusal(422, `Detection IDs [${missing.join(", ")}] do not exist in the database`);
}

type Draft = Pick<AnnotationRecord, "sequence_id" | "tracks" | "processing_stage">;

/** What stands in the way of a stage in which a person's work is done. @throws Refused 409, 422. */
export function checkDone({ sequence_id, tracks, processing_stage }: Draft, tables: Tables): void {
  const sequence = tables.sequences.get(sequence_id);
  const done = processing_stage === "seq_annotation_done" || processing_stage === "annotated";
  if (
    done &&
    sequence !== undefined &&
    tables.skips.has(`${sequence.source_api} ${sequence.platform_alert_id}`)
  )
    throw refusal(409, "Alert is skipped");
  if (processing_stage !== "annotated" || !flagsOf({ tracks }).has_smoke) return;
  const lacking = tables
    .detectionsOf(sequence_id)
    .filter((row) => tables.detectionAnnotations.byKey(String(row.id))?.processing_stage !== "annotated");
  if (lacking.length > 0)
    throw refusal(
      422,
      `Cannot mark annotated: ${lacking.length} detection(s) of sequence ${sequence_id} lack an annotated-stage detection annotation (localization incomplete)`,
    );
}

/** Whoever finishes is one. */
export function contributorsOf(
  draft: Draft,
  was: readonly UserRecord[],
  user: UserRecord,
): readonly UserRecord[] {
  if (draft.processing_stage !== "annotated" || was.some(({ id }) => id === user.id)) return was;
  return [...was, user];
}

/** False alarms that are annotated need nothing more of their detections: they get empty annotations by themselves. */
export function finishDetections(
  row: AnnotationRecord,
  user: UserRecord,
  { tables, now }: AnnotationService,
): void {
  if (row.processing_stage !== "annotated" || flagsOf(row).has_smoke) return;
  for (const { id: detection_id } of tables.detectionsOf(row.sequence_id))
    if (tables.detectionAnnotations.byKey(String(detection_id)) === undefined)
      tables.detectionAnnotations.insert((id) => ({
        id,
        detection_id,
        items: [],
        processing_stage: "annotated",
        created_at: now(),
        updated_at: null,
        contributors: [user],
      }));
}

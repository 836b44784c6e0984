// Whether a person has been at an annotation: then it is nobody's to fill, to replace or to take away.
import type { AnnotationRow } from "../clients/annotation-api.ts";

/** What programs set; every other stage, also one we have never heard of, is a person's. */
const ownStages: ReadonlySet<string> = new Set(["imported", "ready_to_annotate"]);

/** By its stage, or by a mark that only people set. Boxes that were moved are not seen here. */
export function isTouched({
  processing_stage,
  is_unsure,
  has_missed_smoke,
  contributors,
}: AnnotationRow): boolean {
  return !ownStages.has(processing_stage) || is_unsure || has_missed_smoke || (contributors ?? []).length > 0;
}

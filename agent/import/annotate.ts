// The annotation of one sequence: made where there is none, mended where it is ours, left alone where it is a person's.
import type { AnnotationApi, Track } from "../../sync/clients/annotation-api.ts";
import { problemsOfAnnotation } from "../../sync/clients/annotation-rules.ts";
import { SyncError } from "../../sync/errors.ts";
import { annotationFingerprint, isHumanWork } from "./human-work.ts";
import type { Again } from "./patience.ts";

/** none: there is nothing to annotate, and whatever was there stands. */
export type Annotated = "created" | "updated" | "unchanged" | "left alone" | "none";

export type AnnotateDeps = {
  readonly api: Pick<AnnotationApi, "findAnnotation" | "createAnnotation" | "updateAnnotation">;
  readonly again: Again;
  /** Replace a person's work. */
  readonly overwrite: boolean;
  /** Fingerprints of what this import wrote before. */
  readonly wrote: readonly string[];
  /** Called before each write, with what will be written. */
  readonly remember: (fingerprint: string) => Promise<void>;
  readonly signal: AbortSignal;
};

/**
 * Looks and writes in one attempt, and looks again in the next: between an answer that was lost and its repetition a person may have begun.
 * @throws SyncError
 */
export async function annotate(
  sequenceId: number,
  tracks: readonly Track[],
  { api, again, overwrite, wrote, remember, signal }: AnnotateDeps,
): Promise<Annotated> {
  const draft = {
    sequence_id: sequenceId,
    tracks,
    processing_stage: "ready_to_annotate",
    has_missed_smoke: false,
  } as const;
  const problems = tracks.length === 0 ? [] : problemsOfAnnotation(draft);
  if (problems.length > 0)
    throw new SyncError("permanent", `annotation of sequence ${sequenceId}: ${problems.join("; ")}`);
  const wanted = annotationFingerprint(tracks);
  let sent: "created" | "updated" | null = null;
  return await again(`annotate sequence ${sequenceId}`, async () => {
    let row = await api.findAnnotation(sequenceId, signal);
    if (row === null) {
      if (tracks.length === 0) return "none";
      await remember(wanted);
      sent = "created";
      const created = await api.createAnnotation(draft, signal);
      if (!created.already) return "created";
      row = created.row;
    }
    const isWanted = annotationFingerprint(row.annotation.sequences_bbox) === wanted;
    if (isWanted && row.processing_stage === draft.processing_stage) return sent ?? "unchanged";
    if (!overwrite && isHumanWork(row, sent === null ? wrote : [...wrote, wanted])) return "left alone";
    if (tracks.length === 0) return "none";
    await remember(wanted);
    sent = "updated";
    const { processing_stage, has_missed_smoke } = draft;
    await api.updateAnnotation(
      row.id,
      { tracks, processing_stage, has_missed_smoke, ...(overwrite ? { is_unsure: false } : {}) },
      signal,
    );
    return "updated";
  });
}

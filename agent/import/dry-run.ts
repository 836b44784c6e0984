// What an import would do to each sequence, found out by reading alone.
import type { AnnotationApi } from "../../sync/clients/annotation-api.ts";
import { problemsOfDetection, problemsOfSequence } from "../../sync/clients/annotation-rules.ts";
import { isHumanWork } from "./human-work.ts";
import { isAsKept, tracksByOverlap, tracksOfObject, type Work } from "./import-one.ts";
import type { ImportProblem, ImportSequence } from "./import-sequence.ts";
import { nameOf } from "./import-source.ts";
import type { ImportJournal } from "./journal.ts";
import type { ImportOptions } from "./options.ts";
import { type Outcome, outcome } from "./outcome.ts";
import type { Again } from "./patience.ts";
import { previewOf, type SequencePreview, type Standing } from "./preview.ts";
import type { Survey } from "./survey.ts";

export type DryRunDeps = {
  readonly api: Pick<AnnotationApi, "findAnnotation">;
  readonly again: Again;
  readonly journal: Pick<ImportJournal, "read">;
  readonly survey: Survey;
  readonly options: ImportOptions;
  readonly onPreview: (preview: SequencePreview) => void;
  readonly signal: AbortSignal;
};

/** The outcome that the import would have, as far as reading tells. @throws SyncError */
export async function previewOne(work: Work, deps: DryRunDeps): Promise<Outcome> {
  const { there, isTaken } = await lookAt(work, deps);
  const would = await previewRead(work, { ...deps, there });
  if (isAsKept(work.found, deps)) return outcome("skipped");
  if (would.kind !== "refused" && isTaken && !deps.options.overwrite) return outcome("left alone");
  if (there === null) return would;
  const annotated = would.annotated === null || there.stage === null ? would.annotated : "unchanged";
  return { ...would, annotated, detections: 0 };
}

type PreviewDeps = Pick<DryRunDeps, "options" | "onPreview"> & { readonly there?: Standing | null };

/** As if nothing of it were there. @throws SyncError */
export async function previewRead(
  { found, read, isObject }: Work,
  { options, onPreview, there = null }: PreviewDeps,
): Promise<Outcome> {
  const { sequence, refused } = await read();
  if (sequence === null) return outcome("refused", { problems: refused });
  const tracksOf = isObject ? tracksOfObject : tracksByOverlap(options);
  const preview = previewOf(sequence, { tracksOf, there });
  onPreview(preview);
  const leftOut = problemsOf(sequence);
  const refusals = problemsOfSequence(sequence.draft);
  if (refusals.length > 0 || sequence.detections.length === leftOut.length)
    return outcome("refused", {
      problems: [{ of: nameOf(found), problem: refusals.join("; ") || "no detection is left to send" }],
    });
  const told = { leftOut, detections: sequence.detections.length - leftOut.length };
  if (options.to === "store") return outcome("done", told);
  if (preview.clusters.length > 0) return outcome("done", { ...told, annotated: "created" });
  const alertSkipped = options.skipBoxless && preview.boxes === 0;
  return outcome(alertSkipped ? "done" : "boxless", { ...told, alertSkipped });
}

async function lookAt(
  { found }: Work,
  { api, again, journal, survey, signal }: DryRunDeps,
): Promise<{ readonly there: Standing | null; readonly isTaken: boolean }> {
  const row = survey.row(found.key);
  if (row === null) return { there: null, isTaken: false };
  const annotation = await again(`look at the annotation of ${nameOf(found)}`, () =>
    api.findAnnotation(row.id, signal),
  );
  return {
    there: { id: row.id, stage: annotation?.processing_stage ?? null },
    isTaken: annotation !== null && isHumanWork(annotation, journal.read(found.key)?.annotations ?? []),
  };
}

/** Detections that break a rule; what is wrong with a picture is seen only when it is fetched. */
function problemsOf({ detections }: ImportSequence): readonly ImportProblem[] {
  return detections.flatMap(({ picture: _, ...detection }) => {
    const problems = problemsOfDetection({ ...detection, sequence_id: 1 });
    return problems.length === 0
      ? []
      : [{ of: `detection ${detection.alert_api_id}`, problem: problems.join("; ") }];
  });
}

// --skip-platform-fetch: sequences that the annotation API has already get the annotation that their predictions give.
import type { AnnotationApi, Prediction, SequenceRow } from "../../sync/clients/annotation-api.ts";
import { annotate } from "./annotate.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { tracksByOverlap } from "./import-one.ts";
import type { ImportProblem } from "./import-sequence.ts";
import type { FoundSequence } from "./import-source.ts";
import type { ImportJournal, JournalEntry } from "./journal.ts";
import type { ImportOptions } from "./options.ts";
import { type Outcome, outcome } from "./outcome.ts";
import { type Again, collect } from "./patience.ts";
import type { TrackedDetection } from "./tracks.ts";

export type AnnotateExistingDeps = {
  readonly api: AnnotationApi;
  readonly again: Again;
  readonly journal: ImportJournal;
  readonly options: ImportOptions;
  readonly overwrites: (found: FoundSequence) => boolean;
  readonly signal: AbortSignal;
};

/** @throws SyncError */
export async function annotateExisting(
  row: SequenceRow,
  found: FoundSequence,
  deps: AnnotateExistingDeps,
): Promise<Outcome> {
  const { api, again, journal, options, signal } = deps;
  const detections = await readTracked(row, deps);
  const notes: ImportProblem[] = [];
  const tracks = tracksByOverlap(options)(detections, (problem) => notes.push(problem));
  const entry = journal.read(found.key);
  const note = (change: Partial<JournalEntry>): Promise<void> =>
    journal.write(found.key, { ...unknownEntry, ...journal.read(found.key), ...change });
  const content = fingerprintOf([detections, options.clusters]);
  const annotated = await annotate(row.id, tracks, {
    api,
    again,
    overwrite: deps.overwrites(found),
    wrote: entry?.annotations ?? [],
    remember: (fingerprint) =>
      note({ annotations: [...(journal.read(found.key)?.annotations ?? []), fingerprint].slice(-2) }),
    signal,
  });
  if (annotated === "unchanged") return outcome("skipped");
  if (annotated === "left alone") return outcome("left alone", { annotated });
  if (annotated === "created" || annotated === "updated") return outcome("done", { annotated, notes });
  // Told once: the next run finds the same.
  if (entry?.boxless === true && entry.content === content) return outcome("skipped");
  await note({ boxless: true, content });
  return outcome("boxless", { notes });
}

/** Of a sequence that was not imported from here; with no row it is never taken for one that was. */
const unknownEntry: JournalEntry = {
  state: "done",
  own: false,
  row: null,
  content: null,
  annotations: [],
  boxless: false,
  leftOut: [],
};

/** The detections of a sequence that is there, by capture time, with their predictions. */
async function readTracked(
  { id }: SequenceRow,
  { api, again, signal }: AnnotateExistingDeps,
): Promise<readonly TrackedDetection[]> {
  const rows = await again(`list detections of sequence ${id}`, () => collect(api.detections(id, signal)));
  return rows.map((row) => ({
    id: row.id,
    predictions: row.algo_predictions.predictions as readonly Prediction[],
  }));
}

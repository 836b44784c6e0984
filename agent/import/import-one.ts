// One sequence of an import: skipped when it is there and has not changed, else read at the source and sent. Says what came of it; nothing is
// undone here.
import type { AnnotationApi, SequenceRow } from "../../sync/clients/annotation-api.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { ImportSequence } from "./import-sequence.ts";
import {
  type FoundSequence,
  type ImportSource,
  nameOf,
  type SequenceRead,
  type TemporalScore,
} from "./import-source.ts";
import type { JournalEntry } from "./journal.ts";
import type { ImportOptions } from "./options.ts";
import { type Outcome, outcome } from "./outcome.ts";
import { type SendDeps, type Sent, sendSequence } from "./send-sequence.ts";
import type { Survey } from "./survey.ts";
import { trackOfObject, tracksOf } from "./tracks.ts";

/** A sequence to import, and how its records are come by. */
export type Work = {
  readonly found: FoundSequence;
  readonly read: () => Promise<SequenceRead>;
  /** It holds one object, so that its boxes are one track and are not clustered. */
  readonly isObject: boolean;
};

export type ImportOneDeps = Omit<SendDeps, "tracksOf"> & {
  readonly options: ImportOptions;
  readonly api: AnnotationApi;
  readonly survey: Survey;
  readonly source: Pick<ImportSource, "picture" | "finish">;
  /** Whether a person's work on it may be replaced. */
  readonly overwrites: (found: FoundSequence) => boolean;
};

/** @param isAgain it failed before in this run, so it is looked for at the server itself. @throws SyncError */
export async function importOne(
  { found, read, isObject }: Work,
  isAgain: boolean,
  deps: ImportOneDeps,
): Promise<Outcome> {
  const { api, journal, again, signal, survey, options } = deps;
  const known = isAgain
    ? await again(`look for ${nameOf(found)}`, () => api.findSequence(found.key, signal))
    : survey.row(found.key);
  const overwrite = deps.overwrites(found);
  const kept = overwrite ? null : whatIsKept(known, journal.read(found.key), survey);
  const row = fingerprintOf([found.row, shapeOf(options)]);
  if (known !== null && kept?.row === row) return await skip(found, known, kept, deps);

  const { sequence, refused } = await read();
  if (sequence === null) return outcome("refused", { problems: refused });
  const content = fingerprintOf([contentOf(sequence), shapeOf(options)]);
  if (known !== null && kept?.content === content) {
    await journal.write(found.key, { ...kept, row });
    return await skip(found, known, kept, deps);
  }
  const isBoxless = sequence.detections.every(({ algo_predictions }) => algo_predictions.length === 0);
  const isToBeParked = isBoxless && options.skipBoxless;
  // Until its alert is parked it is not one to be skipped.
  const whenSent = isToBeParked ? { row: null, content: null } : { row, content };
  const sent = await sendSequence(
    { sequence, known, ...whenSent, overwrite },
    { ...deps, tracksOf: isObject ? tracksOfObject : tracksByOverlap(options) },
  );
  const refreshed = known !== null && (await refreshScore(found, known, deps));
  const alertSkipped = isToBeParked && sent.annotated !== "left alone";
  if (alertSkipped) await skipAlert(found, deps);
  if (isToBeParked && sent.leftOut.every(({ final }) => final))
    await journal.write(found.key, { ...journal.read(found.key)!, row, content });
  const { annotated, detections } = sent;
  const aside = await deps.source.finish(found);
  return outcome(kindOf(sent, alertSkipped), {
    problems: aside === null ? [] : [aside],
    leftOut: sent.leftOut.map(({ of, problem }) => ({ of: `${nameOf(found)}, ${of}`, problem })),
    notes: [...sequence.problems, ...sent.notes],
    detections,
    annotated,
    refreshed,
    alertSkipped,
  });
}

function kindOf({ isNew, annotated, detections }: Sent, alertSkipped: boolean): Outcome["kind"] {
  if (annotated === "left alone") return annotated;
  if (annotated === "none" && !alertSkipped) return "boxless";
  return !isNew && detections === 0 && annotated === "unchanged" ? "skipped" : "done";
}

type TracksOf = SendDeps["tracksOf"];
/** The boxes of one object. */
export const tracksOfObject: TracksOf = (detections, onProblem) => trackOfObject(detections, { onProblem });

/** The boxes of a sequence by their overlap. */
export function tracksByOverlap({ clusters }: Pick<ImportOptions, "clusters">): TracksOf {
  return (detections, onProblem) => tracksOf(detections, { ...clusters, onProblem });
}

/** Whether an import would pass it over without reading it. */
export function isAsKept(
  { key, row }: FoundSequence,
  { survey, journal, options }: Pick<ImportOneDeps, "survey" | "options"> & ReadsJournal,
): boolean {
  const kept = whatIsKept(survey.row(key), journal.read(key), survey);
  return !options.overwrite && kept?.row === fingerprintOf([row, shapeOf(options)]);
}

type ReadsJournal = { readonly journal: Pick<ImportOneDeps["journal"], "read"> };

/** The entry of a sequence that is whole at the server; null: it has to be looked at. */
function whatIsKept(
  known: SequenceRow | null,
  entry: JournalEntry | null,
  survey: Survey,
): JournalEntry | null {
  if (known === null || entry?.state !== "done") return null;
  return entry.boxless || survey.hasAnnotation(known) ? entry : null;
}

async function skip(
  found: FoundSequence,
  known: SequenceRow,
  { leftOut }: JournalEntry,
  deps: ImportOneDeps,
): Promise<Outcome> {
  const refreshed = await refreshScore(found, known, deps);
  const aside = await deps.source.finish(found);
  return outcome("skipped", { leftOut, refreshed, problems: aside === null ? [] : [aside] });
}

/** The platform scores a sequence again as it grows; what it knows now goes to the row that is there. */
async function refreshScore(
  { key, score }: FoundSequence,
  known: SequenceRow,
  { api, again, signal }: ImportOneDeps,
): Promise<boolean> {
  if (score === null || isScore(known, score)) return false;
  const doing = `refresh the temporal score of sequence ${key.alert_api_id}`;
  return (await again(doing, () => api.updateTemporalScore({ ...key, ...score }, signal))) !== null;
}

function isScore(row: SequenceRow, score: NonNullable<TemporalScore>): boolean {
  return (
    (row.temporal_model_score ?? null) === score.temporal_model_score &&
    (row.temporal_model_version ?? null) === score.temporal_model_version &&
    (row.temporal_api_version ?? null) === score.temporal_api_version
  );
}

async function skipAlert({ id, key }: FoundSequence, { api, again, signal }: ImportOneDeps): Promise<void> {
  const alert = { source_api: key.source_api, platform_alert_id: id, note: "no box on any picture" };
  await again(`park alert ${id}`, () => api.skipAlert(alert, signal));
}

/** The options that change what is made of a sequence. */
function shapeOf(options: ImportOptions): unknown {
  const { clusters, splitObjects, skipBoxless, detectionsLimit, detectionsOrder } = options;
  return { clusters, splitObjects, skipBoxless, detectionsLimit, detectionsOrder };
}

/** What is sent of a sequence: not the addresses of its pictures, which are others every day, nor its score, which is refreshed by itself. */
function contentOf({ draft, detections }: ImportSequence): unknown {
  const { temporal_model_score, temporal_model_version, temporal_api_version, ...row } = draft;
  return [row, detections.map(({ picture: _, ...detection }) => detection)];
}

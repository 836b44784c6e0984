// One sequence to the annotation API: its row, its detections, its annotation, in this order, each noted, so that whoever was cut off goes on.
import type { AnnotationApi, SequenceRow, Track } from "../../sync/clients/annotation-api.ts";
import { problemsOfSequence } from "../../sync/clients/annotation-rules.ts";
import { SyncError } from "../../sync/errors.ts";
import { type Annotated, annotate } from "./annotate.ts";
import { isHumanWork } from "./human-work.ts";
import type { ImportProblem, ImportSequence } from "./import-sequence.ts";
import type { ImportJournal, JournalEntry } from "./journal.ts";
import { collect } from "./patience.ts";
import { type LeftOut, type SendDetectionsDeps, sendDetections } from "./send-detections.ts";
import type { TrackedDetection } from "./tracks.ts";

export type SendDeps = SendDetectionsDeps & {
  readonly api: AnnotationApi;
  readonly journal: ImportJournal;
  readonly tracksOf: (
    detections: readonly TrackedDetection[],
    onProblem: (problem: ImportProblem) => void,
  ) => readonly Track[];
};

/** What to send, and what is known of it. */
export type Sending = {
  readonly sequence: ImportSequence;
  /** null: it was not there when we looked. */
  readonly known: SequenceRow | null;
  /** Fingerprints for the journal; null: the next run looks at it again. */
  readonly row: string | null;
  readonly content: string | null;
  /** A person's work here may be replaced. */
  readonly overwrite: boolean;
};

export type Sent = {
  /** The row at the annotation API. */
  readonly id: number;
  /** Whether the row was made now. */
  readonly isNew: boolean;
  readonly annotated: Annotated;
  /** Detections that were made now. */
  readonly detections: number;
  readonly leftOut: readonly LeftOut[];
  /** Boxes that are in no track, and why. */
  readonly notes: readonly ImportProblem[];
};

/** Sends what is not there yet. @throws SyncError when it could not be finished; what was begun is noted. */
export async function sendSequence(sending: Sending, deps: SendDeps): Promise<Sent> {
  const { sequence, known } = sending;
  const { draft } = sequence;
  const { journal } = deps;
  const problems = [
    ...problemsOfSequence(draft),
    ...(sequence.detections.length === 0 ? ["expected at least one detection, got none"] : []),
  ];
  if (problems.length > 0) throw new SyncError("permanent", problems.join("; "));

  const before = journal.read(draft);
  const wasOurs = before?.state === "begun" && before.own;
  let entry: JournalEntry = {
    state: "begun",
    // What was whole once is not taken away because something new would not go in.
    own: known === null || wasOurs,
    row: null,
    content: null,
    annotations: before?.annotations ?? [],
    boxless: false,
    leftOut: [],
  };
  await journal.write(draft, entry);
  const note = async (change: Partial<JournalEntry>): Promise<void> => {
    entry = { ...entry, ...change };
    await journal.write(draft, entry);
  };

  const { id, isNew } =
    known === null ? await createRow(sending, before, deps) : { id: known.id, isNew: false };
  if (!isNew && !wasOurs && entry.own) await note({ own: false });
  const there = isNew ? new Map<number, number>() : await detectionsThere(id, deps);
  if (!isNew && !sending.overwrite && (await isTaken(id, entry.annotations, deps))) {
    await note({ state: "done", own: false, row: sending.row, content: sending.content });
    return { id, isNew, annotated: "left alone", detections: 0, leftOut: [], notes: [] };
  }

  const { ids, leftOut } = await sendDetections(id, sequence.detections, there, deps);
  const placed = sequence.detections.flatMap(({ algo_predictions }, position) => {
    const own = ids[position];
    return own == null ? [] : [{ id: own, predictions: algo_predictions }];
  });
  if (placed.length === 0)
    throw new SyncError("permanent", `none of its detections could go in: ${leftOut[0]?.problem ?? "none"}`);
  const notes: ImportProblem[] = [];
  const tracks = deps.tracksOf(placed, (problem) => notes.push(problem));
  const annotated = await annotate(id, tracks, {
    ...deps,
    overwrite: sending.overwrite,
    wrote: entry.annotations,
    remember: (fingerprint) => note({ annotations: withNewest(entry.annotations, fingerprint) }),
  });
  // What the server could not explain is tried again by the next run.
  const isFinal = leftOut.every(({ final }) => final);
  await note({
    state: "done",
    own: false,
    row: isFinal ? sending.row : null,
    content: isFinal ? sending.content : null,
    boxless: tracks.length === 0,
    leftOut: leftOut.map(({ of, problem }) => ({ of, problem })),
  });
  const detections = sequence.detections.filter(
    ({ alert_api_id }, position) => ids[position] !== null && !there.has(alert_api_id),
  ).length;
  return { id, isNew, annotated, detections, leftOut, notes };
}

/** Makes the row. One that is there although we looked is ours when an answer was lost, now or before a kill. */
async function createRow(
  { sequence: { draft } }: Sending,
  before: JournalEntry | null,
  { api, again, signal }: SendDeps,
): Promise<{ id: number; isNew: boolean }> {
  let attempts = 0;
  const { row, already } = await again(`create sequence ${draft.alert_api_id}`, () => {
    attempts += 1;
    return api.createSequence(draft, signal);
  });
  return { id: row.id, isNew: !already || (before === null && attempts > 1) };
}

async function detectionsThere(
  id: number,
  { api, again, signal }: SendDeps,
): Promise<ReadonlyMap<number, number>> {
  const rows = await again(`list detections of sequence ${id}`, () => collect(api.detections(id, signal)));
  return new Map(rows.map((row) => [row.alert_api_id, row.id]));
}

/** Whether a person has begun with it: then nothing is added, either. */
async function isTaken(
  id: number,
  wrote: readonly string[],
  { api, again, signal }: SendDeps,
): Promise<boolean> {
  const row = await again(`look at the annotation of sequence ${id}`, () => api.findAnnotation(id, signal));
  return row !== null && isHumanWork(row, wrote);
}

/** The last two: what was there, and what may be there if we are cut off now. */
function withNewest(annotations: readonly string[], fingerprint: string): readonly string[] {
  return [...annotations.filter((each) => each !== fingerprint), fingerprint].slice(-2);
}

// A sequence from elsewhere into this device's store: frames, boxes, labels and the sequence, in one commit or a few; what was kept when a process
// died is met by the next run, and a sequence that is there changes nothing.
import { ulid } from "ulid";
import type { Clock } from "../../device/clock.ts";
import type { Store } from "../../device/store/store.ts";
import { PictureError } from "../../models/picture.ts";
import { problemsOfDetection } from "../../sync/clients/annotation-rules.ts";
import { SyncError } from "../../sync/errors.ts";
import { parseUtc } from "../../sync/utc-time.ts";
import { inBatches, inParallel } from "../in-parallel.ts";
import { examinePicture } from "../ingest/read-picture.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { ImportDetection, ImportProblem, ImportSequence } from "./import-sequence.ts";
import { keptFrame, placeDetection } from "./place-detection.ts";
import { type ExaminedPicture, importedCounts, sequenceFrameOf, sequenceRecordOf } from "./store-words.ts";

export type KeepOptions = {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly sequence: ImportSequence;
  /** @throws SyncError; permanent: there is no such picture. */
  readonly pictures: (detection: ImportDetection, signal: AbortSignal) => Promise<Uint8Array>;
  /** Whether the store can take more without anything having to go for it. */
  readonly hasRoom: () => boolean;
  readonly signal: AbortSignal;
};

/** What became of a sequence. */
export type Kept = {
  /** Its id in the store; null: it is not there, for none of its pictures could be kept. */
  readonly id: string | null;
  /** Pictures that were kept now, and those that had been. */
  readonly stored: number;
  readonly known: number;
  /** Pictures that were left out. */
  readonly problems: readonly ImportProblem[];
};

/** What is remembered of a sequence that was kept. */
type KeptNote = {
  /** In the store. */
  readonly id: string;
  /** Fingerprint of what the source said. */
  readonly said: string;
  readonly draft: ImportSequence["draft"];
};

/** Pictures in memory, and in one commit; and of them, those that are fetched at once. */
const groupPictures = 16;
const fetchedAtOnce = 4;

/** @throws SyncError when a picture could not be fetched now; what was kept stays. Error when the store has no room; what the store throws. */
export async function keepSequence(given: KeepOptions): Promise<Kept> {
  const { store, signal } = given;
  const problems: ImportProblem[] = [];
  const sequence = { ...given.sequence, detections: withoutUnusable(given.sequence.detections, problems) };
  const options = { ...given, sequence };
  const { draft, detections } = sequence;
  const noteName = `import/${draft.source_api}/${draft.alert_api_id}`;
  const note = store.notes.get(noteName) as KeptNote | null;
  const said = fingerprintOf([draft, detections.map(({ picture: _, ...detection }) => detection)]);
  const missing = detections.filter((each) => keptFrame(store, sequence, each) === null);
  const known = detections.length - missing.length;
  if (note?.said === said && missing.length === 0) return { id: note.id, stored: 0, known, problems };

  const groups = [...inBatches(missing, groupPictures)];
  let stored = 0;
  // The last group goes with the sequence itself: a small one is there at once or not at all.
  for (const group of groups.slice(0, -1)) {
    const read = await readPictures(group, problems, options);
    await store.commit(() => placeGroup(read, options), sizeOf(read));
    stored += read.size;
  }
  const read = await readPictures(groups.at(-1) ?? [], problems, options);
  signal.throwIfAborted();
  if (known + stored + read.size === 0) return { id: note?.id ?? null, stored: 0, known: 0, problems };
  const id = note?.id ?? ulid(Math.floor(parseUtc(detections[0]!.recorded_at)! / 1000));
  await store.commit(() => {
    placeGroup(read, options);
    placeSequence(id, options);
    store.notes.put(noteName, { id, said, draft } satisfies KeptNote);
    if (note === null) store.counters.add(`${importedCounts}${draft.source_api}`, 1);
  }, sizeOf(read));
  return { id, stored: stored + read.size, known, problems };
}

/** What the annotation API would refuse is of no use here, either: a box beside the picture, a time that is none. */
function withoutUnusable(
  detections: readonly ImportDetection[],
  problems: ImportProblem[],
): readonly ImportDetection[] {
  return detections.filter((detection) => {
    const wrong = problemsOfDetection(detection);
    for (const problem of wrong)
      problems.push({ of: `detection ${detection.alert_api_id}`, problem: `${problem}; left out` });
    return wrong.length === 0;
  });
}

type ReadPictures = ReadonlyMap<ImportDetection, ExaminedPicture>;

/** What cannot be kept is told; what may be had later stops everything. */
async function readPictures(
  detections: readonly ImportDetection[],
  problems: ImportProblem[],
  { pictures, hasRoom, signal }: KeepOptions,
): Promise<ReadPictures> {
  if (detections.length > 0 && !hasRoom())
    throw new Error("the store has no room for more (outrider stats says how full it is)");
  const read = new Map<ImportDetection, ExaminedPicture>();
  const reasons = new Map<ImportDetection, string>();
  await inParallel(detections, fetchedAtOnce, signal, async (detection) => {
    try {
      const bytes = await pictures(detection, signal);
      read.set(detection, await examinePicture(new Uint8Array(bytes)));
    } catch (cause) {
      const isFinal =
        cause instanceof PictureError || (cause instanceof SyncError && cause.kind === "permanent");
      if (!isFinal) throw cause;
      reasons.set(detection, cause.message);
    }
  });
  for (const detection of detections) {
    const reason = reasons.get(detection);
    if (reason !== undefined)
      problems.push({ of: `detection ${detection.alert_api_id}`, problem: `picture: ${reason}; left out` });
  }
  return read;
}

/** Within a commit. In order of time, so that img_ids rise with it. */
function placeGroup(read: ReadPictures, { store, sequence, clock }: KeepOptions): void {
  const nowUs = clock.now().wallUs;
  for (const detection of sequence.detections) {
    const picture = read.get(detection);
    if (picture !== undefined) placeDetection(sequence, detection, { store, read: picture, nowUs });
  }
}

/** Within a commit, once the pictures are placed. Frames that an earlier import brought stay in the sequence. */
function placeSequence(id: string, { store, sequence, clock }: KeepOptions): void {
  const nowUs = clock.now().wallUs;
  for (const detection of sequence.detections) {
    if (keptFrame(store, sequence, detection) === null) continue;
    const frame = placeDetection(sequence, detection, { store, read: null, nowUs });
    if (frame.erasedAtUs !== null) continue;
    store.seen.sequenceFrames.put([id, frame.imgId], sequenceFrameOf(id, frame.imgId, detection));
  }
  const frames = [...store.seen.sequenceFrames.range({ start: [id, ""], end: [id, "\uffff"] })].map(
    ({ value }) => value,
  );
  if (frames.length > 0) store.seen.sequences.put(id, sequenceRecordOf(id, sequence, frames));
}

function sizeOf(read: ReadPictures): number {
  return [...read.values()].reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
}

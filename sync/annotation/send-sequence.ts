// Brings one closed sequence to the annotation API: the sequence, its pictures one after the other, and last the annotation. What is there
// already is found by its natural key and not sent again, so that it goes on where a power cut or a broken link left it.

import { fileNameOf } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import type { SequenceFrame } from "../../device/sequence.ts";
import type { Store } from "../../device/store/store.ts";
import { blameFor, type Doubts } from "../blame.ts";
import type {
  AnnotationApi,
  AnnotationRow,
  NewSequence,
  SequenceRow,
  SourceApi,
} from "../clients/annotation-api.ts";
import { MissingParent } from "../clients/missing-parent.ts";
import { asSyncError, SyncError } from "../errors.ts";
import { chooseFrames } from "./choose-frames.ts";
import { type CameraPlace, draftDetection, draftSequence, draftTracks, type Organisation } from "./drafts.ts";
import { detectionKey } from "./keys.ts";
import type { StoredSequence } from "./stored-sequence.ts";
import { isTouched } from "./touched.ts";

export type SenderOptions = {
  readonly api: AnnotationApi;
  readonly store: Pick<Store, "frames">;
  readonly sourceApi: SourceApi;
  readonly organisation: Organisation;
  /** null: nobody said where the camera stands. */
  readonly placeOf: (camera: string) => CameraPlace | null;
  readonly isSmoke: (className: string) => boolean;
  /** Pictures of one sequence, 3 or more. */
  readonly maxPictures: number;
  /** Pictures under way at once: so many are in memory, however long the sequence is. */
  readonly picturesAtOnce: number;
  readonly doubts: Doubts;
  readonly log: Log;
};

/** A picture that is not shown, and why. */
export type LeftOut = { readonly imgId: string; readonly reason: string };

export type SentSequence = {
  /** Its id at the service. */
  readonly row: number;
  /** All of it was there, or a person has begun on it: nothing was sent. */
  readonly already: boolean;
  readonly leftOut: readonly LeftOut[];
};

/** Sends it; may be called again at any time, also after it was broken off. @throws SyncError */
export async function sendSequence(
  stored: StoredSequence,
  options: SenderOptions,
  signal: AbortSignal,
): Promise<SentSequence> {
  try {
    return await sendOnce(stored, options, signal);
  } catch (cause) {
    if (!(cause instanceof MissingParent)) throw cause;
    // Somebody deleted the sequence while we were at it: once more from the beginning.
    return sendOnce(stored, options, signal);
  }
}

async function sendOnce(
  stored: StoredSequence,
  options: SenderOptions,
  signal: AbortSignal,
): Promise<SentSequence> {
  const { api } = options;
  const { row, isNew } = await standingSequence(stored, options, signal);
  const before = isNew ? null : await api.findAnnotation(row.id, signal);
  // What a person did is not touched, and what has boxes is complete: the annotation is sent last.
  if (before !== null && !isEmpty(before)) return { row: row.id, already: true, leftOut: [] };
  const detectionIds = isNew
    ? new Map<string, number>()
    : await knownDetections(stored, row.id, { api, signal });
  const { leftOut, sent } = await sendPictures(stored, { row, detectionIds }, options, signal);
  const rest = {
    tracks: draftTracks(stored.frames, { detectionIds, isSmoke: options.isSmoke(stored.record.className) }),
    processing_stage: "ready_to_annotate" as const,
    has_missed_smoke: false,
  };
  const hasTracks = rest.tracks.length > 0;
  // The pictures may have taken hours, in which a person may have begun; who makes one where there is one changes nothing.
  const now = before === null && hasTracks ? null : await api.findAnnotation(row.id, signal);
  if (now !== null && !isEmpty(now)) return { row: row.id, already: sent === 0, leftOut };
  if (detectionIds.size === 0 || (now === null && !hasTracks)) {
    // Nothing to look at: nobody should find it empty.
    await api.deleteSequence(row.id, signal);
    throw nothingLeft(stored, leftOut, detectionIds.size);
  }
  if (now === null) {
    const { already } = await api.createAnnotation({ sequence_id: row.id, ...rest }, signal);
    return { row: row.id, already: already && !isNew && sent === 0, leftOut };
  }
  if (hasTracks) await api.updateAnnotation(now.id, rest, signal);
  return { row: row.id, already: !hasTracks && sent === 0, leftOut };
}

/** The sequence's row at the service; made when there is a picture to show. */
async function standingSequence(
  stored: StoredSequence,
  options: SenderOptions,
  signal: AbortSignal,
): Promise<{ readonly row: SequenceRow; readonly isNew: boolean }> {
  const { api, placeOf, sourceApi, organisation } = options;
  const { record, frames, takenUs, hasPicture } = stored;
  const place = placeOf(record.camera);
  if (place === null)
    throw new SyncError(
      "permanent",
      `no place is configured for camera ${record.camera} (cameras[].place or sync.annotation: lat, lon); when it is: outrider sync retry`,
    );
  const draft = draftSequence(record, {
    sourceApi,
    organisation,
    place,
    firstUs: takenUs(record.firstImgId),
    lastUs: takenUs(record.lastImgId),
  });
  if (!frames.some(({ imgId }) => hasPicture(imgId))) {
    const row = await api.findSequence(draft, signal);
    if (row === null) throw nothingLeft(stored, [], 0);
    return { row, isNew: false };
  }
  const { row, already } = await api.createSequence(draft, signal);
  if (already) refuseStranger(row, draft);
  return { row, isNew: !already };
}

/** Ours has our name or our time; both are looked at, for the camera may be renamed and the clock put right meanwhile. */
function refuseStranger(row: SequenceRow, draft: NewSequence): void {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(row.recorded_at) ? row.recorded_at : `${row.recorded_at}Z`;
  const isSameTime = Math.abs(Date.parse(zoned) - Date.parse(draft.recorded_at)) < 1;
  if (isSameTime || row.camera_name === draft.camera_name) return;
  throw new SyncError(
    "permanent",
    `its key ${draft.alert_api_id} is taken by another sequence (${row.id}, camera ${row.camera_name}, ${row.recorded_at})`,
  );
}

/** No person has done anything yet, and there are no boxes: left behind by somebody who was broken off. */
function isEmpty(row: AnnotationRow): boolean {
  return !isTouched(row) && row.annotation.sequences_bbox.length === 0;
}

async function knownDetections(
  { frames }: StoredSequence,
  row: number,
  { api, signal }: { readonly api: AnnotationApi; readonly signal: AbortSignal },
): Promise<Map<string, number>> {
  const byKey = new Map(frames.map(({ imgId }) => [detectionKey(imgId), imgId]));
  const known = new Map<string, number>();
  for await (const detection of api.detections(row, signal)) {
    const imgId = byKey.get(detection.alert_api_id);
    if (imgId !== undefined) known.set(imgId, detection.id);
  }
  return known;
}

/** Sends the pictures that are wanted and not there yet; adds them to `detectionIds`. */
async function sendPictures(
  stored: StoredSequence,
  there: { readonly row: SequenceRow; readonly detectionIds: Map<string, number> },
  options: SenderOptions,
  signal: AbortSignal,
): Promise<{ readonly leftOut: readonly LeftOut[]; readonly sent: number }> {
  const { detectionIds, row } = there;
  const { frames, hasPicture, record } = stored;
  const showable = frames.filter(({ imgId }) => detectionIds.has(imgId) || hasPicture(imgId));
  const best = showable.findIndex(({ imgId }) => imgId === record.bestImgId);
  const wanted = chooseFrames(showable, options.maxPictures, best).filter(
    ({ imgId }) => !detectionIds.has(imgId),
  );
  const leftOut: LeftOut[] = frames
    .filter(({ imgId }) => !detectionIds.has(imgId) && !hasPicture(imgId))
    .map(({ imgId }) => ({ imgId, reason: "its picture was dropped or erased before it could be sent" }));
  let sent = 0;
  const sendOne = async (frame: SequenceFrame): Promise<void> => {
    const answer = await sendPicture(frame, { stored, row: row.id }, options, signal);
    if (typeof answer === "string") leftOut.push({ imgId: frame.imgId, reason: answer });
    else {
      detectionIds.set(frame.imgId, answer.id);
      sent += answer.already ? 0 : 1;
    }
  };
  for (let at = 0; at < wanted.length; at += options.picturesAtOnce) {
    const ends = await Promise.allSettled(wanted.slice(at, at + options.picturesAtOnce).map(sendOne));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
  return { leftOut, sent };
}

/** Its detection; words: why it has to be left out. @throws SyncError when it may go later. */
async function sendPicture(
  frame: SequenceFrame,
  { stored, row }: { readonly stored: StoredSequence; readonly row: number },
  { api, store, doubts }: SenderOptions,
  signal: AbortSignal,
): Promise<{ readonly id: number; readonly already: boolean } | string> {
  const { imgId } = frame;
  const record = store.frames.get(imgId);
  const bytes = store.frames.picture(imgId);
  if (record === null || bytes === null) return "its picture is damaged in the store";
  const draft = draftDetection(frame, {
    sequenceId: row,
    className: stored.record.className,
    takenUs: stored.takenUs(imgId),
    others: stored.others(frame),
  });
  const thing = `${stored.record.id}/${imgId}`;
  try {
    const created = await api.createDetection(
      draft,
      { bytes, fileName: fileNameOf(imgId, record.mediaType) },
      signal,
    );
    doubts.pardon(thing);
    return { id: created.row.id, already: created.already };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asSyncError(thrown, `picture ${imgId}`);
    const blame = blameFor(error);
    if (error instanceof MissingParent || blame === "target") throw error;
    if (blame === "doubtful" && !doubts.add(thing)) throw error;
    // Does it refuse this picture, or all of us?
    await api.probe(signal);
    // It was this picture, and it stays given up: the sequence has another chance with the others.
    doubts.pardon(stored.record.id);
    return error.message;
  }
}

/** @param there pictures that can be shown: then they show nothing of what it is about. */
function nothingLeft({ frames }: StoredSequence, leftOut: readonly LeftOut[], there: number): SyncError {
  const none = `none of its ${frames.length} pictures`;
  if (there > 0)
    return new SyncError("permanent", `${none} that can be shown (${there}) shows what it is about`);
  const words = leftOut[0]?.reason ?? "dropped for room, or damaged";
  return new SyncError("permanent", `${none} can be shown: ${words}`);
}

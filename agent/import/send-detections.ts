// The pictures of one sequence and the boxes on them: many at once, each picture fetched when its turn comes, those that are there left as they are.
import type { AnnotationApi, DetectionPicture } from "../../sync/clients/annotation-api.ts";
import { problemsOfDetection, problemsOfPicture } from "../../sync/clients/annotation-rules.ts";
import { MissingParent } from "../../sync/clients/missing-parent.ts";
import { SyncError } from "../../sync/errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { ImportDetection, ImportProblem } from "./import-sequence.ts";
import type { ImportSource } from "./import-source.ts";
import type { PictureTransfer } from "./options.ts";
import type { Again } from "./patience.ts";
import type { Slots } from "./slots.ts";

export type SendDetectionsDeps = {
  readonly api: Pick<AnnotationApi, "createDetection">;
  readonly source: Pick<ImportSource, "picture">;
  readonly pictures: PictureTransfer;
  readonly again: Again;
  /** Detections of one sequence at once. */
  readonly atOnce: number;
  /** Detections of all sequences at once. */
  readonly slots: Slots;
  readonly signal: AbortSignal;
};

/** A record that did not go in. `final`: nor will it another time. */
export type LeftOut = ImportProblem & { readonly final: boolean };

export type DetectionsSent = {
  /** Id at the annotation API of each detection, in their order; null: left out. */
  readonly ids: readonly (number | null)[];
  readonly leftOut: readonly LeftOut[];
};

/** Statuses of a create that speak of the record, not of us or the way there. */
const recordStatuses: ReadonlySet<number> = new Set([400, 404, 413, 415, 422, 500]);

/**
 * @param there ids by alert_api_id of what the sequence has already.
 * @throws SyncError when the way there or our account is the trouble: then the sequence is not whole.
 */
export async function sendDetections(
  sequenceId: number,
  detections: readonly ImportDetection[],
  there: ReadonlyMap<number, number>,
  deps: SendDetectionsDeps,
): Promise<DetectionsSent> {
  const ids: (number | null)[] = detections.map(({ alert_api_id }) => there.get(alert_api_id) ?? null);
  const leftOut: LeftOut[] = [];
  const missing = [...detections.entries()].filter(([position]) => ids[position] === null);
  await inParallel(missing, deps.atOnce, deps.signal, async ([position, detection]) => {
    const of = `detection ${detection.alert_api_id}`;
    const sent = await deps.slots(deps.signal, () => sendOne(sequenceId, detection, deps));
    if (typeof sent === "number") ids[position] = sent;
    else leftOut.push({ of, ...sent });
  });
  return { ids, leftOut };
}

async function sendOne(
  sequenceId: number,
  { picture, ...detection }: ImportDetection,
  deps: SendDetectionsDeps,
): Promise<number | Omit<LeftOut, "of">> {
  const { api, again, signal } = deps;
  const draft = { ...detection, sequence_id: sequenceId };
  const problems = problemsOfDetection(draft);
  if (problems.length > 0) return { problem: problems.join("; "), final: true };
  const ready = await pictureOf({ picture, ...detection }, deps);
  if ("problem" in ready) return ready;
  try {
    const doing = `create detection ${draft.alert_api_id} of sequence ${sequenceId}`;
    return (await again(doing, () => api.createDetection(draft, ready, signal))).row.id;
  } catch (cause) {
    if (!isAboutRecord(cause)) throw cause;
    return { problem: cause.message, final: cause.status !== 500 };
  }
}

/** What is sent for the picture, or why there is none. */
async function pictureOf(
  detection: ImportDetection,
  { pictures, source, signal }: SendDetectionsDeps,
): Promise<DetectionPicture | Omit<LeftOut, "of">> {
  const { url, bucketKey } = detection.picture;
  if (pictures === "bucket-copy")
    return bucketKey === null ? noPicture("the source names no object in its bucket") : { bucketKey };
  if (url === null) return noPicture("the source gives no address of it");
  if (pictures === "url") return { url };
  try {
    const bytes = await source.picture(detection, signal);
    const problems = problemsOfPicture(bytes);
    if (problems.length > 0) return noPicture(problems.join("; "));
    return { bytes, fileName: `${detection.alert_api_id}.jpg` };
  } catch (cause) {
    if (!(cause instanceof SyncError) || cause.kind !== "permanent") throw cause;
    return noPicture(cause.message);
  }
}

function noPicture(reason: string): Omit<LeftOut, "of"> {
  return { problem: `picture: ${reason}`, final: true };
}

function isAboutRecord(cause: unknown): cause is SyncError {
  if (!(cause instanceof SyncError) || cause instanceof MissingParent) return false;
  return cause.kind === "permanent" && cause.status !== null && recordStatuses.has(cause.status);
}

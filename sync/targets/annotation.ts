// Closed sequences to an annotation API, where people review them. Idempotent by natural keys; what people did there is never touched.
import type { Log } from "../../device/log.ts";
import type { OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import { sequenceKey } from "../annotation/keys.ts";
import { type Patience, patientApi } from "../annotation/patient-api.ts";
import { type LeftOut, type SenderOptions, sendSequence } from "../annotation/send-sequence.ts";
import { readStoredSequence } from "../annotation/stored-sequence.ts";
import { isTouched } from "../annotation/touched.ts";
import { createDoubts } from "../blame.ts";
import { serviceAddress } from "../clients/service-address.ts";
import { SyncError } from "../errors.ts";
import { judgedDelivery } from "./judged-delivery.ts";
import type { DeliveryOutcome, Target } from "./target.ts";

export type AnnotationTargetOptions = Omit<SenderOptions, "doubts" | "store"> &
  Patience & {
    readonly store: Pick<Store, "frames" | "seen" | "detections" | "commit" | "journal">;
    readonly log: Log;
  };

/** What the outbox calls an annotation API. @param url its base address */
export function annotationTargetName(url: string): string {
  return `annotation:${serviceAddress(url)}`;
}

/** Sends sequences, each with its pictures and an annotation that waits for a person. The API is closed with it. */
export function createAnnotationTarget(options: AnnotationTargetOptions): Target {
  const { store, log, sourceApi } = options;
  const api = patientApi(options.api, options);
  const doubts = createDoubts();

  const tell = async (id: string, row: number, leftOut: readonly LeftOut[]): Promise<void> => {
    if (leftOut.length === 0) return;
    const details = { sequence: id, row, pictures: leftOut.length, first: leftOut[0] };
    log.warn(details, "a sequence went to the annotation API without some of its pictures");
    await store.commit(() => store.journal.write("annotation.left_out", details));
  };
  const put = async (id: string, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const stored = readStoredSequence(store, id);
    // Not over any more than it is there: both mean that nothing of it is to be sent.
    if (stored === null || stored.isErased) return { result: "gone" };
    const { row, already, leftOut } = await sendSequence(stored, { ...options, api, doubts }, signal);
    await tell(id, row, leftOut);
    return { result: "delivered", reference: String(row), already };
  };
  const takeBack = async (id: string, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const row = await api.findSequence({ source_api: sourceApi, alert_api_id: sequenceKey(id) }, signal);
    if (row === null) return { result: "delivered", reference: null, already: true };
    const annotation = await api.findAnnotation(row.id, signal);
    if (annotation !== null && isTouched(annotation)) {
      const { processing_stage: stage } = annotation;
      throw new SyncError("permanent", `a person has worked on it there (${stage}): it is not taken back`);
    }
    const was = await api.deleteSequence(row.id, signal);
    return { result: "delivered", reference: null, already: !was };
  };
  const judged = {
    deliver: (entry: OutboxEntry, signal: AbortSignal) =>
      (entry.operation === "remove" ? takeBack : put)(entry.id, signal),
    probe: api.probe,
    doubts,
  };
  return {
    name: annotationTargetName(api.url),
    waitsFor: [],
    maxBatch: 1,
    // One after the other, oldest first; their pictures go side by side.
    concurrency: 1,
    deliver: (entries, signal) => Promise.all(entries.map((entry) => judgedDelivery(entry, judged, signal))),
    probe: (signal) => api.probe(signal),
    close: () => api.close(),
  };
}

// Labels to a label index, once their picture is in its bucket, with its address and the time of upload written in.
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { LabelDocument } from "../../device/label.ts";
import type { OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import { SyncError } from "../errors.ts";
import type { LabelIndex, PutLabelOutcome } from "../indexes/label-index.ts";
import type { DeliveryOutcome, Target } from "./target.ts";

export type LabelTargetOptions = {
  readonly index: LabelIndex;
  readonly store: Pick<Store, "frames" | "labels" | "outbox">;
  /** The bucket that must have the picture first: its target name and the first segment of its addresses; null: labels go alone. */
  readonly pictures: { readonly target: string; readonly bucketName: string } | null;
  readonly clock: Clock;
};

/** Labels per request. */
const batchSize = 500;

/** Sends labels to an index. A fingerprint that is taken counts as delivered: it names this very label. */
export function createLabelTarget({ index, store, pictures, clock }: LabelTargetOptions): Target {
  /** What stands before the label can go; null: nothing. */
  const obstacle = (entry: OutboxEntry): DeliveryOutcome | null => {
    if (pictures === null || entry.imgId === null) return null;
    if (store.outbox.receipt("picture", entry.imgId, pictures.target) !== null) return null;
    if (store.outbox.isWaiting("picture", entry.imgId, pictures.target)) return { result: "early" };
    const refused = store.outbox.parkedFor("picture", entry.imgId, pictures.target);
    const words =
      refused === null
        ? `its picture is not on its way to ${pictures.target}`
        : `its picture was refused: ${refused.reason}`;
    return { result: "failed", error: new SyncError("permanent", words) };
  };
  const documentFor = (entry: OutboxEntry, frame: FrameRecord): LabelDocument | null => {
    const document = store.labels.get(entry.id);
    if (document === null) return null;
    const address =
      pictures === null ? (document.s3_bucket ?? "") : `${pictures.bucketName}/${frame.prefix}/`;
    return { ...document, s3_bucket: address, upload_date: formatImageId(clock.now().wallUs) };
  };
  /** The document to send, or what became of the entry without sending it. */
  const prepare = (entry: OutboxEntry): { document: LabelDocument } | { outcome: DeliveryOutcome } => {
    const frame = entry.imgId === null ? null : store.frames.get(entry.imgId);
    if (frame === null || frame.erasedAtUs !== null) return { outcome: { result: "gone" } };
    const stopped = obstacle(entry);
    if (stopped !== null) return { outcome: stopped };
    const document = documentFor(entry, frame);
    return document === null ? { outcome: { result: "gone" } } : { document };
  };
  const putAll = async (
    entries: readonly OutboxEntry[],
    outcomes: Map<OutboxEntry, DeliveryOutcome>,
    signal: AbortSignal,
  ): Promise<void> => {
    const sending: { entry: OutboxEntry; document: LabelDocument }[] = [];
    for (const entry of entries) {
      const prepared = prepare(entry);
      if ("outcome" in prepared) outcomes.set(entry, prepared.outcome);
      else sending.push({ entry, document: prepared.document });
    }
    if (sending.length === 0) return;
    const results = await index.put(
      sending.map(({ document }) => document),
      { overwrite: false, signal },
    );
    sending.forEach(({ entry }, position) => {
      outcomes.set(entry, outcomeOf(entry, results[position]!));
    });
  };
  const removeAll = async (
    entries: readonly OutboxEntry[],
    outcomes: Map<OutboxEntry, DeliveryOutcome>,
    signal: AbortSignal,
  ): Promise<void> => {
    if (entries.length === 0) return;
    const removed = await index.remove(
      entries.map(({ id }) => id),
      signal,
    );
    entries.forEach((entry, position) => {
      outcomes.set(entry, { result: "delivered", reference: entry.id, already: !removed[position] });
    });
  };
  return {
    name: index.url,
    waitsFor: pictures === null ? [] : [pictures.target],
    maxBatch: batchSize,
    concurrency: 1,
    deliver: async (entries, signal) => {
      const outcomes = new Map<OutboxEntry, DeliveryOutcome>();
      await putAll(
        entries.filter(({ operation }) => operation === "put"),
        outcomes,
        signal,
      );
      await removeAll(
        entries.filter(({ operation }) => operation === "remove"),
        outcomes,
        signal,
      );
      return entries.map((entry) => outcomes.get(entry)!);
    },
    probe: (signal) => index.probe(signal),
    close: () => index.close(),
  };
}

function outcomeOf(entry: OutboxEntry, result: PutLabelOutcome): DeliveryOutcome {
  if (result.outcome === "failed") return { result: "failed", error: result.error };
  return { result: "delivered", reference: entry.id, already: result.outcome === "exists" };
}

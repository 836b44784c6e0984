// The labels of an upload: put into the index in bulk, one outcome each.
import type { LabelDocument } from "../device/label.ts";
import { SyncError } from "../sync/errors.ts";
import type { LabelIndex, PutLabelOutcome } from "../sync/indexes/label-index.ts";
import { inBatches } from "./in-parallel.ts";
import type { Person } from "./person.ts";

/** What became of the labels, by fingerprint. */
export type LabelUpload = {
  readonly uploaded: number;
  /** Their fingerprint is taken, and they were not to be replaced. */
  readonly existing: readonly string[];
  readonly failed: readonly { readonly fingerprint: string; readonly reason: string }[];
};

export type SendLabelsOptions = {
  readonly documents: readonly LabelDocument[];
  readonly index: LabelIndex;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly person: Person;
  readonly signal: AbortSignal;
};

const labelsPerRequest = 500;

/** Sends all labels; one that is refused does not stop the others. */
export async function sendLabels(options: SendLabelsOptions): Promise<LabelUpload> {
  const { documents, signal } = options;
  const existing: string[] = [];
  const failed: { fingerprint: string; reason: string }[] = [];
  let uploaded = 0;
  let lostLink: SyncError | null = null;
  const bar = options.person.progress(options.dryRun ? "checking labels" : "labels", documents.length);
  try {
    for (const batch of inBatches(documents, labelsPerRequest)) {
      signal.throwIfAborted();
      let outcomes: readonly PutLabelOutcome[];
      if (lostLink !== null) outcomes = batch.map(() => ({ outcome: "failed", error: lostLink! }));
      else {
        try {
          outcomes = await putBatch(batch, options);
        } catch (cause) {
          signal.throwIfAborted();
          if (!(cause instanceof SyncError)) throw cause;
          if (cause.kind === "offline") lostLink = cause;
          outcomes = batch.map(() => ({ outcome: "failed", error: cause }));
        }
      }
      batch.forEach(({ label_fingerprint: fingerprint }, position) => {
        const result = outcomes[position]!;
        if (result.outcome === "failed") failed.push({ fingerprint, reason: result.error.message });
        else if (result.outcome === "exists") existing.push(fingerprint);
        else uploaded += 1;
        bar.step();
      });
    }
    if (!options.dryRun && uploaded > 0 && lostLink === null) await options.index.refresh(signal);
  } finally {
    bar.end();
  }
  return { uploaded, existing, failed };
}

async function putBatch(
  batch: readonly LabelDocument[],
  { index, force, dryRun, signal }: SendLabelsOptions,
): Promise<readonly PutLabelOutcome[]> {
  if (!dryRun) return index.put(batch, { overwrite: force, signal });
  const there = await index.get(
    batch.map((document) => document.label_fingerprint),
    signal,
  );
  return batch.map(({ label_fingerprint }) => ({
    outcome: there.has(label_fingerprint) ? (force ? "replaced" : "exists") : "created",
  }));
}

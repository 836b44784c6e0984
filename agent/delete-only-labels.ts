// Takes the labels of a file out of the index and leaves their pictures where they are.
import type { LabelDocument } from "../device/label.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { deleteLabels } from "./delete-labels.ts";
import { listIds, type Person } from "./person.ts";
import type { Verdict } from "./upload-report.ts";

export type DeleteOnlyLabelsOptions = {
  readonly documents: readonly LabelDocument[];
  readonly index: LabelIndex;
  /** Say what would happen, change nothing. */
  readonly dryRun: boolean;
  readonly person: Person;
  readonly signal: AbortSignal;
};

/** Fingerprints by what became of them. */
export type LabelDeletion = {
  readonly index: string;
  readonly removed: number;
  /** Not in the index. */
  readonly absent: readonly string[];
  /** The answer was no; nothing was removed. */
  readonly declined: boolean;
  readonly dryRun: boolean;
};

/** Asks, then removes. With `dryRun`, `removed` is what would be. */
export async function deleteOnlyLabels(options: DeleteOnlyLabelsOptions): Promise<LabelDeletion> {
  const { documents, index, dryRun, person, signal } = options;
  const result = { index: index.url, removed: 0, absent: [], declined: false, dryRun };
  if (documents.length === 0) return result;
  await index.probe(signal);
  if (dryRun) {
    const fingerprints = documents.map((document) => document.label_fingerprint);
    const there = await index.get(fingerprints, signal);
    return { ...result, removed: there.size, absent: fingerprints.filter((one) => !there.has(one)) };
  }
  if (!(await person.confirm(`${documents.length} label(s) will be deleted from ${index.url}. Continue?`)))
    return { ...result, declined: true };
  const deletion = await deleteLabels({ documents, index, bucket: null, needed: new Map(), person, signal });
  return { ...result, removed: deletion.labelsRemoved, absent: deletion.labelsAbsent };
}

export function describeLabelDeletion({ index, removed, absent, declined, dryRun }: LabelDeletion): string {
  if (declined) return "nothing was deleted: the answer was no";
  return [
    `${removed} label(s) ${dryRun ? "would be " : ""}deleted from ${index}`,
    ...(absent.length > 0 ? [`  ${absent.length} were not there: ${listIds(absent)}`] : []),
  ].join("\n");
}

export function judgeLabelDeletion({ absent, removed, declined }: LabelDeletion): Verdict {
  if (declined) return 3;
  if (absent.length === 0) return 0;
  return removed > 0 ? 3 : 1;
}

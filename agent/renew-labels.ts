// After a labels file was edited by hand or by a script: gives each label the fingerprint of what it says now.
import { labelFingerprint } from "../device/fingerprint.ts";
import { formatImageId } from "../device/image-id.ts";
import type { LabelDocument } from "../device/label.ts";

export type RenewOptions = {
  readonly documents: readonly LabelDocument[];
  /** Whose labels these are now; null: created_by and created_on_date stay. */
  readonly createdBy: string | null;
  /** Wall clock, microseconds since 1970: created_on_date of labels that are renewed for somebody. */
  readonly nowUs: number;
};

/** The labels with their new fingerprints. */
export type RenewedLabels = {
  readonly documents: readonly LabelDocument[];
  /** Labels whose fingerprint is another now, old and new. */
  readonly renewed: readonly { readonly imgId: string; readonly before: string; readonly after: string }[];
  /** Fingerprints that several labels have now: an index keeps one of them. */
  readonly repeated: readonly string[];
};

/** Computes every fingerprint anew; nothing is written. A label marked to_delete keeps its own, which names what is to go. */
export function renewLabels({ documents, createdBy, nowUs }: RenewOptions): RenewedLabels {
  const renewed: { imgId: string; before: string; after: string }[] = [];
  const counts = new Map<string, number>();
  const result = documents.map((document) => {
    const next = document.to_delete === true ? document : renew(document, createdBy, nowUs);
    const after = next.label_fingerprint;
    counts.set(after, (counts.get(after) ?? 0) + 1);
    if (after !== document.label_fingerprint)
      renewed.push({ imgId: document.img_id, before: document.label_fingerprint, after });
    return next;
  });
  const repeated = [...counts].filter(([, count]) => count > 1).map(([fingerprint]) => fingerprint);
  return { documents: result, renewed, repeated };
}

function renew(document: LabelDocument, createdBy: string | null, nowUs: number): LabelDocument {
  const label =
    createdBy === null
      ? document.label
      : { ...document.label, created_by: createdBy, created_on_date: formatImageId(nowUs) };
  return { ...document, label, label_fingerprint: labelFingerprint({ img_id: document.img_id, label }) };
}

/** What to do next, for a person. */
export function describeRenewal({ documents, renewed, repeated }: RenewedLabels, written: string): string {
  const same = documents.length - renewed.length;
  return [
    `${renewed.length} label(s) have a new fingerprint, ${same} the same; written to ${written}`,
    ...(repeated.length > 0
      ? [`  warning: ${repeated.length} fingerprint(s) stand for several labels, of which an index keeps one`]
      : []),
    ...(renewed.length > 0
      ? ["next: upload --labels-only the new file, then delete-labels the old one"]
      : ["next: upload --labels-only --force the new file"]),
  ].join("\n");
}

// Labels in the store: appended, never overwritten; many per frame; found by frame or by fingerprint.
import type { LabelDocument } from "../label.ts";
import type { Counters } from "./counters.ts";
import type { Table } from "./table.ts";

export type Labels = {
  /** false: this very label is there already, and nothing changed. Within a commit only. */
  readonly add: (document: LabelDocument) => boolean;
  /** Replaces a label that is there by one of the same picture and fingerprint. Within a commit only. */
  readonly update: (document: LabelDocument) => void;
  readonly get: (fingerprint: string) => LabelDocument | null;
  readonly ofFrame: (imgId: string) => readonly LabelDocument[];
  /** Deletes all labels of a frame that is dropped; returns their fingerprints. Within a commit only. */
  readonly removeOfFrame: (imgId: string) => readonly string[];
  /** Labels in order of img_id. */
  readonly range: (options?: { start?: string; end?: string }) => Iterable<LabelDocument>;
  readonly count: () => number;
};

export type LabelTables = {
  /** [img_id, fingerprint] → document */
  readonly documents: Table<[string, string], LabelDocument>;
  /** fingerprint → img_id */
  readonly owners: Table<string, string>;
};

export function createLabels({ documents, owners }: LabelTables, counters: Counters): Labels {
  const bounds = (imgId: string): { start: [string, string]; end: [string, string] } => ({
    start: [imgId, ""],
    end: [imgId, "\uffff"],
  });
  return {
    add: (document) => {
      const { img_id: imgId, label_fingerprint: fingerprint } = document;
      if (owners.has(fingerprint)) return false;
      documents.put([imgId, fingerprint], document);
      owners.put(fingerprint, imgId);
      counters.add("labels", 1);
      return true;
    },
    update: (document) => {
      const key: [string, string] = [document.img_id, document.label_fingerprint];
      if (documents.has(key)) documents.put(key, document);
    },
    get: (fingerprint) => {
      const imgId = owners.get(fingerprint);
      return imgId === null ? null : documents.get([imgId, fingerprint]);
    },
    ofFrame: (imgId) => [...documents.range(bounds(imgId))].map(({ value }) => value),
    removeOfFrame: (imgId) => {
      const fingerprints = [...documents.keys(bounds(imgId))].map(([, fingerprint]) => fingerprint);
      for (const fingerprint of fingerprints) {
        documents.remove([imgId, fingerprint]);
        owners.remove(fingerprint);
      }
      counters.add("labels", -fingerprints.length);
      return fingerprints;
    },
    *range({ start, end } = {}) {
      const range = {
        ...(start === undefined ? {} : { start: [start, ""] as [string, string] }),
        ...(end === undefined ? {} : { end: [end, ""] as [string, string] }),
      };
      for (const { value } of documents.range(range)) yield value;
    },
    count: () => counters.get("labels"),
  };
}

// Named data sets: an entry in the `dataset` list of each label that belongs to one. Labels and pictures stay when it goes.
import type { DatasetEntry, LabelDocument } from "../device/label.ts";
import type { LabelQuery } from "../device/query.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { inBatches } from "./in-parallel.ts";
import type { Person } from "./person.ts";

/** What came of changing many labels. Ids are fingerprints. */
export type DatasetChange = {
  readonly changed: number;
  /** Labels that were as wanted already. */
  readonly unchanged: number;
  /** Labels the index does not have. */
  readonly absent: readonly string[];
  readonly failed: readonly { readonly fingerprint: string; readonly reason: string }[];
};

/** A data set as `list` shows it. */
export type DatasetSummary = {
  readonly name: string;
  readonly labels: number;
  /** Pictures, each once. */
  readonly pictures: number;
  readonly comment: string;
  readonly createdOnDate: string;
};

type Work = { readonly index: LabelIndex; readonly person: Person; readonly signal: AbortSignal };

const labelsPerRequest = 500;

/** Adds `entry` to the labels of these fingerprints. A label that has the very entry keeps one. */
export function addToDataset(
  fingerprints: readonly string[],
  entry: DatasetEntry,
  work: Work,
): Promise<DatasetChange> {
  return changeLabels(fingerprints, work, `adding to ${entry.name}`, (dataset) =>
    dataset.some((one) => isSameEntry(one, entry)) ? null : [...dataset, entry],
  );
}

/** Fingerprints of every label in the data set of exactly this name. */
export async function labelsInDataset(
  name: string,
  index: LabelIndex,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const query: LabelQuery = {
    conditions: [
      { field: "dataset.name.keyword", type: "term", clause: "filter", parameters: { value: name } },
    ],
  };
  const fingerprints: string[] = [];
  for await (const document of index.search(query, signal)) {
    if (entriesOf(document).some((entry) => entry.name === name))
      fingerprints.push(document.label_fingerprint);
  }
  return fingerprints;
}

/** Takes the entries of exactly this name out of these labels. */
export function removeFromDataset(
  fingerprints: readonly string[],
  name: string,
  work: Work,
): Promise<DatasetChange> {
  return changeLabels(fingerprints, work, `removing ${name}`, (dataset) =>
    dataset.some((one) => one.name === name) ? dataset.filter((one) => one.name !== name) : null,
  );
}

/** Every data set in the index, by name. */
export async function listDatasets(
  index: LabelIndex,
  signal: AbortSignal,
): Promise<readonly DatasetSummary[]> {
  const query: LabelQuery = {
    conditions: [{ field: "dataset.name", type: "exists", clause: "filter", parameters: {} }],
  };
  const found = new Map<string, { entry: DatasetEntry; labels: number; pictures: Set<string> }>();
  for await (const document of index.search(query, signal)) {
    for (const entry of new Map(entriesOf(document).map((one) => [one.name, one])).values()) {
      // Labels of old files carry an entry with an empty name, which stands for none.
      if (entry.name === "") continue;
      const one = found.get(entry.name) ?? { entry, labels: 0, pictures: new Set<string>() };
      one.labels += 1;
      one.pictures.add(document.img_id);
      found.set(entry.name, one);
    }
  }
  return [...found.values()]
    .map(({ entry, labels, pictures }) => ({
      name: entry.name,
      labels,
      pictures: pictures.size,
      comment: entry.comment ?? "",
      createdOnDate: entry.created_on_date ?? "",
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads, changes and writes back in batches; `change` gives the new list, or null when nothing is to be changed. */
async function changeLabels(
  fingerprints: readonly string[],
  { index, person, signal }: Work,
  title: string,
  change: (dataset: readonly DatasetEntry[]) => readonly DatasetEntry[] | null,
): Promise<DatasetChange> {
  const absent: string[] = [];
  const failed: { fingerprint: string; reason: string }[] = [];
  let changed = 0;
  let unchanged = 0;
  const bar = person.progress(title, fingerprints.length);
  try {
    for (const batch of inBatches(fingerprints, labelsPerRequest)) {
      signal.throwIfAborted();
      const there = await index.get(batch, signal);
      absent.push(...batch.filter((fingerprint) => !there.has(fingerprint)));
      const updates: LabelDocument[] = [];
      for (const document of there.values()) {
        const dataset = change(entriesOf(document));
        if (dataset === null) unchanged += 1;
        else updates.push({ ...document, dataset });
      }
      const outcomes = updates.length === 0 ? [] : await index.put(updates, { overwrite: true, signal });
      outcomes.forEach((result, position) => {
        const fingerprint = updates[position]!.label_fingerprint;
        if (result.outcome === "failed") failed.push({ fingerprint, reason: result.error.message });
        else changed += 1;
      });
      for (const _ of batch) bar.step();
    }
    await index.refresh(signal);
  } finally {
    bar.end();
  }
  return { changed, unchanged, absent, failed };
}

/** A label's entries; a single one in place of a list is what some tools of old left. */
function entriesOf(document: LabelDocument): readonly DatasetEntry[] {
  const dataset: unknown = document.dataset ?? [];
  const list = Array.isArray(dataset) ? dataset : [dataset];
  return list.filter((entry): entry is DatasetEntry => typeof entry === "object" && entry !== null);
}

/** Two entries are one when all four fields agree, in whatever order an index gives them back. */
export function isSameEntry(a: DatasetEntry, b: DatasetEntry): boolean {
  const textOf = ({ name, comment, created_on_date, query }: DatasetEntry): string =>
    JSON.stringify([name, comment, created_on_date, query ?? null]);
  return textOf(a) === textOf(b);
}

// Creating, listing and deleting data sets as a person asks for it: reads files, asks, reports.
import type { DatasetEntry, LabelDocument } from "../device/label.ts";
import { type LabelsFile, rewriteLabelsFile } from "../device/labels-file.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { askForDataset, type DatasetDraft, datasetEntry } from "./dataset-entry.ts";
import {
  addToDataset,
  type DatasetChange,
  type DatasetSummary,
  isSameEntry,
  labelsInDataset,
  removeFromDataset,
} from "./datasets.ts";
import { listIds, type Person } from "./person.ts";
import type { Verdict } from "./upload-report.ts";

type Work = { readonly index: LabelIndex; readonly person: Person; readonly signal: AbortSignal };

/** What came of creating or deleting one. `entry` is null when it was refused before anything was done. */
export type DatasetResult = {
  readonly name: string | null;
  readonly change: DatasetChange;
  readonly declined: boolean;
  readonly dryRun: boolean;
};

const noChange: DatasetChange = { changed: 0, unchanged: 0, absent: [], failed: [] };

export type CreateDatasetOptions = Work & {
  readonly file: LabelsFile;
  readonly draft: DatasetDraft;
  /** Ask for what the draft lacks and show it before it is made. */
  readonly interactive: boolean;
  /** Write the data set into the local labels file as well. */
  readonly rewriteFile: boolean;
  readonly dryRun: boolean;
  readonly nowUs: () => number;
};

/** Appends the data set to every label of the file, by fingerprint. A name in use is said and used again: names join. */
export async function createDataset(options: CreateDatasetOptions): Promise<DatasetResult> {
  const { file, draft, index, person, signal, dryRun, nowUs } = options;
  const entry = options.interactive
    ? await askForDataset(draft, person, nowUs)
    : datasetEntry(draft, nowUs());
  if (entry === null) return { name: draft.name ?? null, change: noChange, declined: true, dryRun };
  const fingerprints = [...new Set(file.documents.map((document) => document.label_fingerprint))];
  const before = await labelsInDataset(entry.name, index, signal);
  if (before.length > 0)
    person.tell(`${before.length} label(s) are in "${entry.name}" already; these join them`);
  if (dryRun) {
    const there = await index.get(fingerprints, signal);
    const absent = fingerprints.filter((one) => !there.has(one));
    return {
      name: entry.name,
      change: { ...noChange, changed: there.size, absent },
      declined: false,
      dryRun,
    };
  }
  const change = await addToDataset(fingerprints, entry, { index, person, signal });
  if (options.rewriteFile) {
    const without = new Set([...change.absent, ...change.failed.map(({ fingerprint }) => fingerprint)]);
    const documents = file.documents.map((document) =>
      without.has(document.label_fingerprint) ? document : withEntry(document, entry),
    );
    rewriteLabelsFile(file.path, file.shape, documents);
  }
  return { name: entry.name, change, declined: false, dryRun };
}

function withEntry(document: LabelDocument, entry: DatasetEntry): LabelDocument {
  const dataset = document.dataset ?? [];
  return dataset.some((one) => isSameEntry(one, entry))
    ? document
    : { ...document, dataset: [...dataset, entry] };
}

/** Takes the data set of exactly this name off every label that has it, after asking. Labels and pictures stay. */
export async function deleteDataset(
  name: string,
  options: Work & { readonly dryRun: boolean },
): Promise<DatasetResult> {
  const { index, person, signal, dryRun } = options;
  const fingerprints = await labelsInDataset(name, index, signal);
  const result = { name, change: noChange, declined: false, dryRun };
  if (fingerprints.length === 0) return result;
  if (dryRun) return { ...result, change: { ...noChange, changed: fingerprints.length } };
  const question = `The data set "${name}" will be taken off ${fingerprints.length} label(s). Continue?`;
  if (!(await person.confirm(question))) return { ...result, declined: true };
  return { ...result, change: await removeFromDataset(fingerprints, name, { index, person, signal }) };
}

export function describeDataset(
  { name, change, declined, dryRun }: DatasetResult,
  verb: "created" | "deleted",
): string {
  if (declined) return "nothing was changed: the answer was no";
  const { changed, unchanged, absent, failed } = change;
  if (verb === "deleted" && changed + failed.length === 0) return `no label is in a data set named "${name}"`;
  const preposition = verb === "created" ? "added to" : "taken off";
  return [
    `"${name}" ${dryRun ? "would be " : ""}${preposition} ${changed} label(s)`,
    ...(unchanged > 0 ? [`  ${unchanged} had it already`] : []),
    ...(absent.length > 0 ? [`  ${absent.length} are not in the index: ${listIds(absent)}`] : []),
    ...failed.slice(0, 10).map(({ fingerprint, reason }) => `  label ${fingerprint}: ${reason}`),
    ...(failed.length > 10 ? [`  and ${failed.length - 10} more`] : []),
  ].join("\n");
}

export function judgeDataset({ change, declined }: DatasetResult): Verdict {
  if (declined) return 3;
  const { changed, unchanged, absent, failed } = change;
  if (absent.length + failed.length === 0) return 0;
  return changed + unchanged > 0 ? 3 : 1;
}

export function describeDatasets(datasets: readonly DatasetSummary[]): string {
  if (datasets.length === 0) return "no data sets";
  return datasets
    .map(({ name, labels, pictures, createdOnDate, comment }) =>
      `${name}  ${labels} label(s), ${pictures} picture(s)  ${createdOnDate}  ${comment}`.trimEnd(),
    )
    .join("\n");
}

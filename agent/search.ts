// Finds labels by query, writes them as a labels file, and downloads the pictures that are not in the folder yet.
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LabelDocument } from "../device/label.ts";
import { importLabel } from "../device/label-import.ts";
import {
  newLabelsPath,
  onePerPicture,
  type SupersededLabel,
  writeLabelsFile,
} from "../device/labels-file.ts";
import type { LabelQuery } from "../device/query.ts";
import { replaceFile } from "../device/replace-file.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { type DownloadFailure, downloadPictures } from "./download-pictures.ts";
import type { Person } from "./person.ts";
import { fileNameOfLabel } from "./picture-address.ts";
import type { PictureFolder } from "./picture-folder.ts";

export type SearchOptions = {
  readonly query: LabelQuery;
  readonly index: LabelIndex;
  /** The bucket a label's address begins with; null when pictures cannot be had from one of that name. */
  readonly bucketNamed: (name: string) => Bucket | null;
  readonly folder: PictureFolder;
  /** Say what would happen, write nothing. */
  readonly dryRun: boolean;
  readonly person: Person;
  /** Wall clock, microseconds since 1970: names the labels file. */
  readonly nowUs: () => number;
  readonly signal: AbortSignal;
};

/** What a search found and fetched. */
export type SearchResult = {
  /** Labels that match. */
  readonly labels: number;
  /** Pictures they name. */
  readonly pictures: number;
  /** Labels left out because a later one names the same picture. */
  readonly superseded: readonly SupersededLabel[];
  /** Labels left out because they cannot be used, each with its reason. */
  readonly refused: readonly string[];
  /** null when nothing matched. */
  readonly labelsFile: string | null;
  /** Pictures that were not in the folder, by img_id. */
  readonly missing: readonly string[];
  readonly downloaded: number;
  readonly failed: readonly DownloadFailure[];
  /** The answer to "download?" was no. */
  readonly declined: boolean;
};

/** Searches and downloads. A folder that has everything is left as it is but for the labels file. @throws SyncError when the index cannot be used. */
export async function search(options: SearchOptions): Promise<SearchResult> {
  const { folder, person, dryRun, signal } = options;
  const found = await collect(options);
  const picked = onePerPicture(found.documents);
  const documents = [...picked.documents.values()];
  const result = {
    labels: found.hits,
    pictures: documents.length,
    superseded: picked.superseded,
    refused: found.refused,
    labelsFile: null,
    missing: [],
    downloaded: 0,
    failed: [],
    declined: false,
  };
  if (documents.length === 0) return result;

  const labelsFile = dryRun ? null : writeLabels(folder.directory, documents, options.nowUs());
  const { wanted, failed } = await lookFor(documents, folder);
  const missing = wanted.map((document) => document.img_id);
  person.tell(`${documents.length} picture(s) found, ${missing.length} missing in ${folder.directory}`);
  if (missing.length === 0 || dryRun) return { ...result, labelsFile, missing, failed };
  if (!(await person.confirm(`Download ${missing.length} picture(s)?`)))
    return { ...result, labelsFile, missing, failed, declined: true };
  const download = await downloadPictures({ ...options, documents: wanted, signal });
  return {
    ...result,
    labelsFile,
    missing,
    downloaded: download.downloaded,
    failed: [...failed, ...download.failed],
  };
}

/** All hits, each checked: what an index holds is as foreign as any file. */
async function collect({ index, query, signal }: SearchOptions) {
  const documents: LabelDocument[] = [];
  const refused: string[] = [];
  let hits = 0;
  for await (const hit of index.search(query, signal)) {
    hits += 1;
    const imported = importLabel(hit, null, String(hit.label_fingerprint));
    if ("problems" in imported) refused.push(imported.problems.join("; "));
    else documents.push(imported.document);
  }
  return { documents, refused, hits };
}

/** Which pictures are to be fetched. Two of one file name cannot both be; the first has it. */
async function lookFor(documents: readonly LabelDocument[], folder: PictureFolder) {
  const wanted: LabelDocument[] = [];
  const failed: DownloadFailure[] = [];
  const owners = new Map<string, string>();
  for (const document of documents) {
    const name = fileNameOfLabel(document);
    const owner = owners.get(name);
    try {
      if (owner !== undefined) throw new Error(`the file name ${name} is also that of ${owner}`);
      owners.set(name, document.img_id);
      if ((await folder.look(name)) === "absent") wanted.push(document);
    } catch (cause) {
      failed.push({ imgId: document.img_id, fileName: name, reason: (cause as Error).message });
    }
  }
  return { wanted, failed };
}

/**
 * Writes `labels_<time>.json`, which stays, and `labels.json`, which is always the newest answer: the first is the name the
 * existing tools wrote, the second the one their manual gives. A `labels.json` of other origin is renamed, never lost.
 */
function writeLabels(directory: string, documents: readonly LabelDocument[], nowUs: number): string {
  const newest = join(directory, "labels.json");
  const { path } = writeLabelsFile(directory, documents, nowUs);
  if (existsSync(newest) && !isCopied(newest, directory))
    renameSync(newest, newLabelsPath(directory, statSync(newest).mtimeMs * 1000));
  replaceFile(newest, readFileSync(path));
  return path;
}

/** Whether a labels_<time>.json of the folder has the same content. */
function isCopied(path: string, directory: string): boolean {
  const { size } = statSync(path);
  const candidates = readdirSync(directory)
    .filter((name) => /^labels_.*\.json$/.test(name))
    .map((name) => join(directory, name))
    .filter((candidate) => statSync(candidate, { throwIfNoEntry: false })?.size === size);
  if (candidates.length === 0) return false;
  const content = readFileSync(path);
  return candidates.some((candidate) => readFileSync(candidate).equals(content));
}

// What an upload came to, for a person and for the exit code.
import { listIds } from "./person.ts";
import type { UploadResult } from "./upload.ts";

/** 0 everything is where it belongs, 1 nothing is, 3 some of it. */
export type Verdict = 0 | 1 | 3;

/** The synthesis: counts, places, and the ids of what is missing, was there already, or failed. */
export function describeUpload(
  result: UploadResult,
  places: { bucket: string | null; index: string; dryRun: boolean },
): string {
  if (result.problem !== null)
    return `nothing was uploaded, ${result.failed} label(s) failed: ${result.problem}`;
  const { pictures, labels, deletion } = result;
  const would = places.dryRun ? "would be " : "";
  const lines = [
    ...(places.bucket === null
      ? []
      : [`${pictures.uploaded} picture(s) ${would}uploaded to ${places.bucket}`]),
    `${labels.uploaded} label(s) ${would}uploaded to ${places.index}`,
    `${result.failed} ${places.dryRun ? "would fail" : "failed"}`,
  ];
  const list = (title: string, ids: readonly string[]): void => {
    if (ids.length > 0) lines.push(`  ${ids.length} ${title}: ${listIds(ids)}`);
  };
  list("picture(s) missing in the folder", pictures.missing);
  list("picture(s) already there", pictures.existing);
  list("label(s) already there (--force replaces them)", labels.existing);
  for (const { imgId, reason } of pictures.failed.slice(0, 10)) lines.push(`  picture ${imgId}: ${reason}`);
  for (const { fingerprint, reason } of labels.failed.slice(0, 10))
    lines.push(`  label ${fingerprint}: ${reason}`);
  const more = Math.max(0, pictures.failed.length - 10) + Math.max(0, labels.failed.length - 10);
  if (more > 0) lines.push(`  and ${more} more`);
  if (deletion.labelsRemoved + deletion.labelsAbsent.length > 0) {
    lines.push(`${deletion.labelsRemoved} label(s) and ${deletion.picturesRemoved} picture(s) deleted`);
    if (deletion.filesRemoved > 0) lines.push(`  ${deletion.filesRemoved} local file(s) deleted`);
    list("label(s) were not in the index", deletion.labelsAbsent);
    for (const { imgId, reason } of deletion.picturesFailed)
      lines.push(`  picture ${imgId} was not deleted: ${reason}`);
  }
  if (result.deletionsDeclined > 0)
    lines.push(`${result.deletionsDeclined} label(s) marked to_delete were left alone`);
  return lines.join("\n");
}

/** What was there already is where it belongs: an upload done twice has not failed. */
export function judgeUpload({
  pictures,
  labels,
  deletion,
  deletionsDeclined,
  problem,
}: UploadResult): Verdict {
  if (problem !== null) return 1;
  const wrong =
    pictures.missing.length +
    pictures.failed.length +
    labels.failed.length +
    deletion.picturesFailed.length +
    deletion.labelsAbsent.length +
    deletionsDeclined;
  if (wrong === 0) return 0;
  const right =
    pictures.uploaded +
    pictures.existing.length +
    labels.uploaded +
    labels.existing.length +
    deletion.labelsRemoved +
    deletion.picturesRemoved;
  return right === 0 ? 1 : 3;
}

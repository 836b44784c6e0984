// What an ingestion did, for a person.
import type { DatasetResult, IngestResult } from "./ingest.ts";

/** Problems shown by name. */
const mostShown = 20;

/** The summary; its first lines are those of the existing tool. */
export function describeIngest(result: IngestResult): string {
  const { stats } = result;
  const rule = "=".repeat(60);
  const lines = [
    rule,
    "DATASET INGESTION SUMMARY",
    rule,
    ...(result.dry_run ? ["Running in DRY RUN mode - no changes were made"] : []),
    `Tigers created:   ${stats.tigers_created}`,
    `Tigers updated:   ${stats.tigers_updated}`,
    `Images processed: ${stats.images_processed}${detailOf(stats.duplicates, stats.images_updated)}`,
    `Images skipped:   ${stats.images_skipped}`,
    `Errors:           ${stats.errors}`,
    ...(stats.sightings_moved > 0 ? [`Sightings moved:  ${stats.sightings_moved}`] : []),
    ...(stats.sightings_decided > 0
      ? [`Left as decided:  ${stats.sightings_decided} sightings that a person had verified or rejected`]
      : []),
    "",
    "Per dataset:",
    ...Object.entries(result.results).map(([name, each]) => `  ${name}: ${describeDataset(each)}`),
    ...describeProblems(result),
    rule,
    `${(stats.images_processed + stats.images_skipped + stats.errors).toString()} pictures looked at, ${result.images_per_second.toFixed(0)}/s${result.stopped ? "; stopped, and what is done is kept: run it again to go on" : ""}`,
    ...(stats.sightings_created > 0 && !result.dry_run ? ["Next: outrider embed --missing"] : []),
  ];
  return lines.join("\n");
}

function detailOf(duplicates: number, updated: number): string {
  const parts = [
    ...(duplicates > 0 ? [`${duplicates} with bytes that were there`] : []),
    ...(updated > 0 ? [`${updated} read again`] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function describeDataset({ status, reason, tigers, images, format, stats }: DatasetResult): string {
  if (status === "skipped") return `skipped (${reason})`;
  const what = `${tigers} tigers, ${images} images${stats.errors > 0 ? `, ${stats.errors} errors` : ""}`;
  const how = format === null ? "" : ` (${format})`;
  return status === "success"
    ? `${what}${how}`
    : `${status}${reason === undefined ? "" : `: ${reason}`}; ${what}${how}`;
}

function describeProblems({ results, stats }: IngestResult): readonly string[] {
  const problems = Object.values(results).flatMap((each) => each.problems);
  if (problems.length === 0) return [];
  const counts = Object.entries(stats.errors_by_reason).map(([reason, count]) => `${reason} ${count}`);
  const more = stats.errors - Math.min(mostShown, problems.length);
  return [
    "",
    `Left out (${counts.join(", ")}):`,
    ...problems.slice(0, mostShown).map(({ what, reason }) => `  ${what}: ${reason}`),
    ...(more > 0 ? [`  … and ${more} more (--json names up to 1000 of a data set)`] : []),
  ];
}

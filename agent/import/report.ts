// What an import came to, for a person and for the exit code. The first lines are those of the guide, word for word.
import { oneLine } from "../remote-client/describe-answer.ts";
import { describePreview } from "./describe-preview.ts";
import type { ImportResult } from "./import-result.ts";
import type { ImportProblem } from "./import-sequence.ts";
import type { ImportOptions } from "./options.ts";

/** Lines of a list that a person reads; --json has all. */
const mostLines = 20;

/** The statistics, and everything that did not go as it should. */
export function describeImport(result: ImportResult): string {
  const { dryRun, preview } = result;
  const further: readonly (readonly [string, number, boolean])[] = [
    ["Annotations updated", result.annotationsUpdated, false],
    ["Skipped sequences (there already, nothing to do)", result.skippedSequences, true],
    ["Left alone (a person's work)", result.leftAlone.length, false],
    ["Detections created", result.detectionsCreated, false],
    ["Alerts parked (no box)", result.skippedAlerts, false],
    ["Temporal scores refreshed", result.refreshedScores, true],
    ["Calls retried", result.retriedCalls, true],
    ["Sequences retried", result.retriedSequences, false],
    ["Rolled back", result.rolledBack.length, true],
    ["Records left out", result.leftOut.length, false],
    ["Records left out by earlier runs", result.leftOutBefore.length, false],
  ];
  const lines = [
    ...(dryRun && preview.length > 0 ? [describePreview(preview), ""] : []),
    ...(result.stopped ? ["Stopped; the next run goes on from here."] : []),
    ...(dryRun ? ["DRY RUN: nothing was written; this is what would be."] : []),
    ...(isEmpty(result) ? ["No sequences found to process"] : []),
    ...(result.stopped ? [] : ["Processing completed!"]),
    "Final Statistics:",
    `  Total sequences: ${result.totalSequences}`,
    `  Successful sequences: ${result.successfulSequences}`,
    `  Failed sequences: ${result.failedSequences}`,
    `  Annotations created: ${result.annotationsCreated}`,
    ...further
      .filter(([, count, always]) => always || count > 0)
      .map(([name, count]) => `  ${name}: ${count}`),
    ...list("Problems:", result.problems),
    ...list("Left out, while the rest of their sequence went in:", result.leftOut),
    ...list("Left out by earlier runs:", result.leftOutBefore),
    ...list("Left alone, for a person works on it (--overwrite replaces it):", result.leftAlone),
    ...list("Worth a look:", result.notes),
  ];
  return lines.join("\n");
}

/** The answer to --clone-count-only. */
export function describeCount(
  { totalSequences }: ImportResult,
  { url, stage }: NonNullable<ImportOptions["clone"]>,
): string {
  const which = stage === "all" ? "of any stage" : `of stage ${stage}`;
  return `${totalSequences} sequence(s) ${which} at ${url} would be cloned`;
}

/** 0: everything that was asked for is there. 3: some is not. 1: nothing is. 130: stopped. */
export function judgeImport(result: ImportResult): 0 | 1 | 3 | 130 {
  if (result.stopped) return 130;
  const wrong = result.failedSequences + result.problems.length + result.leftOut.length;
  if (wrong === 0) return 0;
  const right = result.successfulSequences + result.skippedSequences + result.leftAlone.length;
  return right === 0 ? 1 : 3;
}

function isEmpty({ totalSequences, problems, stopped }: ImportResult): boolean {
  return totalSequences === 0 && problems.length === 0 && !stopped;
}

function list(title: string, items: readonly (ImportProblem | string)[]): readonly string[] {
  if (items.length === 0) return [];
  const shown = items
    .slice(0, mostLines)
    .map((item) => `  ${oneLine(typeof item === "string" ? item : `${item.of}: ${item.problem}`)}`);
  const more = items.length - shown.length;
  return [title, ...shown, ...(more > 0 ? [`  and ${more} more (--json shows all)`] : [])];
}

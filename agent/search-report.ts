// What a search came to, for a person and for the exit code.
import { describeSuperseded } from "../device/labels-file.ts";
import type { SearchResult } from "./search.ts";
import type { Verdict } from "./upload-report.ts";

/** Counts, the labels file, and what was left out or failed. */
export function describeSearch(result: SearchResult): string {
  const { labels, pictures, missing, downloaded, failed, superseded, refused } = result;
  if (labels === 0) return "no label matches; nothing was written";
  const shown = 10;
  const more = (count: number): string[] => (count > shown ? [`  and ${count - shown} more`] : []);
  return [
    `${labels} label(s) of ${pictures} picture(s) found, ${missing.length} missing here, ${downloaded} downloaded, ${failed.length} failed`,
    ...(result.labelsFile === null ? [] : [`labels in ${result.labelsFile}`]),
    ...(result.declined ? ["nothing was downloaded: the answer was no"] : []),
    ...superseded.slice(0, shown).map((one) => `  warning: ${describeSuperseded(one)}`),
    ...more(superseded.length),
    ...refused.slice(0, shown).map((one) => `  label left out: ${one}`),
    ...more(refused.length),
    ...failed.slice(0, shown).map(({ imgId, reason }) => `  picture ${imgId}: ${reason}`),
    ...more(failed.length),
  ].join("\n");
}

/** 3 when pictures or labels are wanting, 1 when all are, 0 when the folder has what was asked for. */
export function judgeSearch({
  pictures,
  missing,
  downloaded,
  failed,
  refused,
  declined,
}: SearchResult): Verdict {
  if (failed.length + refused.length === 0 && !declined) return 0;
  if (declined) return 3;
  const here = pictures - missing.length + downloaded;
  return here > 0 ? 3 : 1;
}

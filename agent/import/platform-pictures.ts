// The pictures of a platform's sequence: it has a row for each box, and the rows of one upload share their picture.
import { formatIso } from "../../sync/annotation/drafts.ts";
import type { Prediction } from "../../sync/clients/annotation-api.ts";
import type { PlatformDetection } from "../../sync/clients/platform-api.ts";
import { parseUtc } from "../../sync/utc-time.ts";
import type { ImportDetection, ImportProblem } from "./import-sequence.ts";
import { parseBoxes } from "./parse-boxes.ts";

export type PictureOptions = {
  /**
   * recorded: when the camera took it, where the platform knows; late uploads keep their time.
   * created: when the platform got it, as the existing import has it.
   */
  readonly times: "recorded" | "created";
  /** How many pictures at most, in the order of the rows; null: all. */
  readonly limit: number | null;
};

export type PlatformPictures = {
  /** By capture time. */
  readonly detections: readonly ImportDetection[];
  readonly problems: readonly ImportProblem[];
};

/** Before this no such camera had a clock that was set: a machine without one begins in 1970. */
const firstPlausibleUs = Date.UTC(2015, 0) * 1000;
/** A picture cannot arrive before it was taken, but for two clocks that differ. */
const mostAheadUs = 3600e6;

/**
 * One detection a picture, under the id of its first row, with the boxes of all its rows: those are boxes of this very sequence, and a
 * detection whose second box only stood among the boxes of others would lose it to every annotation.
 * @param rows in the order asked for; the first `limit` pictures of it count.
 */
export function picturesOf(rows: readonly PlatformDetection[], options: PictureOptions): PlatformPictures {
  const problems: ImportProblem[] = [];
  const groups = new Map<string, PlatformDetection[]>();
  for (const row of rows) {
    // Without the name of its picture a row stands for itself.
    const key = row.bucket_key === "" ? `row ${row.id}` : row.bucket_key;
    const group = groups.get(key);
    if (group !== undefined) group.push(row);
    else if (options.limit === null || groups.size < options.limit) groups.set(key, [row]);
  }
  const pictures = [...groups.values()].flatMap((group) => pictureOf(group, options, problems) ?? []);
  pictures.sort((a, b) => a.us - b.us || a.detection.alert_api_id - b.detection.alert_api_id);
  return { detections: pictures.map(({ detection }) => detection), problems };
}

function pictureOf(
  rows: readonly PlatformDetection[],
  { times }: PictureOptions,
  problems: ImportProblem[],
): { readonly us: number; readonly detection: ImportDetection } | null {
  const group = rows.toSorted((a, b) => a.id - b.id);
  const first = group[0]!;
  const of = `detection ${first.id}`;
  const moment = momentOf(first, times);
  for (const problem of moment.problems) problems.push({ of, problem });
  if (moment.us === null) return null;
  const read = (field: "bbox" | "others_bboxes"): readonly Prediction[] =>
    group.flatMap((row) => {
      const parsed = parseBoxes(row[field]);
      for (const problem of parsed.problems)
        problems.push({ of: `detection ${row.id}`, problem: `${field}: ${problem}; the box is left out` });
      return parsed.boxes;
    });
  const own = distinct(read("bbox"));
  const others = distinct(read("others_bboxes"), own);
  return {
    us: moment.us,
    detection: {
      alert_api_id: first.id,
      recorded_at: formatIso(moment.us),
      algo_predictions: own,
      ...(others.length === 0 ? {} : { others_bboxes: others }),
      picture: { url: first.url || null, bucketKey: first.bucket_key || null },
    },
  };
}

/** Each place once; of two at the same place the surer. @param except boxes that count as had already. */
function distinct(boxes: readonly Prediction[], except: readonly Prediction[] = []): readonly Prediction[] {
  const had = new Set(except.map(placeOf));
  const kept = new Map<string, Prediction>();
  for (const box of boxes) {
    const place = placeOf(box);
    const there = kept.get(place);
    if (!had.has(place) && (there === undefined || there.confidence < box.confidence)) kept.set(place, box);
  }
  return [...kept.values()];
}

function placeOf({ xyxyn }: Prediction): string {
  return xyxyn.join(" ");
}

function momentOf(
  row: PlatformDetection,
  times: PictureOptions["times"],
): { readonly us: number | null; readonly problems: readonly string[] } {
  const created = parseUtc(row.created_at);
  if (created === null)
    return {
      us: null,
      problems: [`created_at: expected a time like 2026-07-01T10:00:00, got "${row.created_at}"; left out`],
    };
  if (times === "created" || row.recorded_at === undefined) return { us: created, problems: [] };
  const recorded = parseUtc(row.recorded_at);
  const isPlausible = recorded !== null && recorded >= firstPlausibleUs && recorded <= created + mostAheadUs;
  if (isPlausible) return { us: recorded, problems: [] };
  const problem = `recorded_at: expected a time between 2015 and its arrival (${row.created_at}), got "${row.recorded_at}"; the time of arrival is used`;
  return { us: created, problems: [problem] };
}

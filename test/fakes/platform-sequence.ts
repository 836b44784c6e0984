// A sequence as a source tells it, with small pictures that differ, for tests of what becomes of it.

import type { ImportDetection, ImportSequence } from "../../agent/import/import-sequence.ts";
import { formatIso } from "../../sync/annotation/drafts.ts";
import { drawPicture } from "./dataset-folder.ts";

/** 2026-07-01T10:00:00Z, microseconds. */
export const sequenceStartUs = Date.UTC(2026, 6, 1, 10) * 1000;

/** Pictures half a minute apart, each with one box that drifts; the third of every four was not seen. */
export function platformSequence(id: number, pictures: number): ImportSequence {
  const timeOf = (at: number): string => formatIso(sequenceStartUs + id * 3600e6 + at * 30e6);
  return {
    sourceId: id,
    draft: {
      source_api: "pyronear_french",
      alert_api_id: id,
      platform_alert_id: id,
      camera_name: "croix-augas",
      camera_id: 3,
      organisation_name: "sdis-77",
      organisation_id: 2,
      lat: 48.4,
      lon: 2.7,
      recorded_at: timeOf(0),
      last_seen_at: timeOf(Math.max(0, pictures - 1)),
      azimuth: 120,
      is_wildfire_alertapi: "wildfire_smoke",
    },
    detections: Array.from(
      { length: pictures },
      (_, at): ImportDetection => ({
        alert_api_id: id * 1000 + at,
        recorded_at: timeOf(at),
        algo_predictions:
          at % 4 === 2
            ? []
            : [
                {
                  xyxyn: [(100 + at) / 1000, 0.2, (200 + at) / 1000, 0.3],
                  confidence: at % 4 === 3 ? 0.75 : 0.5,
                  class_name: "smoke",
                },
              ],
        picture: { url: `http://pictures/${id}/${at}.jpg`, bucketKey: `${id}-${at}.jpg` },
      }),
    ),
    problems: [],
  };
}

/** The picture of a detection: another for each. */
export async function pictureOf({ alert_api_id }: ImportDetection): Promise<Uint8Array> {
  return await drawPicture(alert_api_id);
}

// What an annotation server holds, without what differs between two runs of the same import: ids, times of writing, order.
import { type BigId, writeJson } from "../json.ts";
import { zuluTime } from "../times.ts";
import { type SequenceRecord, sequenceKey, type Tables } from "./tables.ts";

/** Can be compared, and sent as JSON. */
export type PlainSequence = {
  /** Natural key, `pyronear_french 12`. */
  readonly key: string;
  /** All that was sent of it. */
  readonly sequence: Readonly<Record<string, unknown>>;
  readonly skipped: string | null;
  /** By their ids at the source. */
  readonly detections: readonly Readonly<Record<string, unknown>>[];
  /** null: none. Boxes name detections by their ids at the source. */
  readonly annotation: Readonly<Record<string, unknown>> | null;
};

/** In the order of their keys. */
export function plainState(tables: Tables): readonly PlainSequence[] {
  return tables.sequences
    .all()
    .map((row) => plainSequence(row, tables))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function plainSequence(row: SequenceRecord, tables: Tables): PlainSequence {
  const { id, created_at: _, ...sequence } = row;
  return {
    key: sequenceKey(row),
    sequence: plain({
      ...sequence,
      recorded_at: zuluTime(row.recorded_at),
      last_seen_at: zuluTime(row.last_seen_at),
    }),
    skipped: tables.skips.get(`${row.source_api} ${row.platform_alert_id}`)?.skipped_by ?? null,
    detections: tables
      .detectionsOf(id)
      .toSorted((a, b) => compare(a.alert_api_id, b.alert_api_id))
      .map(({ id: _id, sequence_id: _sequence, created_at: _at, bucket_key, ...rest }) =>
        plain({
          ...rest,
          recorded_at: zuluTime(rest.recorded_at),
          picture: tables.bucket.sha256Of(bucket_key),
        }),
      ),
    annotation: plainAnnotation(id, tables),
  };
}

function plainAnnotation(sequenceId: number, tables: Tables): Readonly<Record<string, unknown>> | null {
  const row = tables.annotationOf(sequenceId);
  if (row === undefined) return null;
  const nameOf = (id: number): BigId | string => {
    const detection = tables.detections.get(id);
    if (detection === undefined) return "gone";
    if (detection.sequence_id === sequenceId) return detection.alert_api_id;
    return `${detection.alert_api_id} of another sequence`;
  };
  return plain({
    processing_stage: row.processing_stage,
    has_missed_smoke: row.has_missed_smoke,
    is_unsure: row.is_unsure,
    tracks: row.tracks.map(({ bboxes, ...track }) => ({
      ...track,
      bboxes: bboxes.map(({ detection_id, xyxyn }) => ({ detection: nameOf(detection_id), xyxyn })),
    })),
  });
}

function compare(a: BigId, b: BigId): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Without bigints. */
function plain(value: object): Readonly<Record<string, unknown>> {
  return JSON.parse(writeJson(value)) as Readonly<Record<string, unknown>>;
}

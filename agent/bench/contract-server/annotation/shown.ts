// Rows as the annotation API shows them.
import { type Micros, zuluTime } from "../times.ts";
import type {
  AnnotationRecord,
  DetectionAnnotationRecord,
  DetectionRecord,
  SequenceRecord,
  UserRecord,
} from "./tables.ts";

type Spelling = (at: Micros) => string;

/** @param spell of times: the list with annotations has its own. */
export function showSequence(row: SequenceRecord, spell: Spelling = zuluTime): object {
  return {
    ...row,
    created_at: spell(row.created_at),
    recorded_at: spell(row.recorded_at),
    last_seen_at: spell(row.last_seen_at),
    sequence_group_id: null,
    is_manual: false,
  };
}

export function showDetection(row: DetectionRecord): object {
  return { ...row, recorded_at: zuluTime(row.recorded_at), created_at: zuluTime(row.created_at) };
}

/** With what follows from the tracks. */
export function showAnnotation(row: AnnotationRecord, spell: Spelling = zuluTime): object {
  const { tracks, created_at, updated_at, contributors, ...rest } = row;
  return {
    ...rest,
    ...flagsOf(row),
    annotation: { sequences_bbox: tracks },
    created_at: spell(created_at),
    updated_at: updated_at === null ? null : spell(updated_at),
    contributors: contributors.map(showContributor),
    group_propagation_warning: null,
  };
}

export function flagsOf({ tracks }: Pick<AnnotationRecord, "tracks">) {
  return {
    has_smoke: tracks.some((track) => track.is_smoke),
    has_false_positives: tracks.some((track) => track.false_positive_types.length > 0),
    false_positive_types: [...new Set(tracks.flatMap((track) => track.false_positive_types))],
    smoke_types: [
      ...new Set(tracks.flatMap((track) => (track.smoke_type === null ? [] : [track.smoke_type]))),
    ],
  };
}

export function showDetectionAnnotation(row: DetectionAnnotationRecord): object {
  const { items, created_at, updated_at, contributors, ...rest } = row;
  return {
    ...rest,
    annotation: { annotation: items },
    created_at: zuluTime(created_at),
    updated_at: updated_at === null ? null : zuluTime(updated_at),
    contributors: contributors.map(showContributor),
  };
}

export function showUser({ password: _, ...row }: UserRecord): object {
  return { ...row, created_at: zuluTime(row.created_at), updated_at: null };
}

function showContributor({ id, username }: UserRecord): object {
  return { id, username };
}

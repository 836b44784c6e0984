// What an import would make of a sequence, without making it: a dry run's answer.
import type { Track } from "../../sync/clients/annotation-api.ts";
import type { ImportDetection, ImportProblem, ImportSequence } from "./import-sequence.ts";
import type { TrackedDetection } from "./tracks.ts";

/** An object that reviewers would see. */
export type PreviewCluster = {
  /** Pictures it is on. */
  readonly frames: number;
  /** Capture times of the first and the last of them, ISO 8601, UTC. */
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** Mean of its boxes: left, top, right, bottom, 0..1. */
  readonly meanBox: readonly [number, number, number, number];
};

/** What stands at the annotation API for a sequence. */
export type Standing = {
  /** Its id there. */
  readonly id: number;
  /** Stage of its annotation; null: it has none. */
  readonly stage: string | null;
};

/** Stable names: scripts read them. */
export type SequencePreview = {
  /** Id at the source. */
  readonly sequence: number;
  /** Id it would have as an alert; another one where it was split off. */
  readonly alertApiId: number;
  readonly camera: string;
  readonly organisation: string;
  /** ISO 8601, UTC. */
  readonly recordedAt: string;
  readonly lastSeenAt: string;
  /** Whole degrees 0..359; null: not known. */
  readonly azimuth: number | null;
  readonly detections: number;
  /** Boxes of all detections, before any threshold. */
  readonly boxes: number;
  readonly clusters: readonly PreviewCluster[];
  /** null: it is not there yet. */
  readonly there: Standing | null;
  readonly problems: readonly ImportProblem[];
};

export type PreviewOptions = {
  /** As the import itself would make them. */
  readonly tracksOf: (
    detections: readonly TrackedDetection[],
    onProblem: (problem: ImportProblem) => void,
  ) => readonly Track[];
  readonly there: Standing | null;
};

export function previewOf(sequence: ImportSequence, { tracksOf, there }: PreviewOptions): SequencePreview {
  const { sourceId, draft, detections } = sequence;
  const problems = [...sequence.problems];
  // Not sent yet, a detection has the id of its source only.
  const tracked = detections.map(({ alert_api_id, algo_predictions }) => ({
    id: alert_api_id,
    predictions: algo_predictions,
  }));
  const byId = new Map(detections.map((detection) => [detection.alert_api_id, detection]));
  const tracks = tracksOf(tracked, (problem) => problems.push(problem));
  return {
    sequence: sourceId,
    alertApiId: draft.alert_api_id,
    camera: draft.camera_name,
    organisation: draft.organisation_name,
    recordedAt: draft.recorded_at,
    lastSeenAt: draft.last_seen_at,
    azimuth: draft.azimuth ?? null,
    detections: detections.length,
    boxes: detections.reduce((sum, { algo_predictions }) => sum + algo_predictions.length, 0),
    clusters: tracks.map((track) => clusterOf(track, byId)),
    there,
    problems,
  };
}

function clusterOf({ bboxes }: Track, byId: ReadonlyMap<number, ImportDetection>): PreviewCluster {
  const times = bboxes.map(({ detection_id }) => byId.get(detection_id)!.recorded_at).sort();
  const mean = (edge: 0 | 1 | 2 | 3): number =>
    Math.round((bboxes.reduce((sum, { xyxyn }) => sum + xyxyn[edge], 0) / bboxes.length) * 1e4) / 1e4;
  return {
    frames: bboxes.length,
    firstSeenAt: times[0]!,
    lastSeenAt: times.at(-1)!,
    meanBox: [mean(0), mean(1), mean(2), mean(3)],
  };
}

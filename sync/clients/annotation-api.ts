// The annotation API (pyro-annotator): where people review sequences. What it can do for us, in its own words; rows are its own, typed from its
// OpenAPI document.
import type { EachCall } from "./each-call.ts";
import type { components } from "./generated/annotation-api.ts";

type Schemas = components["schemas"];

/** The closed list of where sequences may come from. */
export type SourceApi = Schemas["SourceApi"];
/** `imported` and `ready_to_annotate` are ours; whatever comes after them holds the work of a person. */
export type ProcessingStage = Schemas["SequenceAnnotationProcessingStage"];
/** A person's, at servers before 2026-07-28. Newer ones refuse them. */
export type OlderStage = "under_annotation" | "needs_manual";
export type WildfireKind = Schemas["AnnotationType"];

/** A word of the list, or one that a server of another version knows. */
export type Open<Word extends string> = Word | (string & {});

/** Times are ISO 8601; those without an offset are UTC. */
export type SequenceRow = Omit<
  Schemas["SequenceRead"],
  "source_api" | "is_wildfire_alertapi" | "is_manual"
> & {
  readonly source_api: Open<SourceApi>;
  readonly is_wildfire_alertapi: Open<WildfireKind> | null;
  readonly is_manual?: boolean;
};
export type DetectionRow = Schemas["DetectionRead"];
/** The stage may be an OlderStage. */
export type AnnotationRow = Omit<Schemas["SequenceAnnotationRead"], "processing_stage" | "annotation"> & {
  readonly processing_stage: Open<ProcessingStage>;
  readonly annotation: { readonly sequences_bbox: readonly TrackRow[] };
};
export type TrackRow = {
  readonly is_smoke: boolean;
  readonly smoke_type?: Open<Schemas["SmokeType"]> | null;
  readonly false_positive_types?: readonly Open<Schemas["FalsePositiveType"]>[];
  readonly bboxes: readonly { readonly detection_id: number; readonly xyxyn: readonly number[] }[];
};

/** A box of a model: edges 0..1 [left, top, right, bottom], confidence 0..1. */
export type Prediction = {
  readonly xyxyn: readonly [number, number, number, number];
  readonly confidence: number;
  readonly class_name: string;
};

/** One object over the frames of a sequence; at most one box a detection. */
export type Track = {
  readonly is_smoke: boolean;
  readonly smoke_type: Schemas["SmokeType"] | null;
  readonly false_positive_types: readonly Schemas["FalsePositiveType"][];
  readonly bboxes: readonly {
    readonly detection_id: number;
    readonly xyxyn: readonly [number, number, number, number];
  }[];
};

/** What a sequence is made from. `last_seen_at` is required here: the server would put its own now. */
export type NewSequence = {
  readonly source_api: SourceApi;
  /** Natural key together with source_api; a safe integer, negative is allowed. */
  readonly alert_api_id: number;
  readonly camera_name: string;
  /** Signed 32 bit. */
  readonly camera_id: number;
  readonly organisation_name: string;
  /** Signed 32 bit. */
  readonly organisation_id: number;
  readonly lat: number;
  readonly lon: number;
  readonly recorded_at: string;
  readonly last_seen_at: string;
  readonly created_at?: string;
  /** Whole degrees 0..359. */
  readonly azimuth?: number;
  readonly is_wildfire_alertapi?: WildfireKind;
  readonly platform_alert_id?: number;
  /** Absent: never scored, which is not a low score. */
  readonly temporal_model_score?: number;
  readonly temporal_model_version?: string;
  readonly temporal_api_version?: string;
};

/** Natural key of a detection: its sequence and alert_api_id. */
export type NewDetection = {
  readonly sequence_id: number;
  readonly alert_api_id: number;
  readonly recorded_at: string;
  readonly algo_predictions: readonly Prediction[];
  readonly others_bboxes?: readonly Prediction[];
  readonly auto_predictions?: readonly Prediction[];
};

/** Where the picture of a detection comes from: our bytes, an address the server can reach, or an object beside the server. */
export type DetectionPicture =
  | { readonly bytes: Uint8Array; readonly fileName: string }
  | { readonly url: string }
  | { readonly bucketKey: string };

/** Thresholds are left out on purpose: we send boxes, so that the result does not depend on the server's version; and a PATCH with them is a 500. */
export type NewAnnotation = {
  readonly sequence_id: number;
  readonly tracks: readonly Track[];
  readonly processing_stage: ProcessingStage;
  readonly has_missed_smoke: boolean;
  readonly is_unsure?: boolean;
};

/** Boxes that are not given stay as they are. */
export type AnnotationChange = Omit<NewAnnotation, "sequence_id" | "tracks" | "processing_stage"> & {
  readonly tracks?: readonly Track[];
  readonly processing_stage: ProcessingStage | OlderStage;
};

/** A row that stands after a create: ours, or the one that had been there. */
export type Created<Row> = { readonly row: Row; readonly already: boolean };

/** Pages of a list are fetched as they are read. */
export type SequenceFilter = {
  readonly source_api?: SourceApi;
  readonly platform_alert_id?: number;
  readonly camera_id?: number;
  readonly recorded_at_gte?: string;
  readonly recorded_at_lte?: string;
  /** Only known stages, or `no_annotation`: the server takes an unknown one for no filter. */
  readonly processing_stage?: readonly (ProcessingStage | "no_annotation")[];
  readonly order_direction?: "asc" | "desc";
};

/**
 * A client of one annotation API. Logs in once and shares the token; once more when it is refused. Nothing else is retried here (callers
 * wrap it in `retry`). Every method throws SyncError of the kind the answer means; a create that finds its natural key taken gives
 * the row that stands, and one whose parent is missing throws MissingParent.
 */
export type AnnotationApi = {
  /** Base address, without secrets. */
  readonly url: string;
  /** Resolves when it answers and lets us in. @param each how each of its calls is made; default: once */
  readonly probe: (signal: AbortSignal, each?: EachCall) => Promise<void>;
  readonly sourceApis: (signal: AbortSignal) => Promise<readonly Open<SourceApi>[]>;
  readonly createSequence: (draft: NewSequence, signal: AbortSignal) => Promise<Created<SequenceRow>>;
  /** By natural key; null: not there. */
  readonly findSequence: (
    key: Pick<NewSequence, "source_api" | "alert_api_id" | "platform_alert_id">,
    signal: AbortSignal,
  ) => Promise<SequenceRow | null>;
  readonly sequences: (filter: SequenceFilter, signal: AbortSignal) => AsyncIterable<SequenceRow>;
  /** With its detections and annotation; false: it was not there. */
  readonly deleteSequence: (id: number, signal: AbortSignal) => Promise<boolean>;
  /** null: there is no such sequence. */
  readonly updateTemporalScore: (
    score: Pick<NewSequence, "source_api" | "alert_api_id"> & {
      readonly temporal_model_score: number | null;
      readonly temporal_model_version: string | null;
      readonly temporal_api_version: string | null;
    },
    signal: AbortSignal,
  ) => Promise<SequenceRow | null>;
  /** Parks a whole alert for reviewers; `already`: it was skipped, or is done. */
  readonly skipAlert: (
    alert: { readonly source_api: SourceApi; readonly platform_alert_id: number; readonly note?: string },
    signal: AbortSignal,
  ) => Promise<{ readonly already: boolean }>;
  readonly createDetection: (
    draft: NewDetection,
    picture: DetectionPicture,
    signal: AbortSignal,
  ) => Promise<Created<DetectionRow>>;
  /** Of one sequence, by capture time, oldest first. */
  readonly detections: (sequenceId: number, signal: AbortSignal) => AsyncIterable<DetectionRow>;
  /** Address of a detection's picture, good for a day. */
  readonly pictureUrl: (detectionId: number, signal: AbortSignal) => Promise<string>;
  /** null: the sequence has none. */
  readonly findAnnotation: (sequenceId: number, signal: AbortSignal) => Promise<AnnotationRow | null>;
  readonly createAnnotation: (draft: NewAnnotation, signal: AbortSignal) => Promise<Created<AnnotationRow>>;
  /** Whoever calls has looked at the stage: the server lets anybody overwrite what a person did. */
  readonly updateAnnotation: (
    id: number,
    change: AnnotationChange,
    signal: AbortSignal,
  ) => Promise<AnnotationRow>;
  /** false: it was not there. */
  readonly deleteAnnotation: (id: number, signal: AbortSignal) => Promise<boolean>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

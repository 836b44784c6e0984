// What the annotation API keeps: its tables with their unique keys and foreign keys, ids that burn, and cascades.
import { refusal } from "../call.ts";
import type { BigId } from "../json.ts";
import { Objects } from "../objects.ts";
import type { Micros } from "../times.ts";
import type { Predictions } from "./boxes.ts";
import type { TrackRow } from "./generate-tracks.ts";

export const sourceApis = ["pyronear_french", "alert_wildfire", "api_cenia"] as const;
export type Source = (typeof sourceApis)[number];

export type SequenceRecord = {
  readonly id: number;
  readonly source_api: Source;
  readonly alert_api_id: BigId;
  readonly created_at: Micros;
  readonly recorded_at: Micros;
  readonly last_seen_at: Micros;
  readonly camera_name: string;
  readonly camera_id: number;
  readonly lat: number;
  readonly lon: number;
  readonly azimuth: number | null;
  readonly is_wildfire_alertapi: string | null;
  readonly organisation_name: string;
  readonly organisation_id: number;
  readonly platform_alert_id: BigId;
  readonly temporal_model_score: number | null;
  readonly temporal_model_version: string | null;
  readonly temporal_api_version: string | null;
};

export type DetectionRecord = {
  readonly id: number;
  readonly sequence_id: number;
  readonly recorded_at: Micros;
  readonly alert_api_id: BigId;
  readonly bucket_key: string;
  readonly algo_predictions: Predictions;
  readonly others_bboxes: Predictions | null;
  readonly auto_predictions: Predictions | null;
  readonly created_at: Micros;
};

export type AnnotationRecord = {
  readonly id: number;
  readonly sequence_id: number;
  readonly has_missed_smoke: boolean;
  readonly is_unsure: boolean;
  readonly tracks: readonly TrackRow[];
  readonly processing_stage: string;
  readonly created_at: Micros;
  readonly updated_at: Micros | null;
  readonly contributors: readonly UserRecord[];
};

export type DetectionAnnotationRecord = {
  readonly id: number;
  readonly detection_id: number;
  readonly items: readonly object[];
  readonly processing_stage: string;
  readonly created_at: Micros;
  readonly updated_at: Micros | null;
  readonly contributors: readonly UserRecord[];
};

export type UserRecord = {
  readonly id: number;
  readonly username: string;
  /** null: cannot log in. */
  readonly password: string | null;
  readonly is_active: boolean;
  readonly is_superuser: boolean;
  readonly can_localize: boolean;
  readonly is_system: boolean;
  readonly created_at: Micros;
};

export type SkipRecord = {
  readonly skipped_at: Micros;
  readonly skipped_by: string;
  readonly note: string | null;
};

/** Somebody other than a person at work touched what a person had worked on. */
export type HumanChange = {
  /** Natural key of the sequence, `pyronear_french 12`. */
  readonly sequence: string;
  readonly stage: string;
  /** `annotation updated`, `sequence deleted`, … */
  readonly what: string;
  readonly by: string;
};

/** Answers of a unique key that is taken, and of a foreign key that leads nowhere: the same. */
export const conflict = () => refusal(409, "Resource already exists");

/** Rows by id; a unique key beside it. An id that was drawn for a row that is refused stays unused. */
export class Table<Row extends { readonly id: number }> {
  readonly rows = new Map<number, Row>();
  readonly #keyOf: (row: Row) => string;
  readonly #ids = new Map<string, number>();
  #last = 0;

  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  /** Burns the id when it is refused. @throws Refused 409. */
  insert(make: (id: number) => Row): Row {
    return this.add(make(this.burn()));
  }

  /** With an id that was drawn before. @throws Refused 409. */
  add(row: Row): Row {
    if (this.#ids.has(this.#keyOf(row))) throw conflict();
    this.rows.set(row.id, row);
    this.#ids.set(this.#keyOf(row), row.id);
    return row;
  }

  /** Draws an id. */
  burn(): number {
    return ++this.#last;
  }

  get(id: number): Row | undefined {
    return this.rows.get(id);
  }

  byKey(key: string): Row | undefined {
    const id = this.#ids.get(key);
    return id === undefined ? undefined : this.rows.get(id);
  }

  /** The key stays. */
  update(row: Row): Row {
    this.rows.set(row.id, row);
    return row;
  }

  delete(row: Row): void {
    this.rows.delete(row.id);
    this.#ids.delete(this.#keyOf(row));
  }

  all(): readonly Row[] {
    return [...this.rows.values()];
  }
}

/** Stages in which a row holds the work of a person. */
export function isHumanStage(stage: string): boolean {
  return stage !== "imported" && stage !== "ready_to_annotate";
}

export function sequenceKey({
  source_api,
  alert_api_id,
}: Pick<SequenceRecord, "source_api" | "alert_api_id">): string {
  return `${source_api} ${alert_api_id}`;
}

/** Everything one annotation server holds, in memory. Life: create → use. */
export class Tables {
  readonly sequences = new Table<SequenceRecord>(sequenceKey);
  readonly detections = new Table<DetectionRecord>((row) => `${row.sequence_id} ${row.alert_api_id}`);
  readonly annotations = new Table<AnnotationRecord>((row) => String(row.sequence_id));
  readonly detectionAnnotations = new Table<DetectionAnnotationRecord>((row) => String(row.detection_id));
  readonly users = new Table<UserRecord>((row) => row.username);
  readonly skips = new Map<string, SkipRecord>();
  readonly humanChanges: HumanChange[] = [];
  readonly bucket = new Objects();
  readonly #ofSequence = new Map<number, Set<number>>();

  /** Of one sequence, as they came. */
  detectionsOf(sequenceId: number): readonly DetectionRecord[] {
    return [...(this.#ofSequence.get(sequenceId) ?? [])].map((id) => this.detections.get(id)!);
  }

  annotationOf(sequenceId: number): AnnotationRecord | undefined {
    return this.annotations.byKey(String(sequenceId));
  }

  /** @throws Refused 409. */
  addDetection(row: DetectionRecord): DetectionRecord {
    if (this.sequences.get(row.sequence_id) === undefined) throw conflict();
    this.detections.add(row);
    const ids = this.#ofSequence.get(row.sequence_id) ?? new Set();
    this.#ofSequence.set(row.sequence_id, ids.add(row.id));
    return row;
  }

  deleteDetection(row: DetectionRecord): void {
    const annotation = this.detectionAnnotations.byKey(String(row.id));
    if (annotation !== undefined) this.detectionAnnotations.delete(annotation);
    this.detections.delete(row);
    this.#ofSequence.get(row.sequence_id)?.delete(row.id);
  }

  /** With all that hangs on it; its pictures stay in the bucket. */
  deleteSequence(row: SequenceRecord): void {
    for (const detection of this.detectionsOf(row.id)) this.deleteDetection(detection);
    const annotation = this.annotationOf(row.id);
    if (annotation !== undefined) this.annotations.delete(annotation);
    this.sequences.delete(row);
    this.#ofSequence.delete(row.id);
  }

  /** To be told before a change of what belongs to a sequence. */
  noteChange(sequenceId: number, what: string, by: string): void {
    const stage = this.annotationOf(sequenceId)?.processing_stage;
    const sequence = this.sequences.get(sequenceId);
    if (stage === undefined || sequence === undefined || !isHumanStage(stage)) return;
    this.humanChanges.push({ sequence: sequenceKey(sequence), stage, what, by });
  }
}

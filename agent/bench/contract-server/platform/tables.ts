// What the alert platform keeps, in memory.
import { Objects } from "../objects.ts";
import type { Micros } from "../times.ts";

export type Role = "admin" | "agent" | "user";

export type OrganizationRecord = { readonly id: number; readonly name: string };

export type AccountRecord = {
  readonly id: number;
  readonly organization_id: number;
  readonly login: string;
  readonly password: string;
  readonly role: Role;
  readonly created_at: Micros;
};

export type CameraRecord = {
  readonly id: number;
  readonly organization_id: number;
  readonly name: string;
  readonly angle_of_view: number;
  readonly elevation: number;
  readonly lat: number;
  readonly lon: number;
  readonly is_trustable: boolean;
  readonly last_active_at: Micros | null;
  readonly last_image: string | null;
  readonly created_at: Micros;
};

export type PoseRecord = {
  readonly id: number;
  readonly camera_id: number;
  readonly azimuth: number;
  readonly patrol_id: number | null;
  readonly active: boolean;
  readonly image: string | null;
};

export type MaskRecord = {
  readonly id: number;
  readonly pose_id: number;
  /** `(x1,y1,x2,y2)` */
  readonly mask: string;
  readonly created_at: Micros;
};

export type PlatformSequenceRecord = {
  readonly id: number;
  readonly camera_id: number;
  readonly pose_id: number;
  readonly camera_azimuth: number;
  readonly is_wildfire: string | null;
  readonly sequence_azimuth: number | null;
  readonly cone_angle: number | null;
  readonly started_at: Micros;
  readonly last_seen_at: Micros;
  readonly max_conf: number | null;
  readonly temporal_model_score: number | null;
  readonly temporal_model_version: string | null;
  readonly temporal_api_version: string | null;
  readonly is_validated: boolean;
};

export type PlatformDetectionRecord = {
  readonly id: number;
  readonly camera_id: number;
  readonly pose_id: number;
  readonly sequence_id: number | null;
  readonly bucket_key: string;
  /** `[(x1,y1,x2,y2,confidence)]`; `[]`: the object was not seen on this picture. */
  readonly bbox: string;
  readonly others_bboxes: string | null;
  readonly created_at: Micros;
  readonly recorded_at: Micros;
};

/** Rows by id, ids counted from 1. */
export class Rows<Row extends { readonly id: number }> {
  readonly #rows = new Map<number, Row>();
  #last = 0;

  insert(draft: Omit<Row, "id">): Row {
    const row = { ...draft, id: ++this.#last } as unknown as Row;
    this.#rows.set(row.id, row);
    return row;
  }

  get(id: number): Row | undefined {
    return this.#rows.get(id);
  }

  update(row: Row): Row {
    this.#rows.set(row.id, row);
    return row;
  }

  all(): readonly Row[] {
    return [...this.#rows.values()];
  }
}

/** Everything one platform holds. Life: create → use. */
export class PlatformTables {
  readonly organizations = new Rows<OrganizationRecord>();
  readonly accounts = new Rows<AccountRecord>();
  readonly cameras = new Rows<CameraRecord>();
  readonly poses = new Rows<PoseRecord>();
  readonly masks = new Rows<MaskRecord>();
  readonly sequences = new Rows<PlatformSequenceRecord>();
  readonly detections = new Rows<PlatformDetectionRecord>();
  /** Of all organizations; names begin with that of the bucket. */
  readonly buckets = new Objects();
  readonly #ofSequence = new Map<number, number[]>();

  addDetection(draft: Omit<PlatformDetectionRecord, "id">): PlatformDetectionRecord {
    const row = this.detections.insert(draft);
    if (row.sequence_id !== null) this.#join(row.id, row.sequence_id);
    return row;
  }

  /** Puts one that belonged to none into a sequence. */
  assign(row: PlatformDetectionRecord, sequence_id: number): PlatformDetectionRecord {
    this.#join(row.id, sequence_id);
    return this.detections.update({ ...row, sequence_id });
  }

  #join(id: number, sequenceId: number): void {
    const ids = this.#ofSequence.get(sequenceId) ?? [];
    ids.push(id);
    this.#ofSequence.set(sequenceId, ids);
  }

  /** By id, which is by creation. */
  detectionsOf(sequenceId: number): readonly PlatformDetectionRecord[] {
    return (this.#ofSequence.get(sequenceId) ?? [])
      .toSorted((a, b) => a - b)
      .map((id) => this.detections.get(id)!);
  }
}

// The alert platform (pyro-api): what its cameras reported. What the import reads of it; rows are its own, typed from its OpenAPI document.
import type { EachCall } from "./each-call.ts";
import type { components } from "./generated/platform-api.ts";

type Schemas = components["schemas"];

/** What its document calls optional and every answer has. */
type Known<Row, Key extends keyof Row> = Omit<Row, Key> & {
  readonly [K in Key]-?: Exclude<Row[K], undefined>;
};

export type PlatformCamera = Pick<Schemas["CameraRead"], "id" | "organization_id" | "name" | "lat" | "lon"> &
  Partial<Schemas["CameraRead"]>;
export type PlatformOrganization = Known<Schemas["Organization"], "id">;
/** Times are ISO 8601 without an offset, UTC. */
export type PlatformSequence = Known<
  Omit<Schemas["SequenceRead"], "is_wildfire" | "detections_count">,
  "id" | "camera_id" | "started_at" | "last_seen_at"
> & {
  /** A kind of the list, or one that a platform of another version knows. */
  readonly is_wildfire?: Schemas["AnnotationType"] | (string & {}) | null;
  /** Platforms before 2026 do not tell it. */
  readonly detections_count?: number;
};
export type PlatformDetection = Known<
  Schemas["DetectionWithUrl"],
  "id" | "camera_id" | "bucket_key" | "bbox" | "created_at"
>;

/** How much fire weather the platform's filter sees in a day; `extreme` lets everything through. */
export type RiskScore = "very_low" | "low" | "moderate" | "high" | "very_high" | "extreme";

/**
 * A client of one platform, with two accounts: the organizations are for an administrator only. Logs in once each, once more when a
 * token is refused. Nothing else is retried here. Every method throws SyncError of the kind the answer means.
 */
export type PlatformApi = {
  /** Base address, without secrets. */
  readonly url: string;
  /** Resolves when it answers and lets both accounts in. @param each how each of its calls is made; default: once */
  readonly probe: (signal: AbortSignal, each?: EachCall) => Promise<void>;
  /** All, also those that are not trusted. */
  readonly cameras: (signal: AbortSignal) => Promise<readonly PlatformCamera[]>;
  readonly organizations: (signal: AbortSignal) => Promise<readonly PlatformOrganization[]>;
  /** Those that began on a UTC day, YYYY-MM-DD, all pages; null for the risk: the platform's own filter. */
  readonly sequencesOf: (
    day: string,
    risk: RiskScore | null,
    signal: AbortSignal,
  ) => Promise<readonly PlatformSequence[]>;
  /** null: not there. */
  readonly sequence: (id: number, signal: AbortSignal) => Promise<PlatformSequence | null>;
  /** Up to `limit` rows (one row a box; more than 100 take several calls), by creation time. */
  readonly detectionsOf: (
    sequenceId: number,
    options: { readonly limit: number; readonly order: "asc" | "desc" },
    signal: AbortSignal,
  ) => Promise<readonly PlatformDetection[]>;
  /** The picture behind a detection's `url`, at most 32 MiB; no account is shown to whoever holds it. */
  readonly picture: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

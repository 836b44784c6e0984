// What the annotation API refuses (422), or breaks on (500), known before anything is sent. Each problem says rule and value.
import { SyncError } from "../errors.ts";
import { parseUtc } from "../utc-time.ts";
import type {
  AnnotationChange,
  NewAnnotation,
  NewDetection,
  NewSequence,
  OlderStage,
  Prediction,
  SourceApi,
  Track,
} from "./annotation-api.ts";
import type { components } from "./generated/annotation-api.ts";
import { isWhole, pictureTypeOf } from "./picture-type.ts";

type Schemas = components["schemas"];

/** The closed list of where a sequence may come from. */
export const sourceApis = [
  "pyronear_french",
  "alert_wildfire",
  "api_cenia",
] as const satisfies readonly SourceApi[];
/** What the source said of a sequence. */
export const wildfireKinds = [
  "wildfire_smoke",
  "other_smoke",
  "other",
] as const satisfies readonly Schemas["AnnotationType"][];
const stages = [
  "imported",
  "ready_to_annotate",
  "seq_annotation_done",
  "annotated",
] as const satisfies readonly Schemas["SequenceAnnotationProcessingStage"][];
/** Only a server can say whether it is so old; nothing new is made in them. */
const olderStages = ["under_annotation", "needs_manual"] as const satisfies readonly OlderStage[];
const smokeTypes = ["wildfire", "industrial", "other"] as const satisfies readonly Schemas["SmokeType"][];
const falsePositiveTypes = [
  "antenna",
  "building",
  "cliff",
  "combine_harvester",
  "dark",
  "dust",
  "high_cloud",
  "low_cloud",
  "lens_flare",
  "lens_droplet",
  "light",
  "rain",
  "trail",
  "road",
  "sky",
  "tree",
  "water_body",
  "other",
  "unlabeled",
] as const satisfies readonly Schemas["FalsePositiveType"][];

const maxInt32 = 2 ** 31 - 1;
const maxVersionChars = 32;

/** null: the value keeps the rule. */
type Problem = string | null;

export function problemsOfSequence(draft: NewSequence): readonly string[] {
  return named([
    ["source_api", oneOf(draft.source_api, sourceApis)],
    ["alert_api_id", whole(draft.alert_api_id)],
    ["camera_name", text(draft.camera_name)],
    ["camera_id", int32(draft.camera_id)],
    ["organisation_name", text(draft.organisation_name)],
    ["organisation_id", int32(draft.organisation_id)],
    ["lat", within(draft.lat, -90, 90)],
    ["lon", within(draft.lon, -180, 180)],
    ["recorded_at", moment(draft.recorded_at)],
    ["last_seen_at", moment(draft.last_seen_at)],
    ["created_at", given(draft.created_at, moment)],
    ["azimuth", given(draft.azimuth, (azimuth) => whole(azimuth, 0, 359))],
    ["is_wildfire_alertapi", given(draft.is_wildfire_alertapi, (kind) => oneOf(kind, wildfireKinds))],
    ["platform_alert_id", given(draft.platform_alert_id, (id) => whole(id))],
    ["temporal_model_score", given(draft.temporal_model_score, finite)],
    ["temporal_model_version", given(draft.temporal_model_version, version)],
    ["temporal_api_version", given(draft.temporal_api_version, version)],
  ]);
}

/** A draft may be looked at before its sequence has an id. */
export function problemsOfDetection(
  draft: Omit<NewDetection, "sequence_id"> & { readonly sequence_id?: number },
): readonly string[] {
  const lists = ["algo_predictions", "others_bboxes", "auto_predictions"] as const;
  return [
    ...named([
      ["sequence_id", given(draft.sequence_id, (id) => int32(id, 1))],
      ["alert_api_id", whole(draft.alert_api_id)],
      ["recorded_at", moment(draft.recorded_at)],
    ]),
    ...lists.flatMap((list) => (draft[list] ?? []).flatMap((one, at) => ofPrediction(one, `${list}[${at}]`))),
  ];
}

/** The service looks at no picture and stores anything; people then have nothing to look at. A whole JPEG or PNG is wanted. */
export function problemsOfPicture(bytes: Uint8Array): readonly string[] {
  if (bytes.length === 0) return ["picture: expected a JPEG, got no bytes"];
  if (pictureTypeOf(bytes) === null) {
    const start = Buffer.from(bytes.subarray(0, 8)).toString("hex");
    return [`picture: expected a JPEG (or PNG), got ${bytes.length} bytes that begin with 0x${start}`];
  }
  return isWhole(bytes)
    ? []
    : [`picture: expected a whole picture, got ${bytes.length} bytes without its end`];
}

/** Of an annotation, or of a change to one. */
export function problemsOfAnnotation(
  draft: AnnotationChange & Partial<Pick<NewAnnotation, "sequence_id">>,
): readonly string[] {
  const { sequence_id, processing_stage, tracks } = draft;
  const isEmpty = tracks?.length === 0 && processing_stage === "ready_to_annotate";
  return [
    ...named([
      ["sequence_id", given(sequence_id, (id) => int32(id, 1))],
      [
        "processing_stage",
        oneOf(processing_stage, sequence_id === undefined ? [...stages, ...olderStages] : stages),
      ],
      // The service would make up tracks of its own, by the rules of its version.
      ["tracks", isEmpty ? "expected at least one track at ready_to_annotate, got none" : null],
    ]),
    ...(tracks ?? []).flatMap((track, at) => ofTrack(track, `tracks[${at}]`)),
  ];
}

/** The rule that edges of a box break; null: none. */
export function problemOfBox(xyxyn: readonly number[]): Problem {
  const got = `got [${xyxyn.join(", ")}]`;
  if (xyxyn.length !== 4 || !xyxyn.every((edge) => Number.isFinite(edge)))
    return `expected four numbers, ${got}`;
  if (!xyxyn.every((edge) => edge >= 0 && edge <= 1)) return `expected edges of 0 to 1, ${got}`;
  const [left, top, right, bottom] = xyxyn as [number, number, number, number];
  // [0, 0, 0, 0], which the service refuses by name, is one of these.
  return left < right && top < bottom ? null : `expected left < right and top < bottom, ${got}`;
}

/** Refuses to send. @throws SyncError permanent with all problems, when there are any. */
export function refuseProblems(name: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new SyncError("permanent", `${name} cannot be sent: ${problems.join("; ")}`);
}

function ofPrediction({ xyxyn, confidence, class_name }: Prediction, name: string): readonly string[] {
  return named([
    [`${name}.xyxyn`, problemOfBox(xyxyn)],
    [`${name}.confidence`, within(confidence, 0, 1)],
    [`${name}.class_name`, text(class_name)],
  ]);
}

function ofTrack({ smoke_type, false_positive_types, bboxes }: Track, name: string): readonly string[] {
  const ids = bboxes.map(({ detection_id }) => detection_id);
  const repeated = [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
  return named([
    [`${name}.smoke_type`, smoke_type === null ? null : oneOf(smoke_type, smokeTypes)],
    ...false_positive_types.map((type, at): [string, Problem] => [
      `${name}.false_positive_types[${at}]`,
      oneOf(type, falsePositiveTypes),
    ]),
    ...bboxes.flatMap(({ detection_id, xyxyn }, at): [string, Problem][] => [
      [`${name}.bboxes[${at}].detection_id`, int32(detection_id, 1)],
      [`${name}.bboxes[${at}].xyxyn`, problemOfBox(xyxyn)],
    ]),
    [
      `${name}.bboxes`,
      repeated.length === 0 ? null : `expected one box a detection, got several of ${repeated.join(", ")}`,
    ],
  ]);
}

function named(rules: readonly (readonly [string, Problem])[]): readonly string[] {
  return rules.flatMap(([name, problem]) => (problem === null ? [] : [`${name}: ${problem}`]));
}

function given<T>(value: T | undefined, rule: (value: T) => Problem): Problem {
  return value === undefined ? null : rule(value);
}

function oneOf(value: string, list: readonly string[]): Problem {
  return list.includes(value) ? null : `expected one of ${list.join(", ")}, got "${value}"`;
}

/** Beyond the safe integers another number than ours would be sent. */
function whole(value: number, from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER): Problem {
  const isWhole = Number.isSafeInteger(value) && value >= from && value <= to;
  return isWhole ? null : `expected a whole number of ${from} to ${to}, got ${value}`;
}

function int32(value: number, from = -maxInt32 - 1): Problem {
  return whole(value, from, maxInt32);
}

function within(value: number, from: number, to: number): Problem {
  return value >= from && value <= to ? null : `expected ${from} to ${to}, got ${value}`;
}

function finite(value: number): Problem {
  return Number.isFinite(value) ? null : `expected a number, got ${value}`;
}

/** The database takes no NUL. */
function text(value: string): Problem {
  return value.trim() !== "" && !value.includes("\0")
    ? null
    : `expected a text, got ${JSON.stringify(value)}`;
}

function version(value: string): Problem {
  const isShort = [...value].length <= maxVersionChars && !value.includes("\0");
  return isShort ? null : `expected at most ${maxVersionChars} characters, got ${JSON.stringify(value)}`;
}

function moment(value: string): Problem {
  return parseUtc(value) === null ? `expected a time like 2026-07-01T10:00:00Z, got "${value}"` : null;
}

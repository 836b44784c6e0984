// Detections of the annotation API: create in three ways, list, get, picture, delete.
import { pathId, readFormBody, readJsonBody, readQuery, type Upload, upload } from "../bodies.ts";
import { type Answer, type Call, json, refusal } from "../call.ts";
import { bigWhole, nullable, object, oneOf, optional, required, text, time, whole } from "../fields.ts";
import type { BigId } from "../json.ts";
import { presignedUrl } from "../pictures.ts";
import { digitsOf, type Micros } from "../times.ts";
import { type Predictions, predictions, readPredictions } from "./boxes.ts";
import { fetchSource } from "./fetch-source.ts";
import { ordered, readPage } from "./paging.ts";
import { fits, noContent } from "./sequences.ts";
import type { AnnotationRoute, AnnotationService } from "./service.ts";
import { showDetection } from "./shown.ts";
import { conflict, type DetectionRecord, type Tables } from "./tables.ts";

/** Name of the bucket. */
export const annotationBucket = "annotation-api";

export function detectionRoutes(service: AnnotationService): readonly AnnotationRoute[] {
  const { tables, anyUser: admit } = service;
  return [
    {
      method: "POST",
      path: "/detections/",
      admit,
      handle: (call, user) => create(call, service, user.username),
    },
    {
      method: "POST",
      path: "/detections/from-url",
      admit,
      handle: async (call, user) => {
        const { source_url, ...draft } = readJsonBody(call, fromUrl);
        return keep(draft, () => fetchSource(source_url), service, user.username);
      },
    },
    {
      method: "POST",
      path: "/detections/from-bucket-key",
      admit,
      handle: async (call, user) => {
        const { source_key, ...draft } = readJsonBody(call, fromBucketKey);
        const sequence = tables.sequences.get(draft.sequence_id);
        if (sequence === undefined) throw refusal(404, "Sequence not found.");
        const load = async (): Promise<Buffer> => {
          const bytes = await service.platformObject(sequence.organisation_id, source_key);
          if (bytes === null) throw refusal(422, "Source object not found");
          if (bytes.length === 0) throw refusal(422, "Source object is empty");
          return bytes;
        };
        return keep(draft, load, service, user.username);
      },
    },
    { method: "GET", path: "/detections/", admit, handle: (call) => json(list(call, tables)) },
    {
      method: "GET",
      path: "/detections/{detection_id}",
      admit,
      handle: (call) => json(showDetection(detectionOf(call, tables, "Detection not found."))),
    },
    {
      method: "GET",
      path: "/detections/{detection_id}/url",
      admit,
      handle: (call) => {
        const { bucket_key } = detectionOf(call, tables, "Detection not found");
        return json({ url: presignedUrl(call.origin, annotationBucket, bucket_key) });
      },
    },
    {
      method: "DELETE",
      path: "/detections/{detection_id}",
      admit,
      handle: (call, user) => {
        const row = detectionOf(call, tables, "Detection not found.");
        tables.noteChange(row.sequence_id, "detection deleted", user.username);
        tables.deleteDetection(row);
        tables.bucket.delete(row.bucket_key);
        return noContent;
      },
    },
  ];
}

const form = {
  algo_predictions: required(text),
  alert_api_id: required(bigWhole),
  sequence_id: required(whole),
  recorded_at: required(time),
  file: required(upload),
  others_bboxes: optional(text, null),
  auto_predictions: optional(text, null),
};

const shared = {
  sequence_id: required(whole),
  recorded_at: required(time),
  alert_api_id: required(bigWhole),
  algo_predictions: required(predictions),
  others_bboxes: optional(nullable(predictions), null),
  auto_predictions: optional(nullable(predictions), null),
};
const fromUrl = object({ source_url: required(text), ...shared });
const fromBucketKey = object({ source_key: required(text), ...shared });

type Draft = {
  readonly sequence_id: number;
  readonly recorded_at: Micros;
  readonly alert_api_id: BigId;
  readonly algo_predictions: Predictions;
  readonly others_bboxes: Predictions | null;
  readonly auto_predictions: Predictions | null;
};

async function create(call: Call, service: AnnotationService, by: string): Promise<Answer> {
  const { file, ...given } = await readFormBody(call, form);
  const optionalBoxes = (name: "others_bboxes" | "auto_predictions"): Predictions | null => {
    const value = given[name];
    return value === null ? null : readPredictions(name, value);
  };
  const draft: Draft = {
    ...given,
    algo_predictions: readPredictions("algo_predictions", given.algo_predictions),
    others_bboxes: optionalBoxes("others_bboxes"),
    auto_predictions: optionalBoxes("auto_predictions"),
  };
  return keep(draft, async () => (file as Upload).bytes, service, by);
}

/** The row is written before the picture is had: when that fails, the row goes and its id with it. */
async function keep(
  draft: Draft,
  load: () => Promise<Buffer>,
  { tables, now }: AnnotationService,
  by: string,
): Promise<Answer> {
  fits(draft.alert_api_id, 64);
  const free = (): boolean =>
    tables.sequences.get(draft.sequence_id) !== undefined &&
    tables.detections.byKey(`${draft.sequence_id} ${draft.alert_api_id}`) === undefined;
  const id = tables.detections.burn();
  if (!free()) throw conflict();
  const bytes = await load();
  // Somebody else may have been quicker while the picture was on its way.
  if (!free()) throw conflict();
  tables.noteChange(draft.sequence_id, "detection added", by);
  const bucket_key = tables.bucket.put((sha256) => keyOf(draft, id, sha256, bytes), bytes);
  const row = { ...draft, id, bucket_key, created_at: now() };
  return json(showDetection(tables.addDetection(row)), 201);
}

function keyOf({ sequence_id, recorded_at }: Draft, id: number, sha256: string, bytes: Buffer): string {
  const digits = digitsOf(recorded_at);
  const name = `${digits.slice(0, 8)}_${digits.slice(8)}_det${id}_${sha256.slice(0, 8)}`;
  return `detections/sequence_${sequence_id}/${name}${extensionOf(bytes)}`;
}

/** From the content, not from the name of the file. */
function extensionOf(bytes: Buffer): string {
  if (bytes.length === 0) return "";
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return ".jpg";
  if (bytes.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))) return ".png";
  return /^[\t\n\r\x20-\x7e]*$/.test(bytes.toString("latin1")) ? ".txt" : ".bin";
}

const query = {
  sequence_id: optional(whole, null),
  order_by: optional(oneOf(["created_at", "recorded_at"]), "created_at"),
  order_direction: optional(oneOf(["asc", "desc"]), "desc"),
};

function list(call: Call, tables: Tables): object {
  const { sequence_id, order_by, order_direction } = readQuery(call, query);
  const page = readPage(call);
  const rows = sequence_id === null ? tables.detections.all() : tables.detectionsOf(sequence_id);
  return page.of(
    ordered(rows, (row) => row[order_by], order_direction),
    showDetection,
  );
}

function detectionOf(call: Call, tables: Tables, missing: string): DetectionRecord {
  const row = tables.detections.get(pathId(call, "detection_id"));
  if (row === undefined) throw refusal(404, missing);
  return row;
}

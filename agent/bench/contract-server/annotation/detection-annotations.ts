// Annotations of single detections: boxes a person drew on a picture. Importers do not write them.
import { readFormBody, readJsonBody, readQuery } from "../bodies.ts";
import { type Answer, type Call, Crashed, json, refusal } from "../call.ts";
import {
  blame,
  blameValue,
  listOf,
  nullable,
  object,
  oneOf,
  optional,
  type Problem,
  type Reader,
  required,
  text,
  whole,
} from "../fields.ts";
import { PythonValueError, repr, Tuple } from "../python.ts";
import { xyxyn } from "./boxes.ts";
import { ordered, readPage } from "./paging.ts";
import type { AnnotationRoute, AnnotationService } from "./service.ts";
import { showDetectionAnnotation } from "./shown.ts";
import { conflict, type Tables, type UserRecord } from "./tables.ts";
import { falsePositiveTypes, oneObject, smokeTypes } from "./track-fields.ts";

const stages = ["imported", "visual_check", "bbox_annotation", "annotated"] as const;
const path = "/annotations/detections/";

export function detectionAnnotationRoutes(service: AnnotationService): readonly AnnotationRoute[] {
  const { tables, anyUser, localizer } = service;
  return [
    { method: "POST", path, admit: localizer, handle: (call, user) => create(call, user, service) },
    {
      method: "POST",
      path: `${path}bulk`,
      admit: localizer,
      handle: (call, user) => json(upsertAll(call, user, service)),
    },
    { method: "GET", path, admit: anyUser, handle: (call) => json(list(call, tables)) },
  ];
}

const itemFields = object({
  xyxyn: required(xyxyn),
  class_name: required(text),
  smoke_type: optional(nullable(oneOf(smokeTypes)), null),
  false_positive_type: optional(nullable(oneOf(falsePositiveTypes)), null),
  origin: optional(oneOf(["engine", "auto", "human"]), "human"),
});

type Item = ReturnType<typeof itemFields>;

const item: Reader<Item> = (value, place) => {
  const before = place.problems.length;
  const read = itemFields(value, place);
  if (place.problems.length > before || (read.smoke_type === null) !== (read.false_positive_type === null))
    return read;
  return blameValue(place, value, "Exactly one of smoke_type or false_positive_type must be set");
};

const itemsFields = object({ annotation: required(listOf(item)) }, { wrongType: "model_type" });

const items: Reader<{ readonly annotation: readonly Item[] }> = (value, place) => {
  const before = place.problems.length;
  const read = itemsFields(value, place);
  if (place.problems.length > before) return read;
  const smoke = read.annotation.filter((one) => one.smoke_type !== null).length;
  if (smoke <= 1) return read;
  const words = `At most one smoke box is allowed per detection annotation (got ${smoke}).`;
  return blameValue(place, value, `${words} ${oneObject}`);
};

const form = {
  detection_id: required(whole),
  annotation: required(text),
  processing_stage: required(oneOf(stages)),
};

async function create(call: Call, user: UserRecord, { tables, now }: AnnotationService): Promise<Answer> {
  const given = await readFormBody(call, form);
  const { annotation } = readItems(given.annotation);
  const row = tables.detectionAnnotations.insert((id) => {
    const detection = tables.detections.get(given.detection_id);
    if (detection === undefined) throw conflict();
    tables.noteChange(detection.sequence_id, "detection annotation added", user.username);
    return {
      id,
      detection_id: given.detection_id,
      items: annotation,
      processing_stage: given.processing_stage,
      created_at: now(),
      updated_at: null,
      contributors: given.processing_stage === "annotated" ? [user] : [],
    };
  });
  return json(showDetectionAnnotation(row), 201);
}

/** Text that is no JSON is not caught by the server. @throws Crashed, Refused */
function readItems(value: string): { readonly annotation: readonly Item[] } {
  let given: unknown;
  try {
    given = JSON.parse(value);
  } catch {
    throw new Crashed(
      "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    );
  }
  const problems: Problem[] = [];
  const read = items(given, { loc: [], problems });
  if (problems.length === 0) return read;
  const told = problems.map(({ ctx, loc, ...problem }) => ({
    type: problem.type,
    loc: new Tuple(loc),
    msg: problem.msg,
    input: problem.input,
    ...(ctx === undefined ? {} : { ctx: pythonContext(ctx) }),
    url: `https://errors.pydantic.dev/2.13/v/${problem.type}`,
  }));
  throw refusal(422, `Invalid annotation format: ${repr(told)}`);
}

function pythonContext(ctx: object): object {
  const { error } = ctx as { error?: unknown };
  return typeof error === "string" ? { error: new PythonValueError(error) } : ctx;
}

const bulkBody = object({
  sequence_id: required(whole),
  items: required((value, place) => {
    const read = listOf(
      object({
        detection_id: required(whole),
        annotation: required(items),
        processing_stage: required(oneOf(stages)),
      }),
    )(value, place);
    const length = Array.isArray(value) ? value.length : 1;
    if (length < 1 || length > 500)
      return blame<typeof read>(
        place,
        value,
        length < 1 ? "too_short" : "too_long",
        `List should have at ${length < 1 ? "least 1 item" : "most 500 items"} after validation, not ${length}`,
      );
    return read;
  }),
});

/** All or none. */
function upsertAll(call: Call, user: UserRecord, { tables, now }: AnnotationService): object {
  const { sequence_id, items: given } = readJsonBody(call, bulkBody);
  if (tables.sequences.get(sequence_id) === undefined) throw refusal(404, "Sequence not found.");
  const foreign = given.filter((one) => tables.detections.get(one.detection_id)?.sequence_id !== sequence_id);
  if (foreign.length > 0) {
    const ids = foreign.map((one) => one.detection_id).join(", ");
    throw refusal(422, `Detection IDs [${ids}] do not belong to sequence ${sequence_id}`);
  }
  tables.noteChange(sequence_id, "detection annotations written", user.username);
  const results = given.map(({ detection_id, annotation, processing_stage }) => {
    const was = tables.detectionAnnotations.byKey(String(detection_id));
    const change = { items: annotation.annotation, processing_stage };
    const row =
      was === undefined
        ? tables.detectionAnnotations.insert((id) => ({
            ...change,
            id,
            detection_id,
            created_at: now(),
            updated_at: null,
            contributors: processing_stage === "annotated" ? [user] : [],
          }))
        : tables.detectionAnnotations.update({ ...was, ...change, updated_at: now() });
    return { annotation_id: row.id, detection_id, processing_stage };
  });
  return { results };
}

const query = {
  detection_id: optional(whole, null),
  sequence_id: optional(whole, null),
  processing_stage: optional(oneOf(stages), null),
  order_direction: optional(oneOf(["asc", "desc"]), "desc"),
};

function list(call: Call, tables: Tables): object {
  const wanted = readQuery(call, query);
  const page = readPage(call);
  const rows = tables.detectionAnnotations.all().filter((row) => {
    const sequence = tables.detections.get(row.detection_id)?.sequence_id;
    if (wanted.sequence_id !== null && wanted.sequence_id !== sequence) return false;
    if (wanted.detection_id !== null && wanted.detection_id !== row.detection_id) return false;
    return wanted.processing_stage === null || wanted.processing_stage === row.processing_stage;
  });
  return page.of(
    ordered(rows, (row) => row.created_at, wanted.order_direction),
    showDetectionAnnotation,
  );
}

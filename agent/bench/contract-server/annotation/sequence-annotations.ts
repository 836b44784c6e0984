// Annotations of sequences: one a sequence, made by hand or from predictions.
import { pathId, readJsonBody, readQuery } from "../bodies.ts";
import { type Answer, type Call, Crashed, json, refusal } from "../call.ts";
import {
  decimal,
  nullable,
  object,
  oneOf,
  optional,
  type Reader,
  required,
  whole,
  within,
  yesOrNo,
} from "../fields.ts";
import { checkDetections, checkDone, contributorsOf, finishDetections } from "./done-rules.ts";
import { generateTracks, type Thresholds, type TrackRow } from "./generate-tracks.ts";
import { ordered, readPage } from "./paging.ts";
import { noContent } from "./sequences.ts";
import type { AnnotationRoute, AnnotationService } from "./service.ts";
import { flagsOf, showAnnotation } from "./shown.ts";
import { type AnnotationRecord, conflict, type Tables, type UserRecord } from "./tables.ts";
import { tracksField } from "./track-fields.ts";

export function sequenceAnnotationRoutes(service: AnnotationService): readonly AnnotationRoute[] {
  const { tables, anyUser: admit } = service;
  const path = "/annotations/sequences/";
  const one = `${path}{annotation_id}`;
  return [
    { method: "POST", path, admit, handle: (call, user) => create(call, user, service) },
    { method: "GET", path, admit, handle: (call) => json(list(call, service)) },
    {
      method: "GET",
      path: one,
      admit,
      handle: (call) => json(showAnnotation(annotationOf(call, tables))),
    },
    { method: "PATCH", path: one, admit, handle: (call, user) => update(call, user, service) },
    {
      method: "DELETE",
      path: one,
      admit,
      handle: (call, user) => {
        const row = annotationOf(call, tables);
        tables.noteChange(row.sequence_id, "annotation deleted", user.username);
        tables.annotations.delete(row);
        return noContent;
      },
    },
  ];
}

const share = nullable(within(decimal as Reader<number>, 0, 1) as Reader<number>);
const count = nullable(within(whole, 1) as Reader<number>);

function createFields({ stages }: AnnotationService) {
  return object({
    sequence_id: required(whole),
    has_missed_smoke: required(yesOrNo),
    is_unsure: optional(yesOrNo, false),
    annotation: required(tracksField),
    processing_stage: required(oneOf(stages)),
    confidence_threshold: optional(share, 0),
    iou_threshold: optional(share, 0),
    min_cluster_size: optional(count, 1),
  });
}

async function create(call: Call, user: UserRecord, service: AnnotationService): Promise<Answer> {
  const { tables, now } = service;
  const given = readJsonBody(call, createFields(service));
  const sent = given.annotation.sequences_bbox;
  checkDetections(sent, tables);
  const generates = given.processing_stage === "ready_to_annotate" && sent.length === 0;
  const tracks = generates
    ? generated(given.sequence_id, tables, {
        confidence_threshold: given.confidence_threshold ?? 0,
        iou_threshold: given.iou_threshold ?? 0,
        min_cluster_size: given.min_cluster_size ?? 1,
      })
    : sent;
  const draft = {
    sequence_id: given.sequence_id,
    has_missed_smoke: given.has_missed_smoke,
    is_unsure: given.is_unsure,
    tracks,
    processing_stage: given.processing_stage,
  };
  checkDone(draft, tables);
  const row = tables.annotations.insert((id) => {
    if (tables.sequences.get(given.sequence_id) === undefined) throw conflict();
    return {
      ...draft,
      id,
      created_at: now(),
      updated_at: null,
      contributors: contributorsOf(draft, [], user),
    };
  });
  finishDetections(row, user, service);
  return json(showAnnotation(row), 201);
}

function updateFields({ stages }: AnnotationService) {
  return object({
    has_missed_smoke: optional(nullable(yesOrNo), null),
    is_unsure: optional(nullable(yesOrNo), null),
    annotation: optional(nullable(tracksField), null),
    processing_stage: optional(nullable(oneOf(stages)), null),
    confidence_threshold: optional<number | null | undefined>(share, undefined),
    iou_threshold: optional<number | null | undefined>(share, undefined),
    min_cluster_size: optional<number | null | undefined>(count, undefined),
  });
}

function update(call: Call, user: UserRecord, service: AnnotationService): Answer {
  const { tables, now } = service;
  const given = readJsonBody(call, updateFields(service));
  const was = annotationOf(call, tables);
  const sent = given.annotation?.sequences_bbox;
  if (sent !== undefined) checkDetections(sent, tables);
  for (const name of ["confidence_threshold", "iou_threshold", "min_cluster_size"] as const)
    if (given[name] !== undefined)
      throw new Crashed(`ValueError: "SequenceAnnotation" object has no field "${name}"`);
  const kept = sent ?? was.tracks;
  const regenerates = given.processing_stage === "ready_to_annotate" && kept.length === 0;
  const draft = {
    ...was,
    has_missed_smoke: given.has_missed_smoke ?? was.has_missed_smoke,
    is_unsure: given.is_unsure ?? was.is_unsure,
    processing_stage: given.processing_stage ?? was.processing_stage,
    tracks: regenerates
      ? generated(was.sequence_id, tables, { confidence_threshold: 0, iou_threshold: 0, min_cluster_size: 1 })
      : kept,
  };
  if (given.processing_stage !== null) checkDone(draft, tables);
  tables.noteChange(was.sequence_id, "annotation updated", user.username);
  const changed = JSON.stringify(draft) !== JSON.stringify(was);
  const row = tables.annotations.update({
    ...draft,
    updated_at: changed ? now() : was.updated_at,
    contributors: contributorsOf(draft, was.contributors, user),
  });
  finishDetections(row, user, service);
  return json(showAnnotation(row));
}

function generated(sequenceId: number, tables: Tables, thresholds: Thresholds): readonly TrackRow[] {
  const detections = ordered(tables.detectionsOf(sequenceId), (row) => row.recorded_at, "asc");
  return generateTracks(
    detections.map(({ id, algo_predictions }) => ({ id, predictions: algo_predictions.predictions })),
    thresholds,
  );
}

function annotationOf(call: Call, tables: Tables): AnnotationRecord {
  const row = tables.annotations.get(pathId(call, "annotation_id"));
  if (row === undefined) throw refusal(404, "Sequence annotation not found.");
  return row;
}

const query = {
  sequence_id: optional(whole, null),
  has_smoke: optional(yesOrNo, null),
  has_false_positives: optional(yesOrNo, null),
  has_missed_smoke: optional(yesOrNo, null),
  is_unsure: optional(yesOrNo, null),
  order_direction: optional(oneOf(["asc", "desc"]), "desc"),
};

function list(call: Call, { tables, stages }: AnnotationService): object {
  const wanted = readQuery(call, {
    ...query,
    processing_stage: optional(oneOf(stages), null),
  });
  const page = readPage(call);
  const flags = ["has_smoke", "has_false_positives", "has_missed_smoke", "is_unsure"] as const;
  const rows = tables.annotations.all().filter((row) => {
    const shown = { ...row, ...flagsOf(row) };
    if (wanted.sequence_id !== null && wanted.sequence_id !== row.sequence_id) return false;
    if (wanted.processing_stage !== null && wanted.processing_stage !== row.processing_stage) return false;
    return flags.every((flag) => wanted[flag] === null || wanted[flag] === shown[flag]);
  });
  return page.of(
    ordered(rows, (row) => row.created_at, wanted.order_direction),
    (row) => showAnnotation(row),
  );
}

// The list of sequences with its filters; a stage the server does not know is no filter at all.
import { readQuery } from "../bodies.ts";
import type { Call } from "../call.ts";
import { listOf, oneOf, optional, text, time, whole, yesOrNo } from "../fields.ts";
import { bigIdOf } from "../json.ts";
import { spacedTime } from "../times.ts";
import { ordered, readPage } from "./paging.ts";
import type { AnnotationService } from "./service.ts";
import { flagsOf, showAnnotation, showSequence } from "./shown.ts";
import type { AnnotationRecord, SequenceRecord } from "./tables.ts";

const query = {
  source_api: optional(text, null),
  camera_id: optional(whole, null),
  camera_name: optional(text, null),
  organisation_id: optional(whole, null),
  organisation_name: optional(text, null),
  is_wildfire_alertapi: optional(text, null),
  has_annotation: optional(yesOrNo, null),
  include_annotation: optional(yesOrNo, false),
  processing_stage: optional(listOf(text), []),
  has_missed_smoke: optional(yesOrNo, null),
  has_smoke: optional(yesOrNo, null),
  has_false_positives: optional(yesOrNo, null),
  false_positive_types: optional(listOf(text), []),
  smoke_types: optional(listOf(text), []),
  is_unsure: optional(yesOrNo, null),
  needs_localization: optional(yesOrNo, null),
  recorded_at_gte: optional(time, null),
  recorded_at_lte: optional(time, null),
  platform_alert_id: optional(text, null),
  order_by: optional(oneOf(["created_at", "recorded_at"]), "created_at"),
  order_direction: optional(oneOf(["asc", "desc"]), "desc"),
};

type Wanted = ReturnType<typeof readWanted>;

const readWanted = (call: Call) =>
  readQuery(call, query, ["processing_stage", "false_positive_types", "smoke_types"]);

/** A page. @throws Refused 422. */
export function listSequences(call: Call, { tables, stages }: AnnotationService): object {
  const wanted = readWanted(call);
  const page = readPage(call);
  const known = wanted.processing_stage.filter(
    (stage) => stage === "no_annotation" || stages.includes(stage),
  );
  const rows = tables.sequences.all().filter((row) => {
    const annotation = tables.annotationOf(row.id);
    const stage = annotation?.processing_stage ?? "no_annotation";
    if (known.length > 0 && !known.includes(stage)) return false;
    return sequenceFits(row, wanted) && annotationFits(annotation, wanted);
  });
  const order = ordered(rows, (row) => row[wanted.order_by], wanted.order_direction);
  if (!wanted.include_annotation) return page.of(order, (row) => showSequence(row));
  return page.of(order, (row) => {
    const annotation = tables.annotationOf(row.id);
    return {
      ...showSequence(row, spacedTime),
      annotation: annotation === undefined ? null : showAnnotation(annotation, spacedTime),
    };
  });
}

function sequenceFits(row: SequenceRecord, wanted: Wanted): boolean {
  const equal = ["source_api", "camera_id", "camera_name", "organisation_id", "organisation_name"] as const;
  if (equal.some((name) => wanted[name] !== null && wanted[name] !== row[name])) return false;
  const { is_wildfire_alertapi: kind, platform_alert_id: alert } = wanted;
  if (kind !== null && (kind === "null" ? null : kind) !== row.is_wildfire_alertapi) return false;
  if (alert !== null && bigIdOf(alert) !== row.platform_alert_id) return false;
  if (wanted.recorded_at_gte !== null && row.recorded_at < wanted.recorded_at_gte) return false;
  return wanted.recorded_at_lte === null || row.recorded_at <= wanted.recorded_at_lte;
}

function annotationFits(annotation: AnnotationRecord | undefined, wanted: Wanted): boolean {
  if (wanted.has_annotation !== null && wanted.has_annotation !== (annotation !== undefined)) return false;
  const flags = annotation === undefined ? null : { ...annotation, ...flagsOf(annotation) };
  const equal = ["has_missed_smoke", "has_smoke", "has_false_positives", "is_unsure"] as const;
  if (equal.some((name) => wanted[name] !== null && wanted[name] !== flags?.[name])) return false;
  const lists = ["false_positive_types", "smoke_types"] as const;
  if (
    lists.some(
      (name) => wanted[name].length > 0 && !wanted[name].some((type) => flags?.[name].includes(type)),
    )
  )
    return false;
  if (wanted.needs_localization === null) return true;
  const needs = flags !== null && (flags.has_smoke || flags.has_missed_smoke) && !flags.is_unsure;
  return needs === wanted.needs_localization;
}

// Alerts, the sequences that came of one report of the platform: look-up, skip, temporal score.
import { readJsonBody, readQuery } from "../bodies.ts";
import { type Call, json, refusal } from "../call.ts";
import {
  bigWhole,
  decimal,
  nullable,
  object,
  oneOf,
  optional,
  required,
  text,
  textWithin,
} from "../fields.ts";
import type { BigId } from "../json.ts";
import { zuluTime } from "../times.ts";
import { noContent } from "./sequences.ts";
import type { AnnotationRoute, AnnotationService } from "./service.ts";
import { showAnnotation, showSequence } from "./shown.ts";
import { type SequenceRecord, sequenceKey, sourceApis, type Tables } from "./tables.ts";

export function alertRoutes(service: AnnotationService): readonly AnnotationRoute[] {
  const { tables, now, anyUser: admit } = service;
  return [
    { method: "GET", path: "/sequences/alert", admit, handle: (call) => json(showAlert(call, tables)) },
    {
      method: "POST",
      path: "/sequences/alert/skip",
      admit,
      handle: (call, user) => {
        const { note, ...alert } = readJsonBody(call, skipBody);
        const lanes = lanesOf(alert, tables);
        if (tables.skips.has(skipKey(alert))) throw refusal(409, "Alert is already skipped");
        if (lanes.every((row) => tables.annotationOf(row.id)?.processing_stage === "annotated"))
          throw refusal(409, "Alert is already fully annotated");
        const skip = { skipped_at: now(), skipped_by: user.username, note };
        tables.skips.set(skipKey(alert), skip);
        return json({ ...skip, skipped_at: zuluTime(skip.skipped_at) }, 201);
      },
    },
    {
      method: "DELETE",
      path: "/sequences/alert/skip",
      admit,
      handle: (call) => {
        if (!tables.skips.delete(skipKey(readQuery(call, alertKey))))
          throw refusal(404, "Alert is not skipped");
        return noContent;
      },
    },
    {
      method: "PATCH",
      path: "/sequences/temporal-score",
      admit,
      handle: (call) => {
        const { source_api, alert_api_id, ...score } = readJsonBody(call, scoreBody);
        const row = tables.sequences.byKey(sequenceKey({ source_api, alert_api_id }));
        if (row === undefined) throw refusal(404, "Sequence not found.");
        return json(showSequence(tables.sequences.update({ ...row, ...score })));
      },
    },
  ];
}

const alertKey = { source_api: required(oneOf(sourceApis)), platform_alert_id: required(bigWhole) };
type Alert = { readonly source_api: string; readonly platform_alert_id: BigId };

const skipBody = object({ ...alertKey, note: optional(nullable(text), null) });

const scoreBody = object({
  source_api: required(oneOf(sourceApis)),
  alert_api_id: required(bigWhole),
  temporal_model_score: required(nullable(decimal)),
  temporal_model_version: required(nullable(textWithin(0, 32))),
  temporal_api_version: required(nullable(textWithin(0, 32))),
});

function skipKey({ source_api, platform_alert_id }: Alert): string {
  return `${source_api} ${platform_alert_id}`;
}

/** @throws Refused 404 when there is none. */
function lanesOf({ source_api, platform_alert_id }: Alert, tables: Tables): readonly SequenceRecord[] {
  const lanes = tables.sequences
    .all()
    .filter((row) => row.source_api === source_api && row.platform_alert_id === platform_alert_id);
  if (lanes.length === 0) throw refusal(404, "Alert not found");
  return lanes;
}

function showAlert(call: Call, tables: Tables): object {
  const alert = readQuery(call, alertKey);
  const lanes = lanesOf(alert, tables);
  const { camera_name, organisation_name, recorded_at } = lanes[0]!;
  return {
    ...alert,
    camera_name,
    organisation_name,
    recorded_at: zuluTime(recorded_at),
    lanes: lanes.map((row) => {
      const annotation = tables.annotationOf(row.id);
      return {
        sequence: showSequence(row),
        annotation: annotation === undefined ? null : showAnnotation(annotation),
      };
    }),
  };
}

// Rows of the annotation API as they arrive: what is missing or of another kind is refused, what is new is let through.
import { z } from "zod";
import type { AnnotationRow, DetectionRow, SequenceRow } from "./annotation-api.ts";

const id = z.int();
/** Signed 64 bit at the service: what is beyond 2^53 comes rounded, is none of ours, and must not spoil the list it stands in. */
const sourceId = z.number();
const box = z.array(z.number()).length(4);
const predictions = z.object({
  predictions: z.array(
    z.looseObject({ xyxyn: z.array(z.number()), confidence: z.number(), class_name: z.string() }),
  ),
});

export const sequenceRow: z.ZodType<SequenceRow> = z.looseObject({
  id,
  source_api: z.string(),
  alert_api_id: sourceId,
  created_at: z.string(),
  recorded_at: z.string(),
  last_seen_at: z.string(),
  camera_name: z.string(),
  camera_id: z.int(),
  lat: z.number(),
  lon: z.number(),
  azimuth: z.int().nullable(),
  is_wildfire_alertapi: z.string().nullable(),
  organisation_name: z.string(),
  organisation_id: z.int(),
  platform_alert_id: sourceId,
  sequence_group_id: id.nullable().optional(),
  temporal_model_score: z.number().nullable().optional(),
  temporal_model_version: z.string().nullable().optional(),
  temporal_api_version: z.string().nullable().optional(),
  is_manual: z.boolean().optional(),
});

export const detectionRow: z.ZodType<DetectionRow> = z.looseObject({
  id,
  sequence_id: id.nullable(),
  recorded_at: z.string(),
  alert_api_id: sourceId,
  bucket_key: z.string(),
  algo_predictions: predictions,
  others_bboxes: predictions.nullable().optional(),
  auto_predictions: predictions.nullable().optional(),
  created_at: z.string(),
});

export const annotationRow: z.ZodType<AnnotationRow> = z.looseObject({
  id,
  sequence_id: id,
  has_smoke: z.boolean(),
  has_false_positives: z.boolean(),
  false_positive_types: z.array(z.string()),
  smoke_types: z.array(z.string()),
  has_missed_smoke: z.boolean(),
  is_unsure: z.boolean(),
  annotation: z.object({
    sequences_bbox: z.array(
      z.looseObject({
        is_smoke: z.boolean(),
        smoke_type: z.string().nullable().optional(),
        false_positive_types: z.array(z.string()).optional(),
        bboxes: z.array(z.looseObject({ detection_id: id, xyxyn: box })),
      }),
    ),
  }),
  processing_stage: z.string(),
  created_at: z.string(),
  updated_at: z.string().nullable(),
});

/** All lanes of one alert. */
export const alertRow = z.looseObject({ lanes: z.array(z.looseObject({ sequence: sequenceRow })) });

export const sourceApiRows = z.array(z.looseObject({ id: z.string() }));
export const urlRow = z.looseObject({ url: z.string().min(1) });

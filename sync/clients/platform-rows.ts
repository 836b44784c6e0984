// Rows of the alert platform as they arrive: what is missing or of another kind is refused, what is new is let through.
import { z } from "zod";
import type {
  PlatformCamera,
  PlatformDetection,
  PlatformOrganization,
  PlatformSequence,
} from "./platform-api.ts";

const id = z.int();

const pose = z.looseObject({
  id,
  camera_id: id,
  azimuth: z.number(),
  patrol_id: z.int().nullable().optional(),
  active: z.boolean(),
});

export const cameraRow: z.ZodType<PlatformCamera> = z.looseObject({
  id,
  organization_id: id,
  name: z.string(),
  lat: z.number(),
  lon: z.number(),
  angle_of_view: z.number().optional(),
  elevation: z.number().optional(),
  is_trustable: z.boolean().optional(),
  last_active_at: z.string().nullable().optional(),
  last_image: z.string().nullable().optional(),
  created_at: z.string().optional(),
  poses: z.array(pose).optional(),
  last_image_url: z.string().nullable().optional(),
});

export const organizationRow: z.ZodType<PlatformOrganization> = z.looseObject({
  id,
  name: z.string(),
  telegram_id: z.string().nullable().optional(),
  slack_hook: z.string().nullable().optional(),
});

export const sequenceRow: z.ZodType<PlatformSequence> = z.looseObject({
  id,
  camera_id: id,
  pose_id: id.nullable().optional(),
  camera_azimuth: z.number().optional(),
  is_wildfire: z.string().nullable().optional(),
  sequence_azimuth: z.number().nullable().optional(),
  cone_angle: z.number().nullable().optional(),
  started_at: z.string(),
  last_seen_at: z.string(),
  max_conf: z.number().nullable().optional(),
  temporal_model_score: z.number().nullable().optional(),
  temporal_model_version: z.string().nullable().optional(),
  temporal_api_version: z.string().nullable().optional(),
  is_validated: z.boolean().optional(),
  detections_count: z.int().optional(),
});

const detection = {
  id,
  camera_id: id,
  pose_id: id.optional(),
  sequence_id: id.nullable().optional(),
  bucket_key: z.string(),
  crop_bucket_key: z.string().nullable().optional(),
  bbox: z.string(),
  others_bboxes: z.string().nullable().optional(),
  created_at: z.string(),
  recorded_at: z.string().optional(),
};

export const detectionRow: z.ZodType<PlatformDetection> = z.looseObject({
  ...detection,
  url: z.string(),
  crop_url: z.string().nullable().optional(),
});

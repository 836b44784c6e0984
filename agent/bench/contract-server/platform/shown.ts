// Rows as the platform shows them: times without an offset.
import { presignedUrl } from "../pictures.ts";
import { naiveTime } from "../times.ts";
import type {
  CameraRecord,
  PlatformDetectionRecord,
  PlatformSequenceRecord,
  PlatformTables,
  PoseRecord,
} from "./tables.ts";

/** Name of an organization's bucket. */
export function bucketOf(organizationId: number): string {
  return `fake-alert-api-${organizationId}`;
}

export function showCamera(row: CameraRecord): object {
  return {
    ...row,
    last_active_at: row.last_active_at === null ? null : naiveTime(row.last_active_at),
    created_at: naiveTime(row.created_at),
    poses: [],
  };
}

/** With its poses and the address of its last picture, as the list shows it. */
export function showCameraOfList(row: CameraRecord, tables: PlatformTables, origin: string): object {
  const { last_image, organization_id } = row;
  return {
    ...showCamera(row),
    poses: tables.poses
      .all()
      .filter((pose) => pose.camera_id === row.id)
      .map(({ image: _, ...pose }) => pose),
    last_image_url: last_image === null ? null : presignedUrl(origin, bucketOf(organization_id), last_image),
  };
}

export function showPose(row: PoseRecord): object {
  return { ...row, image_url: null };
}

export function showSequence(row: PlatformSequenceRecord): object {
  return { ...row, started_at: naiveTime(row.started_at), last_seen_at: naiveTime(row.last_seen_at) };
}

export function showDetection(row: PlatformDetectionRecord): object {
  return {
    ...row,
    crop_bucket_key: null,
    created_at: naiveTime(row.created_at),
    recorded_at: naiveTime(row.recorded_at),
  };
}

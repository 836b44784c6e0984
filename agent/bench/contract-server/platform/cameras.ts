// Cameras and their poses: the list people read, and what a camera says of itself.
import { pathId, readFormBody, readJsonBody, readQuery, upload } from "../bodies.ts";
import { type Call, json, refusal } from "../call.ts";
import { decimal, object, optional, required, textWithin, whole, within, yesOrNo } from "../fields.ts";
import { digitsOf, naiveTime } from "../times.ts";
import type { Asker, PlatformRoute, PlatformService } from "./service.ts";
import { bucketOf, showCamera, showCameraOfList, showPose } from "./shown.ts";
import type { CameraRecord, PlatformTables, PoseRecord } from "./tables.ts";

export function cameraRoutes(service: PlatformService): readonly PlatformRoute[] {
  const { tables, now, only, issue } = service;
  return [
    {
      method: "GET",
      path: "/cameras/",
      admit: only("admin", "agent", "user"),
      handle: (call, asker) => {
        const { include_non_trustable: all } = readQuery(call, {
          include_non_trustable: optional(yesOrNo, false),
        });
        const rows = tables.cameras.all().filter((row) => (all || row.is_trustable) && mayRead(asker, row));
        return json(rows.map((row) => showCameraOfList(row, tables, call.origin)));
      },
    },
    {
      method: "POST",
      path: "/cameras/",
      admit: only("admin"),
      handle: (call) => {
        const fresh = { last_active_at: null, last_image: null, created_at: now() };
        return json(showCamera(tables.cameras.insert({ ...readJsonBody(call, cameraBody), ...fresh })), 201);
      },
    },
    {
      method: "PATCH",
      path: "/cameras/heartbeat",
      admit: only("camera"),
      handle: (_call, asker) =>
        json(showCamera(tables.cameras.update({ ...cameraOf(asker.id, tables), last_active_at: now() }))),
    },
    {
      method: "PATCH",
      path: "/cameras/image",
      admit: only("camera"),
      handle: async (call, asker) => {
        const last_image = await keepPicture(call, asker, service);
        const row = { ...cameraOf(asker.id, tables), last_active_at: now(), last_image };
        return json(showCamera(tables.cameras.update(row)));
      },
    },
    {
      method: "POST",
      path: "/cameras/{camera_id}/token",
      admit: only("admin"),
      handle: (call) => {
        const { id, organization_id: organizationId } = cameraOf(pathId(call, "camera_id"), tables);
        return json({ access_token: issue({ id, organizationId, scope: "camera" }), token_type: "bearer" });
      },
    },
    {
      method: "GET",
      path: "/poses/",
      admit: only("camera"),
      handle: (_call, asker) =>
        json(
          tables.poses
            .all()
            .filter((row) => row.camera_id === asker.id)
            .map(showPose),
        ),
    },
    {
      method: "POST",
      path: "/poses/",
      admit: only("admin"),
      handle: (call) => {
        const draft = readJsonBody(call, poseBody);
        cameraOf(draft.camera_id, tables);
        return json(showPose(tables.poses.insert({ ...draft, image: null })), 201);
      },
    },
    {
      method: "PATCH",
      path: "/poses/{pose_id}/image",
      admit: only("camera"),
      handle: async (call, asker) => {
        const pose = poseOf(pathId(call, "pose_id"), asker, tables);
        const image = await keepPicture(call, asker, service);
        return json(showPose(tables.poses.update({ ...pose, image })));
      },
    },
    {
      method: "GET",
      path: "/poses/{pose_id}/occlusion_masks",
      admit: only("camera", "admin", "agent"),
      handle: (call) => {
        const pose = pathId(call, "pose_id");
        const rows = tables.masks.all().filter((row) => row.pose_id === pose);
        return json(rows.map((row) => ({ ...row, created_at: naiveTime(row.created_at) })));
      },
    },
  ];
}

const cameraBody = object({
  name: required(textWithin(5, 100)),
  organization_id: required(whole),
  angle_of_view: required(within(decimal, 0, 360)),
  elevation: required(within(decimal, 0, 10_000)),
  lat: required(within(decimal, -90, 90)),
  lon: required(within(decimal, -180, 180)),
  is_trustable: optional(yesOrNo, true),
});

const poseBody = object({
  camera_id: required(whole),
  azimuth: required(within(decimal, 0, 360)),
  patrol_id: optional(whole, null),
  active: optional(yesOrNo, true),
});

/** An administrator sees all, others their organization's. */
export function mayRead(asker: Asker, row: { readonly organization_id: number }): boolean {
  return asker.scope === "admin" || row.organization_id === asker.organizationId;
}

function cameraOf(id: number, tables: PlatformTables): CameraRecord {
  const row = tables.cameras.get(id);
  if (row === undefined) throw refusal(404, "Table Camera has no corresponding entry.");
  return row;
}

/** One of the asking camera's own. @throws Refused 404, 403. */
export function poseOf(id: number, asker: Asker, tables: PlatformTables): PoseRecord {
  const row = tables.poses.get(id);
  if (row === undefined) throw refusal(404, "Table Pose has no corresponding entry.");
  if (row.camera_id !== asker.id) throw refusal(403, "Access forbidden.");
  return row;
}

async function keepPicture(call: Call, asker: Asker, { tables, now }: PlatformService): Promise<string> {
  const { file } = await readFormBody(call, { file: required(upload) });
  return storePicture(file.bytes, asker, tables, now());
}

/** The same bytes in the same second share a name. @returns it. */
export function storePicture(bytes: Buffer, asker: Asker, tables: PlatformTables, at: number): string {
  const bucket = bucketOf(asker.organizationId);
  const name = tables.buckets.put(
    (sha256) => `${bucket}/${asker.id}-${digitsOf(at)}-${sha256.slice(0, 8)}.jpg`,
    bytes,
  );
  return name.slice(bucket.length + 1);
}

// The alert platform beside the annotation API of the same play: what was booked for it in the store against what stands there. It has no key
// for detections, so that one whose answer was lost may stand twice; nothing else may.

import { sha256Hex } from "../../device/store/frames.ts";
import type { Store } from "../../device/store/store.ts";
import { alertPlatformName } from "../../sync/targets/alert-platform.ts";
import type { PlatformServer } from "./contract-server/platform/server.ts";
import type { PlatformDetectionRecord } from "./contract-server/platform/tables.ts";

/** What a camera tells of at the platform: its pose, and the token of its account. */
export type AlertPost = { readonly pose: number; readonly token: string; readonly organization: number };

/** A detection that was booked in the store. */
export type BookedAlert = {
  readonly imgId: string;
  readonly sha256: string;
  /** Wall µs of the exposure. */
  readonly takenUs: number;
  readonly state: "delivered" | "waiting" | "parked";
};

export type AlertVerdict = {
  readonly booked: number;
  readonly arrived: number;
  /** With their very picture and time. */
  readonly identical: number;
  /** Uploads that stand there beside the first of their frame. */
  readonly doubled: number;
  /** Answers that may have been lost: that many may stand twice. */
  readonly answersLost: number;
  readonly heartbeats: number;
  /** Of the life whose camera ended: told, and pictures it gave. */
  readonly lastHeartbeats: number;
  readonly lastPictures: number;
  readonly problems: readonly string[];
};

/** Makes the camera and its pose on an empty platform. */
export function openAlertPost(server: PlatformServer, azimuth: number): AlertPost {
  const { tables } = server;
  const organization = tables.organizations.all()[0]!.id;
  const camera = tables.cameras.insert({
    organization_id: organization,
    name: "ridge-post",
    angle_of_view: 54.2,
    elevation: 400,
    lat: 44.5,
    lon: 4.1,
    is_trustable: true,
    last_active_at: null,
    last_image: null,
    created_at: 0,
  });
  const pose = tables.poses.insert({
    camera_id: camera.id,
    azimuth,
    patrol_id: null,
    active: true,
    image: null,
  });
  return { pose: pose.id, token: server.cameraToken(camera.id), organization };
}

/** What the outbox knows of one camera's alerts, oldest first. @param url of the platform, as configured */
export function readBookedAlerts(
  store: Store,
  { url, camera }: { readonly url: string; readonly camera: string },
): readonly BookedAlert[] {
  const { outbox } = store;
  const target = alertPlatformName(url, camera);
  return [...store.frames.range()].flatMap((frame): readonly BookedAlert[] => {
    const { imgId, sha256 } = frame;
    const state =
      outbox.receipt("detection", imgId, target) !== null
        ? "delivered"
        : outbox.isWaiting("detection", imgId, target)
          ? "waiting"
          : outbox.parkedFor("detection", imgId, target) !== null
            ? "parked"
            : null;
    const takenUs = Math.floor(frame.correctedWallUs ?? frame.moment.wallUs);
    return state === null ? [] : [{ imgId, sha256, takenUs, state }];
  });
}

const heartbeat = "PATCH /cameras/heartbeat";

/** Signs of life so far. */
export function heartbeatsOf(server: PlatformServer): number {
  return server.requests()[heartbeat]?.count ?? 0;
}

export function judgeAlerts(
  booked: readonly BookedAlert[],
  {
    server,
    post,
    kills,
    ...last
  }: {
    readonly server: PlatformServer;
    readonly post: AlertPost;
    /** Kills while it may have sent. */
    readonly kills: number;
    readonly lastHeartbeats: number;
    readonly lastPictures: number;
  },
): AlertVerdict {
  const rows = new Map<number, PlatformDetectionRecord[]>();
  for (const row of server.tables.detections.all())
    rows.set(row.recorded_at, [...(rows.get(row.recorded_at) ?? []), row]);
  let [arrived, identical, doubled] = [0, 0, 0];
  for (const { takenUs, sha256 } of booked) {
    const own = rows.get(takenUs) ?? [];
    rows.delete(takenUs);
    if (own.length === 0) continue;
    arrived += 1;
    const pictures = own.map(({ bucket_key }) => server.object(post.organization, bucket_key));
    if (pictures.every((bytes) => bytes !== null && sha256Hex(bytes) === sha256)) identical += 1;
    doubled += uploadsOf(own) - 1;
  }
  const { "late-504": late = 0, "reset-after-commit": cut = 0, truncated = 0 } = server.faults();
  const answersLost = late + cut + truncated + kills;
  const heartbeats = heartbeatsOf(server);
  const unsent = booked.filter(({ state }) => state !== "delivered");
  const { lastHeartbeats, lastPictures } = last;
  return {
    booked: booked.length,
    arrived,
    identical,
    doubled,
    answersLost,
    heartbeats,
    ...last,
    problems: [
      ...(booked.length === 0 ? ["no alert was booked"] : []),
      ...unsent.map(({ imgId, state }) => `alert ${imgId}: ${state}`),
      ...(arrived === booked.length ? [] : [`${booked.length - arrived} booked alerts are not there`]),
      ...(identical === arrived ? [] : [`${arrived - identical} alerts have another picture than the store`]),
      ...(rows.size === 0 ? [] : [`${rows.size} alerts of moments that the store does not have`]),
      ...(doubled <= answersLost
        ? []
        : [`${doubled} alerts stand twice, where at most ${answersLost} answers were lost`]),
      ...(lastHeartbeats > 0 && lastHeartbeats <= lastPictures
        ? []
        : [`expected 1 to ${lastPictures} signs of life for as many pictures, got ${lastHeartbeats}`]),
    ],
  };
}

/** Uploads that made these rows: each makes one for each of its boxes, which has the others beside it. */
function uploadsOf(rows: readonly PlatformDetectionRecord[]): number {
  const boxesOf = ({ others_bboxes: others }: PlatformDetectionRecord): number =>
    1 + [...(others ?? "").matchAll(/\(/g)].length;
  return Math.round(rows.reduce((sum, row) => sum + 1 / boxesOf(row), 0));
}

/** The result for a person. */
export function describeAlerts(verdict: AlertVerdict): string {
  const { booked, arrived, identical, doubled, answersLost, heartbeats, lastHeartbeats, lastPictures } =
    verdict;
  return [
    `alert platform: ${arrived} of ${booked} booked detections there, ${identical} with their very picture and time; ${doubled} stand twice (answers lost: up to ${answersLost})`,
    `signs of life ${heartbeats}; ${lastHeartbeats} for the ${lastPictures} pictures of a camera that then ended, and none afterwards`,
  ].join("\n");
}

// The alert platform as a camera sees it: a sign of life, what it watches, and what it detects. A camera has a token instead of an account.
import { z } from "zod";
import type { Pace } from "../bandwidth.ts";
import { SyncError } from "../errors.ts";
import { printable } from "../printable.ts";
import { problemsOfPicture, refuseProblems } from "./annotation-rules.ts";
import { pictureTypeOf } from "./picture-type.ts";
import {
  formatBoxes,
  type PlatformBox,
  parseMask,
  problemsOfBoxes,
  strongestBoxes,
} from "./platform-boxes.ts";
import { connectService, readAnswer, type ServiceCall, type ServiceTimeouts } from "./service-connection.ts";

export type PlatformDeviceOptions = {
  /** "https://alertapi.pyronear.org" */
  readonly url: string;
  /** Token of the camera (the platform gives one for a year); asked before every call, so that it may be renewed. */
  readonly token: (signal: AbortSignal) => Promise<string>;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string;
  readonly timeouts?: ServiceTimeouts;
  /** How fast pictures may go out. */
  readonly pace?: Pace;
  /** Connections at once; default 2. */
  readonly maxConnections?: number;
};

/** A direction the camera looks in. */
export type PlatformPose = {
  readonly id: number;
  readonly camera_id: number;
  /** Degrees, 0..360. */
  readonly azimuth: number;
  readonly active: boolean;
};

/** Where on a pose's picture nothing counts; edges 0..1 [left, top, right, bottom]. */
export type OcclusionMask = {
  readonly id: number;
  readonly xyxyn: readonly [number, number, number, number];
};

export type DeviceDetection = {
  readonly poseId: number;
  /** Of more than five the strongest go; none: the object is not seen, which keeps an open sequence open. */
  readonly boxes: readonly (PlatformBox & {
    /** JPEG of the box alone. Crops go only when every box that goes has one. */
    readonly crop?: Uint8Array;
  })[];
  /** When the picture was taken, ISO 8601; without an offset it is UTC. */
  readonly recordedAt: string;
  /** A whole JPEG. */
  readonly picture: Uint8Array;
  readonly fileName: string;
};

/** Row of the first box; `sequence_id` is null until the platform has seen it often enough. */
export type SentDetection = {
  readonly id: number;
  readonly sequence_id?: number | null;
  readonly bucket_key: string;
};

/**
 * A client for one camera. Nothing is retried here. Every method throws SyncError; LoginRefused: the token is not taken.
 * The platform has no natural key for detections: one that is sent again after an answer that was lost stands there twice.
 */
export type PlatformDevice = {
  /** Base address, without secrets. */
  readonly url: string;
  /** Resolves when it answers and takes the token for one of a camera. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly heartbeat: (signal: AbortSignal) => Promise<void>;
  /** All of this camera, also those that are switched off. */
  readonly poses: (signal: AbortSignal) => Promise<readonly PlatformPose[]>;
  readonly occlusionMasks: (poseId: number, signal: AbortSignal) => Promise<readonly OcclusionMask[]>;
  /** The camera's last picture. */
  readonly updateImage: (picture: Uint8Array, signal: AbortSignal) => Promise<void>;
  readonly updatePoseImage: (poseId: number, picture: Uint8Array, signal: AbortSignal) => Promise<void>;
  /** null: nothing was seen and no sequence is open, so nothing was kept. */
  readonly createDetection: (
    detection: DeviceDetection,
    signal: AbortSignal,
  ) => Promise<SentDetection | null>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

const poseRows = z.array(
  z.looseObject({ id: z.int(), camera_id: z.int(), azimuth: z.number(), active: z.boolean() }),
);
const maskRows = z.array(z.looseObject({ id: z.int(), mask: z.string() }));
const sentRow = z.looseObject({
  id: z.int(),
  sequence_id: z.int().nullable().optional(),
  bucket_key: z.string(),
});

/** Nothing is sent before the first call. @throws Error when the address is none. */
export function createPlatformDevice(options: PlatformDeviceOptions): PlatformDevice {
  const connection = connectService({ maxConnections: 2, ...options });
  const { url } = connection;
  const call = (asked: Omit<ServiceCall, "as">) =>
    connection.call({ ...asked, as: { token: options.token } });
  const get = async <T>(schema: z.ZodType<T>, path: string, signal: AbortSignal): Promise<T> =>
    readAnswer(await call({ method: "GET", path, signal }), schema, `GET ${url}/api/v1${path}`);

  const patchImage = async (path: string, picture: Uint8Array, signal: AbortSignal): Promise<void> => {
    refuseProblems("picture", problemsOfPicture(picture));
    await call({ method: "PATCH", path, files: [fileOf("file", "image.jpg", picture)], signal });
  };

  return {
    url,
    probe: async (signal) => {
      await connection.status(signal);
      const { scopes } = await get(z.looseObject({ scopes: z.array(z.string()) }), "/login/validate", signal);
      if (!scopes.includes("camera"))
        throw new SyncError(
          "permanent",
          `${url}: expected the token of a camera, got one of ${scopes.join(", ")}`,
        );
    },
    heartbeat: async (signal) => {
      await call({ method: "PATCH", path: "/cameras/heartbeat", signal });
    },
    poses: (signal) => get(poseRows, "/poses/", signal),
    occlusionMasks: async (poseId, signal) => {
      const rows = await get(maskRows, `/poses/${poseId}/occlusion_masks`, signal);
      return rows.map(({ id, mask }) => {
        const xyxyn = parseMask(mask);
        if (xyxyn !== null) return { id, xyxyn };
        throw new SyncError(
          "retryable",
          `occlusion mask ${id}: expected (left,top,right,bottom), got "${printable(mask, 60)}"`,
        );
      });
    },
    updateImage: (picture, signal) => patchImage("/cameras/image", picture, signal),
    updatePoseImage: (poseId, picture, signal) => patchImage(`/poses/${poseId}/image`, picture, signal),
    createDetection: async ({ poseId, boxes, recordedAt, picture, fileName }, signal) => {
      refuseProblems(`detection of ${recordedAt}`, [
        ...problemsOfBoxes(boxes),
        ...problemsOfPicture(picture),
      ]);
      const sent = strongestBoxes(boxes);
      const crops = sent.flatMap(({ crop }) => crop ?? []);
      const answer = await call({
        method: "POST",
        path: "/detections/",
        form: { bboxes: formatBoxes(sent), pose_id: String(poseId), recorded_at: recordedAt },
        files: [
          fileOf("file", fileName, picture),
          // The platform wants exactly one for each box, or none.
          ...(crops.length === sent.length
            ? crops.map((crop, at) => fileOf("crop", `crop-${at}.jpg`, crop))
            : []),
        ],
        signal,
      });
      return answer.status === 204 ? null : readAnswer(answer, sentRow, `POST ${url}/api/v1/detections/`);
    },
    close: () => connection.close(),
  };
}

function fileOf(name: string, fileName: string, bytes: Uint8Array) {
  return { name, fileName, type: pictureTypeOf(bytes) ?? "image/jpeg", bytes };
}

// A seeded season on the platform: organizations, cameras, days of sequences with pictures, among them the cases an import stumbles over.
import sharp from "sharp";
import { between, createRandom, pick, type Random } from "../../../../device/camera/sim/seeded-random.ts";
import { digitsOf, type Micros } from "../times.ts";
import { textOf } from "./reports.ts";
import { bucketOf } from "./shown.ts";
import type { CameraRecord, PlatformTables, PoseRecord } from "./tables.ts";

export type Season = {
  readonly seed: number;
  /** First day, YYYY-MM-DD. */
  readonly from: string;
  readonly days: number;
  /** In all, spread over days and cameras; some are two plumes of the same pictures. */
  readonly sequences: number;
  /** Pictures of each. */
  readonly detections: number;
  /** Beside the administrators'; cameras are spread over them. */
  readonly organizations: number;
  readonly cameras: number;
  /** Of a picture, about. */
  readonly pictureBytes: number;
};

/** Accounts and places that were made. */
export type Filled = {
  /** An administrator's account, which sees all. */
  readonly login: string;
  readonly password: string;
  /** An account of the first organization, which sees its own, by the fire weather. */
  readonly agent: { readonly login: string; readonly password: string };
  readonly cameraIds: readonly number[];
  readonly sequenceIds: readonly number[];
};

export const smallSeason: Season = {
  seed: 1,
  from: "2026-07-01",
  days: 3,
  sequences: 12,
  detections: 6,
  organizations: 2,
  cameras: 4,
  pictureBytes: 2000,
};

/** Fills an empty platform; the same season gives the same rows and pictures. */
export async function fillPlatform(tables: PlatformTables, season: Season): Promise<Filled> {
  const random = createRandom(season.seed, "platform");
  const start = Date.parse(`${season.from}T00:00:00Z`) * 1000;
  const login = { login: "reader_login", password: "reader_pwd" };
  tables.accounts.insert({ ...login, organization_id: 1, role: "admin", created_at: start });
  const poses = fillCameras(tables, season, random, start);
  const agent = { login: "agent_login", password: "agent_pwd" };
  const { organization_id } = tables.cameras.get(poses[0]!.camera_id)!;
  tables.accounts.insert({ ...agent, organization_id, role: "agent", created_at: start });
  const pictures = await drawPictures(season);
  const sequenceIds: number[] = [];
  for (let index = 0; sequenceIds.length < season.sequences; index += 1) {
    const day = start + (index % season.days) * dayMicros;
    const at = day + Math.floor(between(random, 6, 18) * hourMicros);
    const room = season.sequences - sequenceIds.length;
    const place = { tables, season, random, pose: poses[index % poses.length]!, at, index, pictures };
    sequenceIds.push(...fillUploads(place, kindOf(index, room)));
  }
  return { ...login, agent, cameraIds: poses.map((pose) => pose.camera_id), sequenceIds };
}

const hourMicros = 3_600_000_000;
const dayMicros = 24 * hourMicros;
const betweenPictures = 30_000_000;
const betweenBurst = 400_000;

function fillCameras(
  tables: PlatformTables,
  season: Season,
  random: Random,
  at: Micros,
): readonly PoseRecord[] {
  const owners = Array.from({ length: season.organizations }, (_, index) =>
    tables.organizations.insert({ name: `sdis-${String(index + 7).padStart(2, "0")}` }),
  );
  return Array.from({ length: season.cameras }, (_, index) => {
    const camera = tables.cameras.insert({
      organization_id: owners[index % owners.length]!.id,
      name: `tower-${String(index + 1).padStart(2, "0")}`,
      angle_of_view: 54.2,
      elevation: Math.round(between(random, 200, 1500)),
      lat: thousandths(between(random, 43, 45)),
      lon: thousandths(between(random, 3, 6)),
      // The list hides one that is not trusted, unless it is asked for.
      is_trustable: index % 4 !== 3,
      last_active_at: at,
      last_image: null,
      created_at: at,
    });
    return tables.poses.insert({
      camera_id: camera.id,
      azimuth: Math.round(between(random, 0, 3599)) / 10,
      patrol_id: null,
      active: true,
      image: null,
    });
  });
}

/** A few distinct JPEGs of about the wanted size, each used many times under its own address. */
async function drawPictures({ seed, pictureBytes }: Season): Promise<readonly Buffer[]> {
  return Promise.all(
    Array.from({ length: 4 }, async (_, index) => {
      const random = createRandom(seed, `picture ${index}`);
      // Noise packs to about 0.67 bytes a pixel at quality 80.
      const side = Math.max(8, Math.round(Math.sqrt(pictureBytes / 0.67)));
      const noise = Buffer.from(Array.from({ length: side * side * 3 }, () => Math.floor(random() * 256)));
      return sharp(noise, { raw: { width: side, height: side, channels: 3 } })
        .jpeg({ quality: 80 })
        .toBuffer();
    }),
  );
}

type Place = {
  readonly tables: PlatformTables;
  readonly season: Season;
  readonly random: Random;
  readonly pose: PoseRecord;
  readonly at: Micros;
  readonly index: number;
  readonly pictures: readonly Buffer[];
};

/** What the uploads of one camera show. */
type Kind = {
  /** A second plume: none, one that was never more than a box beside the first, or one that has a sequence of its own. */
  readonly second: "none" | "beside" | "own";
  /** The link was down: all arrive at the end, one after the other. */
  readonly isBurst: boolean;
};

function kindOf(index: number, room: number): Kind {
  const second = index % 3 !== 2 ? "none" : index % 2 === 0 || room < 2 ? "beside" : "own";
  return { second, isBurst: index % 7 === 6 };
}

/** Pictures of a plume that drifts, on some of which it is not seen. @returns ids of the sequences that came of them. */
function fillUploads(place: Place, { second, isBurst }: Kind): readonly number[] {
  const { tables, season, random, pose, at, pictures } = place;
  const camera = tables.cameras.get(pose.camera_id)!;
  const lastStep = season.detections - 1;
  const arrived = (step: number): Micros =>
    isBurst ? at + lastStep * betweenPictures + step * betweenBurst : at + step * betweenPictures;
  const plumes = [drifting(random), ...(second === "none" ? [] : [drifting(random)])];
  const sequences = Array.from({ length: second === "own" ? 2 : 1 }, () =>
    addSequence(place, arrived(0), arrived(lastStep)),
  );
  for (let step = 0; step <= lastStep; step += 1) {
    const unseen = step % 11 === 10;
    const boxes = plumes.map((plume) => plume(step, random));
    const bucket_key = keepPicture(tables, camera, arrived(step), step, pictures);
    // One row a sequence, all of one upload with the same picture.
    for (const [own, sequence_id] of sequences.entries()) {
      const others = boxes.filter((_, other) => other !== own);
      tables.addDetection({
        camera_id: camera.id,
        pose_id: pose.id,
        sequence_id,
        bucket_key,
        bbox: unseen ? "[]" : textOf([boxes[own]!]),
        others_bboxes: unseen || others.length === 0 ? null : textOf(others),
        created_at: arrived(step) + own,
        recorded_at: at + step * betweenPictures - 1_000_000,
      });
    }
  }
  return sequences;
}

function addSequence(
  { tables, random, pose, index }: Place,
  started_at: Micros,
  last_seen_at: Micros,
): number {
  const scored = index % 2 === 0;
  return tables.sequences.insert({
    camera_id: pose.camera_id,
    pose_id: pose.id,
    camera_azimuth: pose.azimuth,
    is_wildfire: pick(random, ["wildfire_smoke", "other_smoke", "other", null]),
    sequence_azimuth: null,
    cone_angle: null,
    started_at,
    last_seen_at,
    max_conf: thousandths(between(random, 0.3, 0.9)),
    temporal_model_score: scored ? thousandths(random()) : null,
    temporal_model_version: scored ? "0.1.0" : null,
    temporal_api_version: scored ? "0.2.0" : null,
    is_validated: scored,
  }).id;
}

function keepPicture(
  tables: PlatformTables,
  camera: CameraRecord,
  at: Micros,
  step: number,
  pictures: readonly Buffer[],
): string {
  const key = `${camera.id}-${digitsOf(at)}-${String(step).padStart(8, "0")}.jpg`;
  tables.buckets.put(() => `${bucketOf(camera.organization_id)}/${key}`, pictures[step % pictures.length]!);
  return key;
}

type Numbers = readonly [number, number, number, number, number];

/** A box that moves and grows a little from picture to picture; a third have confidence 0, as the engine's lead-up frames. */
function drifting(random: Random): (step: number, random: Random) => Numbers {
  const left = between(random, 0.05, 0.6);
  const top = between(random, 0.2, 0.6);
  const drift = between(random, -0.002, 0.004);
  return (step, chance) => {
    const x = Math.min(0.8, Math.max(0, left + drift * step));
    const confidence = step % 3 === 0 ? 0 : thousandths(between(chance, 0.2, 0.9));
    return [thousandths(x), thousandths(top), thousandths(x + 0.12), thousandths(top + 0.1), confidence];
  };
}

/** Three decimals, as cameras send. */
function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

// Detections as a camera sends them, and the sequences the platform makes of them.
import { readFormBody, upload } from "../bodies.ts";
import { type Answer, type Call, json, refusal } from "../call.ts";
import { blame, optional, type Reader, required, time, whole } from "../fields.ts";
import type { Micros } from "../times.ts";
import { poseOf, storePicture } from "./cameras.ts";
import type { Asker, PlatformRoute, PlatformService } from "./service.ts";
import { showDetection } from "./shown.ts";
import type {
  PlatformDetectionRecord,
  PlatformSequenceRecord,
  PlatformTables,
  PoseRecord,
} from "./tables.ts";

export function reportRoutes(service: PlatformService): readonly PlatformRoute[] {
  return [
    {
      method: "POST",
      path: "/detections/",
      admit: service.only("camera"),
      handle: (call, asker) => receive(call, asker, service),
    },
  ];
}

const number = "(0?\\.[0-9]{1,3}|0|1)";
const box = `\\(${Array(5).fill(number).join(",")}\\)`;
const pattern = `^\\[(${box}(,${box})*)?\\]$`;
const patternForm = new RegExp(pattern);

const boxesText: Reader<string> = (value, place) => {
  if (typeof value === "string" && patternForm.test(value)) return value;
  return blame(place, value, "string_pattern_mismatch", `String should match pattern '${pattern}'`, {
    pattern,
  });
};

const form = {
  bboxes: required(boxesText),
  pose_id: required(whole),
  recorded_at: optional<Micros | null>(time, null),
  file: required(upload),
};

const mostBoxes = 5;

async function receive(call: Call, asker: Asker, { tables, now }: PlatformService): Promise<Answer> {
  const given = await readFormBody(call, form);
  const boxes = boxesOf(given.bboxes);
  if (boxes.length > mostBoxes) throw refusal(422, `At most ${mostBoxes} bounding boxes are allowed.`);
  if (boxes.some(([x1, y1, x2, y2]) => x1 >= x2 || y1 >= y2))
    throw refusal(422, "xmin & ymin are expected to be respectively smaller than xmax & ymax");
  const pose = poseOf(given.pose_id, asker, tables);
  if (!pose.active) throw refusal(422, "Pose is inactive.");
  const recorded_at = given.recorded_at ?? now();
  const open = openSequences(pose, now(), tables);
  if (boxes.length === 0 && open.length === 0) return { status: 204, contentType: null, body: "" };
  const bucket_key = storePicture(given.file.bytes, asker, tables, now());
  const common = { camera_id: asker.id, pose_id: pose.id, bucket_key, recorded_at };
  const rows =
    boxes.length === 0
      ? open.map((sequence) =>
          tables.addDetection({
            ...common,
            sequence_id: sequence.id,
            bbox: "[]",
            others_bboxes: null,
            created_at: now(),
          }),
        )
      : boxes.map((own, at) => {
          const others = boxes.filter((_, other) => other !== at);
          const others_bboxes = others.length === 0 ? null : textOf(others);
          const draft = { ...common, sequence_id: null, bbox: textOf([own]), others_bboxes };
          return link(tables.addDetection({ ...draft, created_at: now() }), pose, tables);
        });
  return json(showDetection(rows[0]!), 201);
}

type Numbers = readonly [number, number, number, number, number];

/** Boxes of the platform's text, `[(x1,y1,x2,y2,confidence)]`. */
function boxesOf(text: string): readonly Numbers[] {
  return [...text.matchAll(/\(([^)]*)\)/g)].map(
    (match) => match[1]!.split(",").map(Number) as unknown as Numbers,
  );
}

/** As the platform prints them: as they came. */
export function textOf(boxes: readonly Numbers[]): string {
  return `[${boxes.map((numbers) => `(${numbers.join(",")})`).join(",")}]`;
}

const openForMicros = 7_200_000_000;
const continuityMicros = 120_000_000;
const pendingMicros = 300_000_000;
const leastOverlaps = 3;

/** Those of a pose that a picture without boxes goes on. */
function openSequences(
  pose: PoseRecord,
  at: Micros,
  tables: PlatformTables,
): readonly PlatformSequenceRecord[] {
  return tables.sequences
    .all()
    .filter((row) => row.pose_id === pose.id && at - row.last_seen_at <= continuityMicros);
}

/** Into the open sequence it continues, or into a new one when enough others have seen the same; by arrival, not by capture. */
function link(
  row: PlatformDetectionRecord,
  pose: PoseRecord,
  tables: PlatformTables,
): PlatformDetectionRecord {
  const numbers = boxesOf(row.bbox)[0]!;
  const open = tables.sequences
    .all()
    .filter((one) => one.pose_id === pose.id && row.created_at - one.last_seen_at <= openForMicros)
    .toSorted((a, b) => b.last_seen_at - a.last_seen_at)
    .find((one) => overlaps(numbers, lastBoxOf(one, tables)));
  if (open !== undefined) {
    tables.sequences.update({
      ...open,
      last_seen_at: row.created_at,
      max_conf: Math.max(open.max_conf ?? 0, numbers[4]),
    });
    return tables.assign(row, open.id);
  }
  const pending = tables.detections
    .all()
    .filter((one) => one.sequence_id === null && one.pose_id === pose.id)
    .filter((one) => row.created_at - one.created_at <= pendingMicros)
    .filter((one) => overlaps(numbers, boxesOf(one.bbox)[0]!));
  if (pending.length < leastOverlaps) return row;
  const sequence = tables.sequences.insert(newSequence(pending, pose, tables));
  for (const one of pending) tables.assign(one, sequence.id);
  return tables.detections.get(row.id)!;
}

function newSequence(
  rows: readonly PlatformDetectionRecord[],
  pose: PoseRecord,
  tables: PlatformTables,
): Omit<PlatformSequenceRecord, "id"> {
  const boxes = rows.map((row) => boxesOf(row.bbox)[0]!);
  const [x1, , x2] = boxes[0]!;
  const view = tables.cameras.get(pose.camera_id)!.angle_of_view;
  const tenths = (degrees: number): number => Math.round(degrees * 10) / 10;
  return {
    camera_id: pose.camera_id,
    pose_id: pose.id,
    camera_azimuth: pose.azimuth,
    is_wildfire: null,
    sequence_azimuth: tenths((((pose.azimuth + view * ((x1 + x2) / 2 - 0.5)) % 360) + 360) % 360),
    cone_angle: tenths(view * (x2 - x1)),
    started_at: rows[0]!.created_at,
    last_seen_at: rows.at(-1)!.created_at,
    max_conf: Math.max(...boxes.map((numbers) => numbers[4])),
    temporal_model_score: null,
    temporal_model_version: null,
    temporal_api_version: null,
    is_validated: false,
  };
}

function lastBoxOf(sequence: PlatformSequenceRecord, tables: PlatformTables): Numbers {
  const last = tables.detectionsOf(sequence.id).findLast((row) => row.bbox !== "[]");
  return boxesOf(last?.bbox ?? "[(0,0,0,0,0)]")[0]!;
}

/** Share of the picture by which two boxes may miss each other on an axis. */
const tolerance = 0.05;

function overlaps(a: Numbers, b: Numbers): boolean {
  const near = (from: number, to: number): boolean =>
    Math.min(a[to]!, b[to]!) - Math.max(a[from]!, b[from]!) > -tolerance;
  return near(0, 2) && near(1, 3);
}

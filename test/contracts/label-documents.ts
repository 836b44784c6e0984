// Thirty labels as cars write them, for the label-index contract: two events of two days, three people, models, gaps and oddities.

import { labelFingerprint } from "../../device/fingerprint.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { DatasetEntry, LabelDocument } from "../../device/label.ts";

/** What differs between the labels; `n` is the name the contract's cases use. */
type Row = {
  readonly n: number;
  /** Seconds after the event began. */
  readonly at: number;
  readonly direction: number | string | null;
  readonly speed: number | null;
  readonly by?: string;
  readonly datasets?: readonly string[];
  readonly head?: number | "unknown";
};

type Session = {
  readonly event: string;
  readonly track: string;
  readonly track_type: string;
  readonly comment: string;
  readonly startUs: number;
  readonly car: string;
};

const training: Session = {
  event: "training",
  track: "piste1",
  track_type: "single lane",
  comment: "Night session, wet floor",
  startUs: Date.UTC(2020, 1, 4, 15, 23, 19) * 1000 + 881_268,
  car: "patate",
};
const race: Session = {
  event: "Race-Day_2",
  track: "Track 2 (long)",
  track_type: "double lane",
  comment: "session of the night before the race",
  startUs: Date.UTC(2020, 1, 10, 16, 24, 30) * 1000 + 500_000,
  car: "Patate-2",
};
const hall: Session = {
  event: "hall-2020",
  track: "L'été",
  track_type: "Single Lane",
  comment: "",
  startUs: Date.UTC(2020, 2, 1, 0, 0, 0) * 1000,
  car: "robocar",
};

const rows: readonly (readonly [Session, readonly Row[]])[] = [
  [
    training,
    [
      { n: 0, at: 0, direction: 2, speed: 1, head: 120 },
      { n: 1, at: 0.1, direction: 2, speed: 1, head: 120 },
      { n: 2, at: 0.2, direction: 3, speed: 1, head: 120 },
      { n: 3, at: 0.3, direction: 4, speed: 0, head: 120 },
      { n: 4, at: 0.4, direction: 4, speed: 0, head: 150 },
      { n: 5, at: 0.5, direction: 3, speed: 0, head: 150, datasets: ["corners"] },
      { n: 6, at: 0.6, direction: 1, speed: 1, head: 150, datasets: ["corners", "Best of 2020"] },
      { n: 7, at: 0.7, direction: 0, speed: 0, datasets: ["Best of 2020"] },
      { n: 8, at: 0.7, direction: "1", speed: 0, by: "alice", datasets: [] },
      { n: 9, at: 0.8, direction: 0, speed: 0 },
    ],
  ],
  [
    race,
    [
      { n: 10, at: 0, direction: 2, speed: 0, by: "autopilot v1" },
      { n: 11, at: 10, direction: 2, speed: 0, by: "autopilot v1" },
      { n: 12, at: 20, direction: 2, speed: 1, by: "autopilot v1" },
      { n: 13, at: 30, direction: 3, speed: 1, by: "autopilot v2" },
      { n: 14, at: 40, direction: 3, speed: 1, by: "autopilot v2" },
      { n: 15, at: 50, direction: 4, speed: 0, by: "autopilot v2" },
      { n: 16, at: 60, direction: 4, speed: 0, by: "Alice" },
      { n: 17, at: 70, direction: 1, speed: 1, by: "bob" },
      { n: 18, at: 80, direction: 1, speed: -1, by: "bob", head: 150 },
      { n: 19, at: 90, direction: 0, speed: -1, by: "bob", head: 150 },
    ],
  ],
  [
    hall,
    [
      { n: 20, at: 0, direction: 2, speed: 1, head: "unknown" },
      { n: 21, at: 1, direction: 2, speed: 0, head: "unknown" },
      { n: 22, at: 2, direction: 3, speed: 1, datasets: ["best"] },
      { n: 23, at: 3, direction: 3, speed: 0, datasets: ["best", "corners"] },
      { n: 24, at: 4, direction: null, speed: null },
      { n: 25, at: 86_399, direction: 1, speed: 1 },
      { n: 26, at: 86_400, direction: 1, speed: 1 },
    ],
  ],
];

/** The labels, by their number. 27 has no timestamp, 28 lacks almost everything, 29 carries fields the mapping does not list. */
export function contractLabels(): readonly LabelDocument[] {
  const labels = rows.flatMap(([session, list]) => list.map((row) => labelOf(session, row)));
  const last = labels.at(-1)!;
  const bare: LabelDocument = {
    img_id: "0_1_r1537607726.37",
    label_fingerprint: "",
    label: { created_by: "auto" },
  };
  const extra = labelOf(training, { n: 29, at: 2, direction: 2, speed: 1 });
  return [
    ...labels,
    { ...last, img_id: "20991231T00-00-00-000000", timestamp: null, label_fingerprint: "f".repeat(32) },
    { ...bare, label_fingerprint: "e170fca7848a59a815d2288802cc2832", timestamp: "20180922T16-22-06-370000" },
    { ...extra, weather: "Heavy rain", to_delete: false },
  ];
}

function labelOf(session: Session, row: Row): LabelDocument {
  const imgId = formatImageId(session.startUs + Math.round(row.at * 1e6));
  const { event, track, track_type, comment, car } = session;
  const rawDirection = [250, 290, 327, 364, 400][Number(row.direction ?? 2)] ?? 327;
  const document = {
    car_setting: {
      camera: {
        "resolution-horizontal": 160,
        "resolution-vertical": 96,
        frame_rate: 32,
        exposure_mode: "off",
        camera_position: row.head ?? 120,
      },
      constant: { max_speed: 307, stop_speed: 322, joystick_to_raw_dir_mapping: [] },
    },
    hardware_conf: { car, version: 1, computer: "Raspberry_Pi2", camera: "Picam" },
    event,
    track,
    track_picture: "",
    track_type,
    comment,
    dataset: (row.datasets ?? []).map(datasetEntry),
    s3_bucket: `pictures/${event}/${imgId.slice(0, 8)}/`,
    raw_picture: row.n % 5 !== 4,
    upload_date: row.n < 10 ? "20200205T12-40-42-306536" : null,
    img_id: imgId,
    file_name: `${imgId}.jpg`,
    file_type: "jpg",
    timestamp: imgId,
    raw_value: {
      raw_direction: rawDirection,
      raw_speed: row.speed === 1 ? 307 : 316,
      normalized_speed: row.speed === 1 ? 1 : 0.4,
      normalized_direction: Math.round(((rawDirection - 326) / 325) * 100) / 100,
    },
    label: {
      label_direction: row.direction,
      label_speed: row.speed,
      created_by: row.by ?? "auto",
      created_on_date: imgId,
      raw_dir_to_label_mapping: [250, 290, 327, 364, 400],
      raw_speed_to_label_mapping: [316, 311],
      nb_of_direction: 5,
      nb_of_speed: 2,
    },
  };
  return { ...document, label_fingerprint: labelFingerprint(document) };
}

function datasetEntry(name: string): DatasetEntry {
  return { name, comment: "", created_on_date: "20200210T10-00-00-000000", query: null };
}

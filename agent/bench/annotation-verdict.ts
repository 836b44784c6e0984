// What arrived at an annotation API held against what the store of the device has: sequence by sequence, picture by picture.
import type { FrameRecord } from "../../device/frame.ts";
import type { SequenceFrame, SequenceRecord } from "../../device/sequence.ts";
import type { Store } from "../../device/store/store.ts";
import { formatIso } from "../../sync/annotation/drafts.ts";
import { detectionKey, sequenceKey } from "../../sync/annotation/keys.ts";
import type { PlainSequence } from "./contract-server/annotation/plain-state.ts";

/** A closed sequence of the store. */
export type HeldSequence = {
  readonly record: SequenceRecord;
  readonly frames: readonly (SequenceFrame & { readonly frame: FrameRecord | null })[];
  readonly state: "delivered" | "waiting" | "parked" | "never booked";
};

/** One line of the table. */
export type ArrivalLine = {
  readonly sequence: string;
  readonly className: string;
  readonly closedBy: "watch" | "recovery";
  readonly state: HeldSequence["state"];
  readonly frames: number;
  /** Pictures at the service, and of those the ones that are the store's, byte for byte and with its time. */
  readonly arrived: number;
  readonly identical: number;
  /** Boxes of its annotation. */
  readonly boxes: number;
  readonly stage: string | null;
  readonly problems: readonly string[];
};

export type Arrival = {
  readonly lines: readonly ArrivalLine[];
  /** Sequences at the service that the store does not have. */
  readonly strangers: readonly string[];
};

/** Closed sequences of some classes, oldest first. */
export function readHeld(
  store: Store,
  { target, takes }: { readonly target: string; readonly takes: (record: SequenceRecord) => boolean },
): readonly HeldSequence[] {
  const held: HeldSequence[] = [];
  for (const { value: record } of store.seen.sequences.range()) {
    if (record.closedAt === null || !takes(record)) continue;
    const { outbox } = store;
    held.push({
      record,
      frames: [
        ...store.seen.sequenceFrames.range({ start: [record.id, ""], end: [record.id, "\uffff"] }),
      ].map(({ value }) => ({ ...value, frame: store.frames.get(value.imgId) })),
      state:
        outbox.receipt("sequence", record.id, target) !== null
          ? "delivered"
          : outbox.isWaiting("sequence", record.id, target)
            ? "waiting"
            : outbox.parkedFor("sequence", record.id, target) !== null
              ? "parked"
              : "never booked",
    });
  }
  return held;
}

/** @param recovered ids of sequences that a later life had to close */
export function judgeArrival(
  held: readonly HeldSequence[],
  {
    there,
    sourceApi,
    maxPictures,
    recovered,
  }: {
    readonly there: readonly PlainSequence[];
    readonly sourceApi: string;
    readonly maxPictures: number;
    readonly recovered: ReadonlySet<string>;
  },
): Arrival {
  const byKey = new Map(there.map((each) => [each.key, each]));
  const lines = held.map((sequence): ArrivalLine => {
    const { record, frames, state } = sequence;
    const key = `${sourceApi} ${sequenceKey(record.id)}`;
    const arrived = byKey.get(key) ?? null;
    byKey.delete(key);
    const wanted = Math.min(frames.length, maxPictures);
    const figures = arrived === null ? null : figuresOf(arrived, frames);
    const problems = [
      ...(state === "delivered" || state === "waiting" ? [] : [state]),
      ...(state === "delivered" && arrived === null ? ["booked as delivered, and not there"] : []),
      ...(state === "delivered" && figures !== null ? problemsOf(figures, wanted) : []),
      ...(figures !== null && figures.doubled > 0 ? [`${figures.doubled} pictures twice`] : []),
      ...(arrived !== null && !isOnTime(arrived, sequence) ? ["its times are not those of its frames"] : []),
    ];
    return {
      sequence: record.id,
      className: record.className,
      closedBy: recovered.has(record.id) ? "recovery" : "watch",
      state,
      frames: frames.length,
      arrived: figures?.arrived ?? 0,
      identical: figures?.identical ?? 0,
      boxes: figures?.boxes ?? 0,
      stage: figures?.stage ?? null,
      problems,
    };
  });
  return { lines, strangers: [...byKey.keys()] };
}

type Figures = Pick<ArrivalLine, "arrived" | "identical" | "boxes" | "stage"> & { readonly doubled: number };

function figuresOf({ detections, annotation }: PlainSequence, frames: HeldSequence["frames"]): Figures {
  const byKey = new Map(frames.map((each) => [detectionKey(each.imgId), each]));
  const identical = detections.filter(({ alert_api_id, picture, recorded_at }) => {
    const own = byKey.get(Number(alert_api_id))?.frame ?? null;
    return (
      own !== null &&
      picture === own.sha256 &&
      Date.parse(String(recorded_at)) === Date.parse(formatIso(own.moment.wallUs))
    );
  }).length;
  const tracks = (annotation?.tracks ?? []) as readonly { readonly bboxes: readonly unknown[] }[];
  return {
    arrived: detections.length,
    identical,
    doubled: detections.length - new Set(detections.map(({ alert_api_id }) => alert_api_id)).size,
    boxes: tracks.reduce((sum, { bboxes }) => sum + bboxes.length, 0),
    stage: annotation === null ? null : String(annotation.processing_stage),
  };
}

function problemsOf({ arrived, identical, boxes, stage }: Figures, wanted: number): readonly string[] {
  return [
    ...(arrived === wanted ? [] : [`expected ${wanted} pictures, got ${arrived}`]),
    ...(identical === arrived ? [] : [`${arrived - identical} pictures are not the store's`]),
    ...(boxes === arrived ? [] : [`expected a box on each of ${arrived} pictures, got ${boxes}`]),
    ...(stage === "ready_to_annotate" ? [] : [`expected the stage ready_to_annotate, got ${stage}`]),
  ];
}

function isOnTime({ sequence }: PlainSequence, { record, frames }: HeldSequence): boolean {
  const [first, last] = [record.firstImgId, record.lastImgId].map(
    (imgId) => frames.find((each) => each.imgId === imgId)?.frame ?? null,
  );
  if (!first || !last) return true;
  return (
    Date.parse(String(sequence.recorded_at)) === Date.parse(formatIso(first.moment.wallUs)) &&
    Date.parse(String(sequence.last_seen_at)) === Date.parse(formatIso(last.moment.wallUs))
  );
}

/** The table for a person. */
export function describeArrival({ lines, strangers }: Arrival): string {
  const rows = [
    ["sequence", "class", "closed by", "state", "frames", "arrived", "identical", "boxes", "stage"],
    ...lines.map((line) => [
      line.sequence,
      line.className,
      line.closedBy,
      line.state,
      String(line.frames),
      String(line.arrived),
      String(line.identical),
      String(line.boxes),
      line.stage ?? "-",
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return [
    ...rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    ),
    ...strangers.map((key) => `at the service, and nobody here knows it: ${key}`),
  ].join("\n");
}

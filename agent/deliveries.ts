// What has to be sent where: turns frames, labels, events and sequences into outbox entries for the targets that are configured.
import type { Moment } from "../device/clock.ts";
import type { FrameRecord } from "../device/frame.ts";
import type { LabelDocument } from "../device/label.ts";
import type { SequenceRecord } from "../device/sequence.ts";
import type { DeliveryKind, OutboxDraft, SeenBox } from "../device/store/outbox.ts";

/** Where closed sequences go. */
export type SequenceTarget = {
  readonly name: string;
  readonly takes: (sequence: Pick<SequenceRecord, "camera" | "className">) => boolean;
  /** Pictures of one sequence that cross the link at the most. */
  readonly maxPictures: number;
};

/** Where what is seen goes at once, while it is there. */
export type AlertTarget = {
  readonly name: string;
  /** Of this camera only: the service knows each by a token of its own. */
  readonly camera: string;
  readonly takes: (className: string) => boolean;
  /** Least time between two pictures of one sequence, ms. */
  readonly everyMs: number;
};

export type DeliveryPlan = {
  /** Entries for a new frame and its labels. */
  readonly ofFrame: (frame: FrameRecord, labels: readonly LabelDocument[]) => readonly OutboxDraft[];
  readonly ofEvent: (event: {
    id: string;
    type: string;
    body: Readonly<Record<string, unknown>>;
    alert: boolean;
  }) => readonly OutboxDraft[];
  /** Entries for a sequence that is over. */
  readonly ofSequence: (sequence: SequenceRecord) => readonly OutboxDraft[];
  /** Entries for what is seen on a frame now. */
  readonly ofSeen: (
    frame: FrameRecord,
    seen: { readonly target: string; readonly boxes: readonly SeenBox[] },
  ) => OutboxDraft;
  /** Entries that take a thing back from targets that have it. @param imgId null: it is a sequence */
  readonly takeBack: (
    kind: DeliveryKind,
    id: string,
    imgId: string | null,
    targets: readonly string[],
  ) => readonly OutboxDraft[];
  readonly pictureTargets: readonly string[];
  readonly labelTargets: readonly string[];
  readonly sequenceTargets: readonly string[];
  readonly alertTargets: readonly AlertTarget[];
  /** Of those, the ones that a frame need not have reached before it may be dropped for room. */
  readonly optionalTargets: readonly string[];
};

export type DeliveryPlanOptions = {
  readonly pictureTargets: readonly string[];
  readonly labelTargets: readonly string[];
  readonly eventTargets: readonly string[];
  /** Default: none. */
  readonly sequenceTargets?: readonly SequenceTarget[];
  /** Default: none. */
  readonly alertTargets?: readonly AlertTarget[];
  /** Default: none. */
  readonly optionalTargets?: readonly string[];
  /** Milliseconds a frame is kept back, so that erasing the last seconds needs no take-back. */
  readonly holdBackMs: number;
  /** Milliseconds a frame of a clock that is not set waits for that, for its name and folder hold the time. Default 0. */
  readonly clockWaitMs?: number;
};

/** A picture of a camera post, for the share of the link that its sequences get. */
const usualPictureBytes = 50_000;

/** An alert is worth more than its time: so long at the most it waits for a clock that nobody set. */
const mostAlertWaitMs = 30_000;

export function createDeliveryPlan(options: DeliveryPlanOptions): DeliveryPlan {
  const {
    pictureTargets,
    labelTargets,
    eventTargets,
    sequenceTargets = [],
    alertTargets = [],
    optionalTargets = [],
    holdBackMs,
    clockWaitMs = 0,
  } = options;
  return {
    pictureTargets,
    labelTargets,
    sequenceTargets: sequenceTargets.map(({ name }) => name),
    alertTargets,
    optionalTargets,
    ofFrame: (frame, labels) => {
      const common = {
        lane: labels.length > 0 ? ("labelled" as const) : ("unlabelled" as const),
        operation: "put" as const,
        imgId: frame.imgId,
        notBeforeUs: frame.moment.wallUs + holdBackMs * 1000,
        ...clockWaitOf(frame.moment, clockWaitMs),
      };
      const pictures = pictureTargets.map(
        (target): OutboxDraft => ({ ...common, target, kind: "picture", id: frame.imgId, bytes: frame.size }),
      );
      const documents = labelTargets.flatMap((target) =>
        labels.map(
          (label): OutboxDraft => ({
            ...common,
            target,
            kind: "label",
            id: label.label_fingerprint,
            bytes: 1500,
          }),
        ),
      );
      return [...pictures, ...documents];
    },
    ofEvent: ({ id, type, body, alert }) =>
      eventTargets.map((target) => ({
        target,
        lane: alert ? "alert" : "telemetry",
        kind: "event",
        operation: "put",
        id,
        imgId: null,
        bytes: 200,
        notBeforeUs: null,
        event: { type, body },
      })),
    ofSequence: (sequence) =>
      sequenceTargets
        .filter(({ takes }) => takes(sequence))
        .map(({ name, maxPictures }) => ({
          target: name,
          lane: "labelled",
          kind: "sequence",
          operation: "put",
          id: sequence.id,
          imgId: null,
          bytes: Math.min(sequence.frames, maxPictures) * usualPictureBytes,
          notBeforeUs: null,
          ...clockWaitOf(sequence.openedAt, clockWaitMs),
        })),
    ofSeen: (frame, { target, boxes }) => ({
      target,
      lane: "alert",
      kind: "detection",
      operation: "put",
      id: frame.imgId,
      imgId: frame.imgId,
      bytes: frame.size,
      notBeforeUs: null,
      boxes,
      ...clockWaitOf(frame.moment, Math.min(clockWaitMs, mostAlertWaitMs)),
    }),
    takeBack: (kind, id, imgId, targets) =>
      targets.map((target) => ({
        target,
        lane: "labelled",
        kind,
        operation: "remove",
        id,
        imgId,
        bytes: 100,
        notBeforeUs: null,
      })),
  };
}

function clockWaitOf(
  { bootId, monotonicNs, clockSynchronised }: Moment,
  waitMs: number,
): Pick<OutboxDraft, "clockWait"> {
  if (clockSynchronised || waitMs === 0) return {};
  return { clockWait: { bootId, untilNs: monotonicNs + waitMs * 1e6 } };
}

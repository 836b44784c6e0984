// What of a look is told at once to those who wait for alerts: one picture of a sequence when it begins, and then now and then.
import { parseImageId } from "../../device/image-id.ts";
import type { SequenceRecord } from "../../device/sequence.ts";
import type { SeenBox } from "../../device/store/outbox.ts";
import type { AlertTarget } from "../deliveries.ts";
import type { Look } from "./look-keeper.ts";

/** What a target is to hear of one frame. */
export type DueAlert = {
  readonly target: string;
  readonly imgId: string;
  readonly boxes: readonly SeenBox[];
};

/** Remembers what was told; asked once for each look, in their order. */
export type AlertPace = (look: Pick<Look, "opened" | "changed" | "sequenceFrames">) => readonly DueAlert[];

export function createAlertPace(targets: readonly AlertTarget[]): AlertPace {
  /** Wall µs of the frame told last, by sequence. */
  const told = new Map<string, number>();

  const isDue = ({ id }: SequenceRecord, imgId: string, everyMs: number): boolean => {
    const lastUs = told.get(id);
    const us = parseImageId(imgId) ?? 0;
    // A clock that was set back must not silence it.
    return lastUs === undefined || us < lastUs || us - lastUs >= everyMs * 1000;
  };

  return ({ opened, changed, sequenceFrames }) => {
    for (const { id, closedAt } of changed) if (closedAt !== null) told.delete(id);
    const due = targets.flatMap(({ name, camera, takes, everyMs }): readonly DueAlert[] => {
      const own = [...opened, ...changed].filter(
        (each) => each.camera === camera && each.closedAt === null && takes(each.className),
      );
      const alerts = new Map<string, SeenBox[]>();
      for (const record of own) {
        // The newest: what led up to it shows less.
        const frame = sequenceFrames.findLast(({ sequence }) => sequence === record.id);
        if (frame === undefined || frame.box === null || !isDue(record, frame.imgId, everyMs)) continue;
        const { imgId, box, confidence } = frame;
        alerts.set(imgId, [...(alerts.get(imgId) ?? []), { box, confidence }]);
        told.set(record.id, parseImageId(imgId) ?? 0);
      }
      return [...alerts].map(([imgId, boxes]) => ({ target: name, imgId, boxes }));
    });
    return due;
  };
}

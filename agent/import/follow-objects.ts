// Which boxes of one camera are one object as time goes by: the platform's own rule, played again over a sequence that is over.
import type { Prediction } from "../../sync/clients/annotation-api.ts";

/** A box on a picture. */
export type SeenBox = {
  /** Position of its detection in the sequence. */
  readonly detection: number;
  /** Microseconds since 1970. */
  readonly atUs: number;
  readonly prediction: Prediction;
  /** Whether it is one of the sequence's own, not one that another sequence has on the same picture. */
  readonly isOwn: boolean;
};

/** The platform's settings: how long an object may be out of sight, and what it takes to become one. */
const mostUnseenUs = 7200e6;
const spawnWithinUs = 300e6;
const spawnBoxes = 3;

/**
 * Objects in the order they came to be, each with its boxes in order. A box goes to the object seen last whose newest box it overlaps; else it
 * makes one with two more that wait and overlap it. Boxes that never come to that are in no object.
 * @param seen by time, then by detection.
 */
export function followObjects(seen: readonly SeenBox[]): readonly (readonly SeenBox[])[] {
  const objects: SeenBox[][] = [];
  let waiting: readonly SeenBox[] = [];
  for (const box of seen) {
    // A stable sort: of two seen at the same time the older one comes first.
    const home = objects
      .filter((object) => box.atUs - object.at(-1)!.atUs <= mostUnseenUs)
      .sort((a, b) => b.at(-1)!.atUs - a.at(-1)!.atUs)
      .find((object) => overlap(object.at(-1)!, box));
    if (home !== undefined) {
      home.push(box);
      continue;
    }
    // Whoever waited longer is never near again.
    waiting = waiting.filter(({ atUs }) => box.atUs - atUs <= spawnWithinUs);
    const near = waiting.filter((other) => overlap(other, box));
    if (near.length + 1 >= spawnBoxes) {
      objects.push([...near, box]);
      waiting = waiting.filter((other) => !near.includes(other));
    } else waiting = [...waiting, box];
  }
  return objects;
}

function overlap({ prediction: a }: SeenBox, { prediction: b }: SeenBox): boolean {
  const [aLeft, aTop, aRight, aBottom] = a.xyxyn;
  const [bLeft, bTop, bRight, bBottom] = b.xyxyn;
  return (
    Math.min(aRight, bRight) - Math.max(aLeft, bLeft) > 0 &&
    Math.min(aBottom, bBottom) - Math.max(aTop, bTop) > 0
  );
}

// What the simulated scenes say is true, as the judge of the watcher wants it.

import type { ReserveAnimalTruth } from "../../device/camera/sim/reserve/reserve-scene.ts";
import type { PlumeTruth } from "../../device/camera/sim/ridge/ridge-scene.ts";
import type { ReadTruth } from "./watch-judge.ts";

/** Pixels of the shorter side from which an animal should be found; the model's card promises 24 at its input. */
const leastAnimalPx = 28;
const leastVisible = 0.5;
/** Pixels and opacity from which a plume should be found, as the model's card has it. */
const leastPlumePx = 24;
const leastOpacity = 0.3;

export const readReserve: ReadTruth = (truth, { width, height }) => {
  const animals = (truth.animals ?? []) as readonly ReserveAnimalTruth[];
  return animals.map(({ id, flank, box, visible, visit }) => ({
    event: `${id} #${visit}`,
    individual: id,
    side: flank,
    box,
    isPlain: visible >= leastVisible && shorterSide(box, width, height) >= leastAnimalPx,
  }));
};

export const readRidge: ReadTruth = (truth, { width, height }) => {
  const plumes = (truth.plumes ?? []) as readonly PlumeTruth[];
  return plumes.map(({ id, box, opacity }) => ({
    event: id,
    individual: "smoke",
    side: "none",
    box,
    isPlain: opacity >= leastOpacity && shorterSide(box, width, height) >= leastPlumePx,
  }));
};

function shorterSide(box: ReserveAnimalTruth["box"], width: number, height: number): number {
  return Math.min((box.right - box.left) * width, (box.bottom - box.top) * height);
}

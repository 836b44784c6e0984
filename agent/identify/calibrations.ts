// Which calibration holds for a space: the one fitted on this store's labelled pairs, the shipped one, or none.
import type { Store } from "../../device/store/store.ts";
import { type Calibration, calibrationVersion, parseCalibration } from "../../models/calibration.ts";
import { defaultCalibrations } from "../../models/default-calibrations.ts";
import { type Fusion, fusionName } from "../../models/fusion.ts";

/** Calibrations by space; the mean of several spaces has one of its own, see fusionName(). */
export type Calibrations = {
  /** null: neither fitted here nor shipped. */
  readonly find: (name: string) => Calibration | null;
};

/** Where the store keeps a calibration. */
export function calibrationNote(name: string): string {
  return `calibration/${name}`;
}

/** Those of a store, and behind them the shipped ones. @throws when a stored one is not sound. */
export function openCalibrations(notes: Pick<Store["notes"], "get">): Calibrations {
  return {
    find: (name) => {
      const stored = notes.get(calibrationNote(name));
      return stored === null ? (defaultCalibrations[name] ?? null) : parseCalibration(stored, name);
    },
  };
}

/** How scores of these spaces are made: each calibrated, or taken as it is where nobody fitted one. */
export function fusionOf(spaces: readonly string[], calibrations: Calibrations): Fusion {
  return {
    spaces: spaces.map((space) => ({ space, calibration: calibrations.find(space) ?? uncalibrated })),
    overall: spaces.length < 2 ? null : calibrations.find(fusionName(spaces)),
  };
}

/** The cosine as it is: a threshold on it means what it means for a bare matcher. */
export const uncalibrated: Calibration = {
  kind: "isotonic",
  version: calibrationVersion,
  pairs: 0,
  hits: 0,
  source: "not fitted: the cosine as it is",
  at: [0, 1],
  to: [0, 1],
};

// Calibrations for the shipped describers, by space; a store's own (`outrider models calibrate`) goes before them.
import type { Calibration } from "./calibration.ts";

/** Empty for a space nobody fitted: its cosine is taken as it is. */
export const defaultCalibrations: Readonly<Record<string, Calibration>> = {};

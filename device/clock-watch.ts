// Watches the wall clock beside the monotonic one: sees when it is set, steps, or becomes believable, and keeps for each boot which
// offset held when, so that what was stamped by a wrong clock can be told right later.
import type { Clock, Moment } from "./clock.ts";

/** From `monotonicNs` of a boot on, the wall clock was the monotonic one plus `offsetUs`. */
export type ClockAnchor = {
  readonly monotonicNs: number;
  readonly offsetUs: number;
  readonly synchronised: boolean;
};

/** The wall clock was set, or what is known of it changed. */
export type ClockChange = {
  readonly at: Moment;
  /** Wall clock after minus before, µs; positive: it was set forward. 0: it only became (un)synchronised. */
  readonly stepUs: number;
  readonly before: ClockAnchor;
  readonly after: ClockAnchor;
};

/** Steps up to this are what keeping time is about, µs: NTP slews them. */
export const smallStepUs = 2_000_000;

/** Looks now; returns what changed since the last look, null when nothing did. */
export type ClockLook = () => ClockChange | null;

/** @param known the newest anchor of this boot that an earlier process left; null: none. */
export function createClockLook(clock: Clock, known: ClockAnchor | null): ClockLook {
  let last = known ?? anchorOf(clock.now());
  return () => {
    const at = clock.now();
    const now = anchorOf(at);
    const stepUs = now.offsetUs - last.offsetUs;
    const isStep = Math.abs(stepUs) > smallStepUs;
    if (!isStep && now.synchronised === last.synchronised) {
      // Slewing goes on for hours: only what happens between two looks is a step. What an earlier process left is as old as it is.
      last = { ...last, offsetUs: now.offsetUs };
      return null;
    }
    const change = { at, stepUs: isStep ? stepUs : 0, before: last, after: now };
    last = now;
    return change;
  };
}

/** The anchor of a moment. */
export function anchorOf({ wallUs, monotonicNs, clockSynchronised }: Moment): ClockAnchor {
  return { monotonicNs, offsetUs: wallUs - Math.round(monotonicNs / 1000), synchronised: clockSynchronised };
}

/** Wall µs of a moment of the anchor's boot, as the anchor has it. */
export function wallUsBy({ offsetUs }: ClockAnchor, monotonicNs: number): number {
  return Math.round(monotonicNs / 1000) + offsetUs;
}

// Joins the n-th picture of a stream with the n-th time stamp of another. A frame is held until its time stamp comes, which is a
// moment later. At the first doubt it gives up for good, and frames keep the moment at which they arrived.
import type { Moment } from "../clock.ts";

/** Life: one per start of a camera. */
export type ExposurePairing<Frame extends { readonly moment: Moment }> = {
  readonly addFrame: (frame: Frame) => void;
  /** ns of the monotonic clock; null: this frame has none. */
  readonly addExposure: (sensorNs: number | null) => void;
  /** Asked now and then: gives up on time stamps that do not come. */
  readonly check: (atNs: number) => void;
  /** Nothing was read up to now: what is held is waited for anew. */
  readonly excuse: (atNs: number) => void;
  /** A picture was lost, so that the numbers no longer fit; or there is another reason. Frees what is held. */
  readonly giveUp: (reason: string) => void;
};

export type PairingOptions<Frame> = {
  readonly release: (frame: Frame) => void;
  /** Told once. */
  readonly onGiveUp: (reason: string) => void;
};

/** A frame that waits longer for its time stamp will never get one. */
const longestHoldNs = 1e9;
const mostHeld = 16;
/** Older exposures belong to another clock or to another picture. */
const longestDelayNs = 2e9;

/** Starts pairing. */
export function createExposurePairing<Frame extends { readonly moment: Moment }>(
  options: PairingOptions<Frame>,
): ExposurePairing<Frame> {
  const held: Frame[] = [];
  const exposures: (number | null)[] = [];
  let hasGivenUp = false;
  let excusedNs = 0;

  function giveUp(reason: string): void {
    if (hasGivenUp) return;
    hasGivenUp = true;
    exposures.length = 0;
    for (const frame of held.splice(0)) options.release(frame);
    options.onGiveUp(reason);
  }

  function join(): void {
    while (!hasGivenUp && held.length > 0 && exposures.length > 0) {
      const sensorNs = exposures[0]!;
      const { moment } = held[0]!;
      const delayNs = sensorNs === null ? 0 : moment.monotonicNs - sensorNs;
      if (delayNs < 0 || delayNs > longestDelayNs) {
        giveUp(`a picture arrived ${Math.round(delayNs / 1e6)} ms after its exposure`);
        return;
      }
      exposures.shift();
      const frame = held.shift()!;
      options.release(sensorNs === null ? frame : { ...frame, moment: earlier(moment, delayNs) });
    }
    if (held.length > mostHeld || exposures.length > mostHeld)
      giveUp("pictures and time stamps do not come in pairs");
  }

  return {
    addFrame: (frame) => {
      if (hasGivenUp) return options.release(frame);
      held.push(frame);
      join();
    },
    addExposure: (sensorNs) => {
      if (hasGivenUp) return;
      exposures.push(sensorNs);
      join();
    },
    check: (atNs) => {
      const oldest = held[0];
      if (oldest !== undefined && atNs - Math.max(oldest.moment.monotonicNs, excusedNs) > longestHoldNs)
        giveUp("no time stamps come");
    },
    excuse: (atNs) => {
      excusedNs = atNs;
    },
    giveUp,
  };
}

function earlier(moment: Moment, byNs: number): Moment {
  const wallUs = moment.wallUs - Math.round(byNs / 1000);
  return { ...moment, wallUs, monotonicNs: moment.monotonicNs - byNs };
}

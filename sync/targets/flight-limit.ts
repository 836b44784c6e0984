// How many uploads may be in flight: what is on its way when the link is cut goes twice, so a link that is cut often carries fewer.

/** A call in flight, as far as the limit knows it. */
export type Flight = {
  readonly succeeded: () => void;
  /** The link went away under it. Calls that fly together fall together and count once. */
  readonly cut: () => void;
};

export type FlightLimit = {
  readonly now: () => number;
  readonly begin: () => Flight;
};

/** Things that got through since the last cut for each that may fly: then a cut costs some two in a hundred at the most. */
const throughEach = 50;

/** @param most on a link that stays; where it begins */
export function createFlightLimit(most: number): FlightLimit {
  let limit = most;
  let cuts = 0;
  let throughSinceCut = 0;
  return {
    now: () => limit,
    begin: () => {
      const cutsBefore = cuts;
      return {
        succeeded: () => {
          throughSinceCut += 1;
          if (limit < most && throughSinceCut >= (limit + 1) * throughEach) limit += 1;
        },
        cut: () => {
          if (cutsBefore !== cuts) return;
          cuts += 1;
          throughSinceCut = 0;
          limit = Math.max(1, Math.floor(limit / 2));
        },
      };
    },
  };
}

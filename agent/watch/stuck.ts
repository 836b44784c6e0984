// Whether a camera that is sent from pose to pose stays where it is. Then all poses show the same picture, and alerts would name
// wrong directions. In fog all poses look alike as well, so pictures without contrast say nothing.
import { hammingDistance } from "../../device/picture-hashes.ts";

export type StuckSettings = {
  /** Poses whose pHash differs in at most so many bits show the same. */
  readonly distance: number;
  /** Rounds in a row that have to say so. */
  readonly rounds: number;
  /** Pictures whose grey levels vary less than this (variance) are not judged: fog, night. */
  readonly leastVariance: number;
};

/** Those of the fire-watching engines in the field. */
export const stuckDefaults: StuckSettings = { distance: 10, rounds: 2, leastVariance: 500 };

/** What a camera shows after it was sent to a pose. */
export type PoseLook = {
  readonly pose: string;
  readonly phash: string;
  /** Variance of its grey levels. */
  readonly variance: number;
};

export type StuckVerdict = {
  readonly stuck: boolean;
  /** Rounds in a row so far in which all poses looked alike. */
  readonly rounds: number;
};

export type StuckJudge = {
  /**
   * Takes a look at a pose. A round ends when a pose comes again; a round of one pose, or with a picture that says nothing, counts
   * neither for nor against. Stuck until a round shows two poses that differ.
   */
  readonly look: (look: PoseLook) => StuckVerdict;
};

export function createStuckJudge(settings: Partial<StuckSettings> = {}): StuckJudge {
  const { distance, rounds, leastVariance } = { ...stuckDefaults, ...settings };
  const round = new Map<string, PoseLook>();
  let alike = 0;

  const endRound = (): void => {
    const looks = [...round.values()];
    round.clear();
    if (looks.length < 2) return;
    const clear = looks.filter(({ variance }) => variance >= leastVariance);
    const furthest = furthestApart(clear);
    if (furthest > distance) alike = 0;
    // One foggy pose among clear ones that look alike: it might be the one that differs.
    else if (clear.length === looks.length) alike += 1;
  };

  return {
    look: (look) => {
      if (round.has(look.pose)) endRound();
      round.set(look.pose, look);
      // Two poses that differ set it free at once; that they are alike is known when all were seen.
      if (isApart([...round.values()])) alike = 0;
      return { stuck: alike >= rounds, rounds: alike };
    },
  };

  function isApart(looks: readonly PoseLook[]): boolean {
    return furthestApart(looks.filter(({ variance }) => variance >= leastVariance)) > distance;
  }
}

/** Bits between the two that differ most. */
function furthestApart(looks: readonly PoseLook[]): number {
  let furthest = 0;
  for (const [at, a] of looks.entries())
    for (const b of looks.slice(at + 1)) furthest = Math.max(furthest, hammingDistance(a.phash, b.phash));
  return furthest;
}

// What a network and a proxy do to a request, by chance of a seed: so that a client is seen to lose and double nothing.
import { createRandom } from "../../../device/camera/sim/seeded-random.ts";

/**
 * Answered by a proxy instead of the service: `502`, `503`, `504`, `429` (with Retry-After). Carried out, and the answer is lost: `late-504`,
 * `reset-after-commit`, `truncated` (half a body, then a reset). Not carried out: `reset`, `black-hole` (never answered; the client
 * has to give up). `slow`: as it should be, `slowMs` later.
 */
const faultKinds = [
  "502",
  "503",
  "504",
  "429",
  "late-504",
  "reset",
  "reset-after-commit",
  "truncated",
  "black-hole",
  "slow",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How a server behaves beside its contract. */
export type Behaviour = {
  /** Before every answer; default 0. */
  readonly latencyMs: number;
  /** Chance of each, 0 to 1, their sum at most 1; default none. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Of chance; default 1. */
  readonly seed: number;
  /** Requests by their number since the start, `until` excluded, that are all answered 503; default none. */
  readonly outages: readonly { readonly from: number; readonly until: number }[];
  /** Every connection is reset; default false. */
  readonly down: boolean;
  /** Default 2000. */
  readonly slowMs: number;
  /** Of 429 and 503; default 0. */
  readonly retryAfterSeconds: number;
  /** Larger bodies are refused with 413 by the proxy; default 64 MiB. */
  readonly maxBodyBytes: number;
};

export const defaultBehaviour: Behaviour = {
  latencyMs: 0,
  faults: {},
  seed: 1,
  outages: [],
  down: false,
  slowMs: 2000,
  retryAfterSeconds: 0,
  maxBodyBytes: 67_108_864,
};

export type Fate = FaultKind | "outage" | "down" | null;

/** Draws what becomes of each request, in the order they come. */
export type Chance = {
  readonly next: () => Fate;
  /** How often each has struck. */
  readonly struck: () => Readonly<Record<string, number>>;
};

/** @param now gives the behaviour in force; a change of its seed starts chance anew. */
export function createChance(now: () => Behaviour): Chance {
  const struck: Record<string, number> = {};
  let seed = now().seed;
  let random = createRandom(seed, "faults");
  let number = 0;
  return {
    next: () => {
      const behaviour = now();
      if (behaviour.seed !== seed) {
        seed = behaviour.seed;
        random = createRandom(seed, "faults");
      }
      const fate = fateOf(behaviour, number++, random());
      if (fate !== null) struck[fate] = (struck[fate] ?? 0) + 1;
      return fate;
    },
    struck: () => ({ ...struck }),
  };
}

function fateOf(behaviour: Behaviour, number: number, draw: number): Fate {
  if (behaviour.down) return "down";
  if (behaviour.outages.some(({ from, until }) => number >= from && number < until)) return "outage";
  let left = draw;
  for (const kind of faultKinds) {
    left -= behaviour.faults[kind] ?? 0;
    if (left < 0) return kind;
  }
  return null;
}

// Entries that are left alone for a while: they failed by themselves, or came before their picture did.
import type { Lane, OutboxEntry } from "../device/store/outbox.ts";

export type Resting = {
  /** The entry failed and rests for `msOf(attempts)`. @param weight less than 1: a failure that says less about the entry. */
  readonly failed: (entry: OutboxEntry, msOf: (attempts: number) => number, weight?: number) => void;
  /** The entry's picture is not there yet: it rests until `arrived` names it, and looks again after `ms`. */
  readonly early: (entry: OutboxEntry, ms: number) => void;
  /** Those whose picture this is need not rest any more. */
  readonly arrived: (imgId: string) => void;
  /** All may be tried at once; what they failed before is forgotten. */
  readonly wakeAll: () => void;
  readonly done: (entry: OutboxEntry) => void;
  readonly isResting: (sequence: number) => boolean;
  /** Whether it failed `attempts` times, or is early: a run that ends does not wait for it. */
  readonly isGivenUp: (sequence: number, attempts: number) => boolean;
  /** Forgets those whose time is over and that nobody came back for: they were withdrawn. */
  readonly prune: (isStillWanted: (sequence: number) => boolean) => void;
  readonly size: () => number;
  /** Milliseconds until the next one may be tried; null when none rests. */
  readonly nextMs: () => number | null;
  /** Whether every one of them failed `attempts` times, is early, or is in a lane that may not go. */
  readonly areAllGivenUp: (attempts: number, mayGo: (lane: Lane) => boolean) => boolean;
  readonly clear: () => void;
};

type Rest = {
  readonly lane: Lane;
  readonly untilNs: number;
  readonly attempts: number;
  readonly earlyFor: string | null;
};

export function createResting(monotonicNs: () => number): Resting {
  const rests = new Map<number, Rest>();
  const early = new Map<string, Set<number>>();
  const forgetEarly = (sequence: number): void => {
    const imgId = rests.get(sequence)?.earlyFor ?? null;
    if (imgId === null) return;
    const sequences = early.get(imgId);
    sequences?.delete(sequence);
    if (sequences?.size === 0) early.delete(imgId);
  };
  const isGivenUp = (sequence: number, attempts: number): boolean => {
    const rest = rests.get(sequence);
    return rest !== undefined && (rest.earlyFor !== null || rest.attempts >= attempts);
  };
  return {
    failed: ({ sequence, lane }, msOf, weight = 1) => {
      const attempts = (rests.get(sequence)?.attempts ?? 0) + weight;
      forgetEarly(sequence);
      const untilNs = monotonicNs() + msOf(Math.ceil(attempts)) * 1e6;
      rests.set(sequence, { lane, untilNs, attempts, earlyFor: null });
    },
    early: ({ sequence, lane, imgId }, ms) => {
      const attempts = rests.get(sequence)?.attempts ?? 0;
      forgetEarly(sequence);
      rests.set(sequence, { lane, untilNs: monotonicNs() + ms * 1e6, attempts, earlyFor: imgId });
      if (imgId === null) return;
      const sequences = early.get(imgId) ?? new Set();
      early.set(imgId, sequences.add(sequence));
    },
    arrived: (imgId) => {
      for (const sequence of early.get(imgId) ?? []) {
        const rest = rests.get(sequence);
        if (rest === undefined) continue;
        if (rest.attempts === 0) rests.delete(sequence);
        else rests.set(sequence, { ...rest, untilNs: 0, earlyFor: null });
      }
      early.delete(imgId);
    },
    wakeAll: () => {
      for (const [sequence, rest] of rests) rests.set(sequence, { ...rest, untilNs: 0, attempts: 0 });
    },
    done: ({ sequence }) => {
      forgetEarly(sequence);
      rests.delete(sequence);
    },
    isResting: (sequence) => (rests.get(sequence)?.untilNs ?? 0) > monotonicNs(),
    size: () => rests.size,
    nextMs: () => {
      if (rests.size === 0) return null;
      let untilNs = Number.POSITIVE_INFINITY;
      for (const rest of rests.values()) untilNs = Math.min(untilNs, rest.untilNs);
      return Math.max(0, (untilNs - monotonicNs()) / 1e6);
    },
    isGivenUp,
    prune: (isStillWanted) => {
      const nowNs = monotonicNs();
      for (const [sequence, { untilNs }] of rests) {
        if (untilNs > nowNs || isStillWanted(sequence)) continue;
        forgetEarly(sequence);
        rests.delete(sequence);
      }
    },
    areAllGivenUp: (attempts, mayGo) =>
      [...rests].every(([sequence, { lane }]) => isGivenUp(sequence, attempts) || !mayGo(lane)),
    clear: () => {
      rests.clear();
      early.clear();
    },
  };
}

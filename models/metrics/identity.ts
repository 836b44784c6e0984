// How well individuals are told apart: rank-k and mAP of a ranked gallery, and what it does with those it has never seen
// (AUROC; BAKS and BAUS, the balanced accuracies on known and unknown ones that the AnimalCLEF challenge uses).
import { mean } from "./mean.ts";

/** One query: its identity and the gallery as ranked for it. */
export type RankedQuery = {
  readonly identity: string;
  /** Gallery items that count for this query (junk is left out before), in any order. */
  readonly candidates: readonly { readonly identity: string; readonly score: number }[];
};

export type IdentityReport = {
  readonly queries: number;
  /** Queries whose identity is in the gallery; rank-k and mAP are over these. */
  readonly known: number;
  readonly rank1: number | null;
  readonly rank5: number | null;
  readonly map: number | null;
  /** Chance that a known query's best score is above an unknown one's; null without either kind. */
  readonly auroc: number | null;
  /** At the threshold given; null without that kind of identity. */
  readonly baks: number | null;
  readonly baus: number | null;
  /** Square root of BAKS times BAUS. */
  readonly balanced: number | null;
};

/**
 * Judges all queries. Among equal scores the right answer comes last in rank-k, so that a scorer that says the same of
 * everybody earns nothing.
 * @param options.threshold the best score below which the answer is "somebody new".
 */
export function evaluateIdentity(
  queries: readonly RankedQuery[],
  options: { readonly threshold: number },
): IdentityReport {
  const known = queries.filter(isKnown);
  const unknown = queries.filter((query) => !isKnown(query));
  const ranks = known.map(rankOf);
  const { baks, baus } = balancedAccuracies(queries, options.threshold);
  return {
    queries: queries.length,
    known: known.length,
    rank1: mean(ranks.map((rank) => Number(rank <= 1))),
    rank5: mean(ranks.map((rank) => Number(rank <= 5))),
    map: mean(
      known.map((query) =>
        averagePrecisionOf(
          query.candidates.map(({ identity, score }) => ({ isHit: identity === query.identity, score })),
        ),
      ),
    ),
    auroc: areaUnderRoc(known.map(bestScore), unknown.map(bestScore)),
    baks,
    baus,
    balanced: baks === null || baus === null ? null : Math.sqrt(baks * baus),
  };
}

/**
 * Average precision: the sum over distinct scores of (recall gained) times (precision there), as scikit-learn defines it; equal
 * scores are one step. 0 when nothing hits.
 */
export function averagePrecisionOf(
  scored: readonly { readonly isHit: boolean; readonly score: number }[],
): number {
  const hits = scored.filter(({ isHit }) => isHit).length;
  if (hits === 0) return 0;
  const ranked = [...scored].sort((a, b) => b.score - a.score);
  let found = 0;
  let before = 0;
  let sum = 0;
  for (const [index, { isHit, score }] of ranked.entries()) {
    if (isHit) found += 1;
    if (ranked[index + 1]?.score === score) continue;
    sum += ((found - before) / hits) * (found / (index + 1));
    before = found;
  }
  return sum;
}

/** The chance that a value of the first kind is above one of the second, ties half (Mann–Whitney); null when one kind is missing. */
export function areaUnderRoc(positive: readonly number[], negative: readonly number[]): number | null {
  if (positive.length === 0 || negative.length === 0) return null;
  const all = [
    ...positive.map((value) => ({ value, isPositive: true })),
    ...negative.map((value) => ({ value, isPositive: false })),
  ].sort((a, b) => a.value - b.value);
  let rankSum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]!.value === all[from]!.value) to += 1;
    // Ranks from+1 … to are shared.
    const shared = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if (all[at]!.isPositive) rankSum += shared;
    from = to;
  }
  const smallest = (positive.length * (positive.length + 1)) / 2;
  return (rankSum - smallest) / (positive.length * negative.length);
}

/**
 * BAKS: over the known identities, the mean of each one's share of right answers. BAUS: over the unknown ones, the mean of each
 * one's share of "somebody new".
 */
export function balancedAccuracies(
  queries: readonly RankedQuery[],
  threshold: number,
): { readonly baks: number | null; readonly baus: number | null } {
  const known = new Map<string, number[]>();
  const unknown = new Map<string, number[]>();
  for (const query of queries) {
    const best = bestOf(query);
    const isNew = best === null || best.score < threshold;
    const isIn = isKnown(query);
    const isRight = isIn ? !isNew && best.identity === query.identity : isNew;
    const shares = isIn ? known : unknown;
    const of = shares.get(query.identity) ?? [];
    of.push(Number(isRight));
    shares.set(query.identity, of);
  }
  const balance = (shares: ReadonlyMap<string, readonly number[]>): number | null =>
    mean([...shares.values()].map((each) => mean(each)!));
  return { baks: balance(known), baus: balance(unknown) };
}

/**
 * The threshold with the best balance of BAKS and BAUS on these queries: for a validation part, never for the queries that are
 * reported. 0 when there are no queries.
 */
export function bestThreshold(queries: readonly RankedQuery[]): number {
  const scores = [...new Set(queries.map(bestScore).filter(Number.isFinite))].sort((a, b) => a - b);
  let best = { threshold: 0, balance: -1 };
  for (const [index, score] of scores.entries()) {
    const threshold = index === 0 ? score : (score + scores[index - 1]!) / 2;
    const { baks, baus } = balancedAccuracies(queries, threshold);
    const balance = Math.sqrt((baks ?? 1) * (baus ?? 1));
    if (balance > best.balance) best = { threshold, balance };
  }
  return best.threshold;
}

function isKnown({ identity, candidates }: RankedQuery): boolean {
  return candidates.some((candidate) => candidate.identity === identity);
}

/** Place of the first right one, from 1. */
function rankOf({ identity, candidates }: RankedQuery): number {
  const best = Math.max(...candidates.filter((each) => each.identity === identity).map(({ score }) => score));
  return 1 + candidates.filter((each) => each.identity !== identity && each.score >= best).length;
}

function bestOf({ candidates }: RankedQuery): RankedQuery["candidates"][number] | null {
  let best: RankedQuery["candidates"][number] | null = null;
  for (const each of candidates) if (best === null || each.score > best.score) best = each;
  return best;
}

function bestScore(query: RankedQuery): number {
  return bestOf(query)?.score ?? Number.NEGATIVE_INFINITY;
}

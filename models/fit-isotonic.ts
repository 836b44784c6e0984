// Fits an isotonic calibration: shares of hits that never fall (pool adjacent violators), joined by a strictly increasing curve.
import { calibrationVersion, type IsotonicCalibration, type ScoredPair } from "./calibration.ts";

type Bin = {
  /** Least and greatest similarity in it. */
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** Share of hits. */
  readonly share: number;
};

/** @throws when there are no two different similarities. */
export function fitIsotonic(pairs: readonly ScoredPair[], source: string): IsotonicCalibration {
  const sorted = [...pairs].sort((left, right) => left.similarity - right.similarity);
  const hits = sorted.filter(({ isSame }) => isSame).length;
  const first = sorted[0]?.similarity;
  const last = sorted.at(-1)?.similarity;
  if (first === undefined || last === undefined || !(first < last))
    throw new Error(`Expected pairs of different similarity, got ${pairs.length} of ${first ?? "none"}`);
  const pooled = pool(
    sorted.map(({ similarity, isSame }) => ({
      from: similarity,
      to: similarity,
      weight: 1,
      share: isSame ? 1 : 0,
    })),
  );
  // One more pair in each, of the share of all: a bin of three hits is no certainty. Pooled again, for that may turn neighbours round.
  const overall = hits / pairs.length;
  const bins = pool(
    pooled.map((bin) => ({
      ...bin,
      share: (bin.share * bin.weight + overall) / (bin.weight + 1),
    })),
  );
  const knots = [
    { at: first, to: endOf(bins[0]!, "low") },
    ...bins.map(({ from, to, share }) => ({ at: (from + to) / 2, to: share })),
    { at: last, to: endOf(bins.at(-1)!, "high") },
  ].filter(({ at }, index, all) => (index === 0 || at > first) && (index === all.length - 1 || at < last));
  return {
    kind: "isotonic",
    version: calibrationVersion,
    pairs: pairs.length,
    hits,
    source,
    at: knots.map(({ at }) => at),
    to: knots.map(({ to }) => to),
  };
}

/** Joins neighbours until shares strictly increase; similarities that are equal are one. */
function pool(bins: readonly Bin[]): readonly Bin[] {
  const pooled: Bin[] = [];
  for (const bin of bins) {
    let joined = bin;
    for (;;) {
      const before = pooled.at(-1);
      if (before === undefined || (before.share < joined.share && before.to < joined.from)) break;
      pooled.pop();
      const weight = before.weight + joined.weight;
      joined = {
        from: before.from,
        to: joined.to,
        weight,
        share: (before.share * before.weight + joined.share * joined.weight) / weight,
      };
    }
    pooled.push(joined);
  }
  return pooled;
}

/** A little beyond the outermost bin's share, the less the more pairs are in it, so that nothing ties within it. */
function endOf({ share, weight }: Bin, end: "low" | "high"): number {
  return end === "low" ? share * (1 - 1 / (weight + 2)) : share + (1 - share) / (weight + 2);
}

// How well individuals are told apart in a labelled collection, and always beside it what simple means reach: a report that only
// shows the embedder would not tell that a colour histogram beats it.
import type { ScoredPair } from "../../models/calibration.ts";
import { fitIsotonic } from "../../models/fit-isotonic.ts";
import { createMean } from "../../models/fusion.ts";
import {
  bestThreshold,
  evaluateIdentity,
  type IdentityReport,
  type RankedQuery,
} from "../../models/metrics/identity.ts";
import { type IdentitySplit, splitIdentities } from "../../models/metrics/split.ts";
import { areCopies, type DescribedItem, hashLikeness, likenessIn, thumbnailSpace } from "./eval-items.ts";

export type IdentityEvaluation = {
  readonly data: string;
  /** The layout the folder was read as. */
  readonly format: string;
  readonly split: {
    readonly by: "time" | "random";
    readonly calibration: number;
    readonly gallery: number;
    readonly queries: number;
    readonly unknown: number;
  };
  /** Pictures of the gallery left out for a query since they are copies of it. */
  readonly copiesLeftOut: number;
  readonly scorers: readonly {
    readonly name: string;
    readonly kind: "part" | "baseline" | "fusion";
    readonly threshold: number;
    readonly report: IdentityReport;
  }[];
  /** null: the fusion is at least as good as the better of its parts in rank-1 and mAP; else what it is not. */
  readonly fusionFallsShort: string | null;
};

export type EvalIdentityOptions = {
  readonly data: string;
  readonly format: string;
  readonly items: readonly DescribedItem[];
  /** The spaces that are fused. */
  readonly spaces: readonly string[];
  readonly by: "time" | "random";
  readonly random: () => number;
};

type Likeness = (a: DescribedItem, b: DescribedItem) => number;
type Scorer = IdentityEvaluation["scorers"][number] & { readonly kind: "part" | "baseline" | "fusion" };

/** Pairs that calibrate one scorer at most; more make it slower, not better. */
const mostPairs = 200_000;
const leastQueries = 5;

/** Judges every scorer on one split. @throws RangeError when there is too little to judge on. */
export function evalIdentity(options: EvalIdentityOptions): IdentityEvaluation {
  const { items, spaces } = options;
  const split = splitIdentities(items, options);
  expectEnough(split, options);
  const inner = splitIdentities(split.calibration, { ...options, calibration: 0, unknown: 0.3 });
  const likenesses: readonly (readonly [string, "part" | "baseline", Likeness])[] = [
    ...spaces.map(
      (space) => [space, "part", (a: DescribedItem, b: DescribedItem) => likenessIn(space, a, b)] as const,
    ),
    ["pHash", "baseline", hashLikeness],
    [thumbnailSpace, "baseline", (a, b) => likenessIn(thumbnailSpace, a, b)],
  ];
  const judge = (name: string, kind: Scorer["kind"], likeness: Likeness): Scorer => {
    const threshold = bestThreshold(rank(inner, likeness).queries);
    return { name, kind, threshold, report: evaluateIdentity(rank(split, likeness).queries, { threshold }) };
  };
  const calibrations = spaces.map((space) =>
    fitIsotonic(
      pairsOf(split.calibration, (a, b) => likenessIn(space, a, b)),
      "the part held out to calibrate with",
    ),
  );
  const mean = createMean(calibrations);
  const fused: Likeness = (a, b) => mean(spaces.map((space) => likenessIn(space, a, b)));
  const scorers = [
    judge("fusion", "fusion", fused),
    ...likenesses.map(([name, kind, likeness]) => judge(name, kind, likeness)),
  ];
  return {
    data: options.data,
    format: options.format,
    split: {
      by: options.by,
      calibration: split.calibration.length,
      gallery: split.gallery.length,
      queries: split.queries.length,
      unknown: split.unknown.length,
    },
    copiesLeftOut: rank(split, hashLikeness).copies,
    scorers,
    fusionFallsShort: shortfall(scorers),
  };
}

/** Each query with the gallery as it counts for it: without copies of the query itself. */
function rank(
  { gallery, queries }: Pick<IdentitySplit<DescribedItem>, "gallery" | "queries">,
  likeness: Likeness,
): { readonly queries: readonly RankedQuery[]; readonly copies: number } {
  let copies = 0;
  const ranked = queries.map((query) => {
    const counting = gallery.filter((item) => item.identity !== query.identity || !areCopies(item, query));
    copies += gallery.length - counting.length;
    return {
      identity: query.identity,
      candidates: counting.map((item) => ({ identity: item.identity, score: likeness(query, item) })),
    };
  });
  return { queries: ranked, copies };
}

/** All pairs of a collection but copies, evenly thinned when they are too many. */
function pairsOf(items: readonly DescribedItem[], likeness: Likeness): ScoredPair[] {
  const every = Math.max(1, Math.ceil((items.length * (items.length - 1)) / 2 / mostPairs));
  const pairs: ScoredPair[] = [];
  let count = 0;
  for (const [index, a] of items.entries()) {
    for (const b of items.slice(index + 1)) {
      const isSame = a.identity === b.identity;
      count += 1;
      // Hits are rare: all of them count.
      if ((!isSame && count % every !== 0) || (isSame && areCopies(a, b))) continue;
      const similarity = likeness(a, b);
      if (!Number.isNaN(similarity)) pairs.push({ similarity, isSame });
    }
  }
  return pairs;
}

function expectEnough(
  split: IdentitySplit<DescribedItem>,
  { data, format, items }: EvalIdentityOptions,
): void {
  if (items.length === 0)
    throw new RangeError(
      `Expected ${data} to say who is on its pictures, but read as "${format}" it names nobody; --format says what else it is`,
    );
  const calibrating = new Set(split.calibration.map(({ identity }) => identity)).size;
  const { queries, gallery } = split;
  if (calibrating < 2 || queries.length < leastQueries || gallery.length === 0)
    throw new RangeError(
      `Expected at least 2 identities to calibrate with, ${leastQueries} queries and a gallery, got ${calibrating}, ${queries.length} and ${gallery.length} (of ${items.length} pictures of ${new Set(items.map(({ identity }) => identity)).size} individuals, read as "${format}"): more labelled pictures are needed`,
    );
}

function shortfall(scorers: readonly Scorer[]): string | null {
  const fusion = scorers.find(({ kind }) => kind === "fusion")!.report;
  const parts = scorers.filter(({ kind }) => kind === "part");
  const short = (["rank1", "map"] as const).flatMap((figure) => {
    const best = Math.max(...parts.map(({ report }) => report[figure] ?? 0));
    const got = fusion[figure] ?? 0;
    return got >= best
      ? []
      : [
          `${figure === "map" ? "mAP" : "rank-1"} ${percent(got)} is below ${percent(best)} of the better part`,
        ];
  });
  return short.length === 0 ? null : short.join("; ");
}

/** The evaluation for a person. */
export function describeIdentityEvaluation(evaluation: IdentityEvaluation): string {
  const { split, scorers, fusionFallsShort } = evaluation;
  const width = Math.max(...scorers.map(({ name }) => name.length), 8);
  const known = scorers[0]!.report;
  return [
    `${evaluation.data} (${evaluation.format}): ${split.gallery} in the gallery, ${split.queries} queries (${known.known} of known ones, ${split.unknown} individuals never seen), split by ${split.by}; ${split.calibration} to calibrate with; ${evaluation.copiesLeftOut} copies left out`,
    `${"".padEnd(width)}   rank-1  rank-5     mAP   AUROC    BAKS    BAUS  balance`,
    ...scorers.map(({ name, report }) =>
      [
        name.padEnd(width),
        ...[report.rank1, report.rank5, report.map, report.auroc, report.baks, report.baus].map((value) =>
          percent(value).padStart(6),
        ),
        percent(report.balanced).padStart(7),
      ].join("  "),
    ),
    fusionFallsShort === null
      ? "The fusion is at least as good as the better of its parts."
      : `The fusion falls short: ${fusionFallsShort}.`,
  ].join("\n");
}

function percent(share: number | null): string {
  return share === null ? "–" : (share * 100).toFixed(1);
}

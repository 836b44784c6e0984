import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  areaUnderRoc,
  averagePrecisionOf,
  bestThreshold,
  evaluateIdentity,
  type RankedQuery,
} from "../../../models/metrics/identity.ts";

const golden = JSON.parse(
  readFileSync(new URL("../../fixtures/metrics/golden.json", import.meta.url), "utf8"),
) as {
  scored: readonly {
    readonly hits: readonly boolean[];
    readonly scores: readonly number[];
    readonly averagePrecision: number;
    readonly auroc: number;
  }[];
};

const query = (identity: string, scores: Readonly<Record<string, number>>): RankedQuery => ({
  identity,
  candidates: Object.entries(scores).map(([name, score]) => ({ identity: name.replace(/\d+$/, ""), score })),
});

test("averagePrecisionOf() and areaUnderRoc() give the figures of scikit-learn, ties included", () => {
  for (const { hits, scores, averagePrecision, auroc } of golden.scored) {
    const scored = hits.map((isHit, at) => ({ isHit, score: scores[at]! }));
    assert.ok(Math.abs(averagePrecisionOf(scored) - averagePrecision) < 1e-12);
    const of = (wanted: boolean) => scored.filter(({ isHit }) => isHit === wanted).map(({ score }) => score);
    assert.ok(Math.abs(areaUnderRoc(of(true), of(false))! - auroc) < 1e-12);
  }
});

test("evaluateIdentity() ranks, and judges known and unknown ones by identity, not by picture", () => {
  const report = evaluateIdentity(
    [
      query("a", { a1: 0.9, b1: 0.5, c1: 0.1 }),
      query("a", { a1: 0.4, b1: 0.8, c1: 0.1 }),
      query("b", { a1: 0.1, b1: 0.9, c1: 0.2 }),
      query("x", { a1: 0.3, b1: 0.2, c1: 0.1 }),
      query("x", { a1: 0.7, b1: 0.2, c1: 0.1 }),
    ],
    { threshold: 0.6 },
  );
  assert.deepEqual(
    { ...report, map: null },
    {
      queries: 5,
      known: 3,
      rank1: 2 / 3,
      rank5: 1,
      map: null,
      auroc: 1,
      baks: 0.75,
      baus: 0.5,
      balanced: Math.sqrt(0.375),
    },
  );
  assert.ok(Math.abs(report.map! - (1 + 0.5 + 1) / 3) < 1e-12);
});

test("evaluateIdentity() gives nothing to a scorer that says the same of everybody", () => {
  const report = evaluateIdentity([query("a", { a1: 0.5, b1: 0.5, c1: 0.5, d1: 0.5, e1: 0.5, f1: 0.5 })], {
    threshold: 0,
  });
  assert.equal(report.rank1, 0);
  assert.equal(report.rank5, 0);
});

test("evaluateIdentity() has no figures without queries, and no BAUS without unknown ones", () => {
  const none = evaluateIdentity([], { threshold: 0.5 });
  assert.equal(none.rank1, null);
  assert.equal(none.balanced, null);
  assert.equal(evaluateIdentity([query("a", { a1: 1 })], { threshold: 0.5 }).baus, null);
});

test("bestThreshold() parts known from unknown where that is possible", () => {
  const queries = [query("a", { a1: 0.9 }), query("b", { b1: 0.8 }), query("x", { a1: 0.4 })];
  const threshold = bestThreshold(queries);
  assert.equal(evaluateIdentity(queries, { threshold }).balanced, 1);
});

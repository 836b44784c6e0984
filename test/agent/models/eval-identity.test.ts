import assert from "node:assert/strict";
import { test } from "node:test";
import { describeIdentityEvaluation, evalIdentity } from "../../../agent/models/eval-identity.ts";
import { type DescribedItem, thumbnailSpace } from "../../../agent/models/eval-items.ts";
import { createRandom } from "../../../device/camera/sim/seeded-random.ts";

/** Items of identities that lie around directions of their own; `noise` is how far. */
function makeItems(noise: { a: number; b: number }, count = 20): DescribedItem[] {
  const random = createRandom(3, "items");
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  const around = (centre: readonly number[], by: number): Float32Array => {
    const raw = Float32Array.from(centre, (value) => value + by * gauss());
    const length = Math.hypot(...raw);
    return raw.map((value) => value / length);
  };
  const direction = (): number[] => Array.from({ length: 8 }, gauss);
  return Array.from({ length: count }, (_, who) => ({ who, a: direction(), b: direction() })).flatMap(
    ({ who, a, b }) =>
      Array.from({ length: 6 }, (_, at) => ({
        what: `${who}-${at}.jpg`,
        identity: `set/${who}`,
        group: null,
        atUs: at,
        hashes: { phash: hex(16), dhash: hex(16), ahash: hex(16), pdq: hex(64), quality: 100 },
        vectors: new Map([
          ["a", around(a, noise.a)],
          ["b", around(b, noise.b)],
          [thumbnailSpace, around(direction(), 1)],
        ]),
      })),
  );
}

const evaluate = (items: readonly DescribedItem[]) =>
  evalIdentity({
    data: "made up",
    format: "csv",
    items,
    spaces: ["a", "b"],
    by: "time",
    random: createRandom(1, "split"),
  });

test("evalIdentity() puts the fusion beside its parts and the simple means", () => {
  const { scorers, fusionFallsShort, split } = evaluate(makeItems({ a: 0.7, b: 0.7 }));
  const of = (name: string) => scorers.find((scorer) => scorer.name === name)!.report;
  assert.deepEqual(
    scorers.map(({ kind }) => kind),
    ["fusion", "part", "part", "baseline", "baseline"],
  );
  assert.ok(of("fusion").rank1! > of("a").rank1! && of("fusion").rank1! > of("b").rank1!);
  assert.ok(of("a").rank1! > of("pHash").rank1!);
  assert.equal(fusionFallsShort, null);
  assert.ok(split.unknown > 0 && of("fusion").auroc !== null);
});

test("evalIdentity() says so when the fusion is worse than a part of it", () => {
  const evaluation = evaluate(makeItems({ a: 0.1, b: 30 }));
  assert.match(evaluation.fusionFallsShort ?? "", /rank-1 .* is below .* of the better part/);
  assert.match(describeIdentityEvaluation(evaluation), /The fusion falls short/);
});

test("evalIdentity() does not let a copy of the query answer it", () => {
  const items = makeItems({ a: 30, b: 30 });
  const copied = items.map((item, at) =>
    at % 6 === 5 ? { ...items[at - 5]!, atUs: 5, what: item.what } : item,
  );
  const evaluation = evaluate(copied);
  assert.ok(evaluation.copiesLeftOut > 0);
  assert.ok(evaluation.scorers[1]!.report.rank1! < 0.5);
});

test("evalIdentity() refuses a collection that is too small, with the numbers", () => {
  assert.throws(
    () => evaluate(makeItems({ a: 1, b: 1 }, 2)),
    /Expected at least 2 identities.* of 2 individuals, read as "csv"/,
  );
  assert.throws(() => evaluate([]), /read as "csv" it names nobody; --format/);
});

// What every detector family promises. A family's test hands in a way to write its outputs; the rest is the same for all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Candidate, Decoder, Tensor } from "../../../models/detectors/decoder.ts";
import { ModelError } from "../../../models/vision.ts";

export type Outputs = ReadonlyMap<string, Tensor>;

export type FamilySample = {
  readonly decoder: Decoder;
  /** Outputs of an input of `side` pixels that hold these candidates and nothing else. */
  readonly write: (candidates: readonly Candidate[]) => Outputs;
  readonly classes: number;
  /** Outputs that are not this family's, by what is wrong with them. */
  readonly wrong: Readonly<Record<string, Outputs>>;
  /** Pixels that an edge may be off: 32-bit floats, and sums of them. */
  readonly tolerance?: number;
};

/** Pixels of the input, both ways. */
export const side = 320;
const least = 0.25;
const options = { width: side, height: side, score: least };

/** Boxes well within the input; scores are the same in 32 bits. */
const candidate: fc.Arbitrary<Omit<Candidate, "classIndex">> = fc
  .record({
    left: fc.nat(180),
    top: fc.nat(180),
    width: fc.integer({ min: 40, max: 120 }),
    height: fc.integer({ min: 40, max: 120 }),
    score: fc.integer({ min: 1, max: 64 }).map((part) => part / 64),
  })
  .map(({ left, top, width, height, score }) => ({
    left,
    top,
    right: left + width,
    bottom: top + height,
    score,
  }));

/** Runs the whole contract; to be called once per family's test file. */
export function testDetectorFamily(name: string, sample: FamilySample): void {
  const { decoder, write, classes, wrong, tolerance = 1e-3 } = sample;
  const candidates = fc.array(
    fc.tuple(candidate, fc.nat(classes - 1)).map(([one, classIndex]) => ({ ...one, classIndex })),
    { maxLength: 8 },
  );

  test(`${name}.decode() reads back what was written, and nothing below the threshold`, () => {
    fc.assert(
      fc.property(candidates, (written) => {
        const found = decoder.decode(write(written), options);
        const expected = written.filter(({ score }) => score >= least);
        assert.equal(found.length, expected.length);
        const rest = [...found];
        for (const one of expected) {
          const at = rest.findIndex((other) => isSame(one, other, tolerance));
          assert.notEqual(at, -1, `${JSON.stringify(one)} is not in ${JSON.stringify(rest)}`);
          rest.splice(at, 1);
        }
        if (!decoder.needsSuppression)
          assert.ok(found.every(({ score }, index) => index === 0 || found[index - 1]!.score >= score));
      }),
      { numRuns: 50 },
    );
  });

  test(`${name}.decode() drops numbers that are none, and never gives a box without an area or a score outside 0–1`, () => {
    const poison = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -5, 0);
    fc.assert(
      fc.property(candidates, fc.array(fc.tuple(fc.nat(), poison), { maxLength: 20 }), (written, spots) => {
        const outputs = write(written);
        const floats = [...outputs.values()].flatMap(({ data }) =>
          data instanceof Float32Array ? [data] : [],
        );
        // Where something was written, so that the poison is not lost in the emptiness around.
        const places = floats.flatMap((data) =>
          [...data.keys()].filter((at) => data[at] !== 0).map((at) => ({ data, at })),
        );
        for (const [spot, value] of spots) {
          const place = places[spot % Math.max(1, places.length)];
          if (place !== undefined) place.data[place.at] = value;
        }
        for (const found of decodeOrRefuse(decoder, outputs)) assertSound(found);
      }),
      { numRuns: 100 },
    );
  });

  test(`${name}.decode() leaves its outputs alone and gives the same for the same`, () => {
    const outputs = write([
      { left: 40, top: 50, right: 140, bottom: 130, score: 0.5, classIndex: classes - 1 },
    ]);
    const before = structuredClone([...outputs]);
    const first = decoder.decode(outputs, options);
    assert.deepEqual(decoder.decode(outputs, options), first);
    assert.deepEqual([...outputs], before);
    assert.equal(first.length, 1);
  });

  test(`${name}.decode() says which output it expected and what it found instead`, () => {
    const empty: Outputs = new Map();
    const cut = new Map([...write([])].map(([key, { dims, data }]) => [key, { dims, data: data.slice(1) }]));
    for (const [what, outputs] of Object.entries({ ...wrong, "nothing at all": empty, "cut off": cut }))
      assert.throws(
        () => decoder.decode(outputs, options),
        (error) => {
          assert.ok(error instanceof ModelError, `${what}: ${error}`);
          assert.match(error.message, /^Expected .+ found .+/, what);
          assert.ok(error.message.includes(decoder.family), what);
          return true;
        },
        what,
      );
  });

  const vectors = allVectors().filter(({ family }) => family === decoder.family);
  for (const vector of vectors)
    test(`${name}.decode() reads the numbers NumPy reads (${vector.name})`, () => {
      const outputs = new Map(Object.entries(vector.outputs).map(([key, spec]) => [key, draw(spec)]));
      const found = decoder.decode(outputs, { width: vector.size, height: vector.size, score: vector.score });
      assert.equal(found.length, vector.expected.length);
      for (const [index, [left, top, right, bottom, score, classIndex]] of vector.expected.entries())
        assert.ok(
          isSame({ left, top, right, bottom, score, classIndex }, found[index]!, 1e-3),
          `row ${index}: ${JSON.stringify(found[index])}`,
        );
    });
  assert.ok(vectors.length > 0, `no vector for ${decoder.family}`);
}

/** A refusal is an answer, too: some poison cannot be told from another family's output. */
function decodeOrRefuse(decoder: Decoder, outputs: Outputs): readonly Candidate[] {
  try {
    return decoder.decode(outputs, options);
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error));
    return [];
  }
}

function assertSound({ left, top, right, bottom, score, classIndex }: Candidate): void {
  assert.ok([left, top, right, bottom].every(Number.isFinite));
  assert.ok(right > left && bottom > top);
  assert.ok(score >= least && score <= 1);
  assert.ok(Number.isInteger(classIndex) && classIndex >= 0);
}

function isSame(one: Candidate, other: Candidate, tolerance: number): boolean {
  const near = (a: number, b: number, by: number) => Math.abs(a - b) <= by;
  return (
    one.classIndex === other.classIndex &&
    near(one.score, other.score, 1e-6) &&
    near(one.left, other.left, tolerance) &&
    near(one.top, other.top, tolerance) &&
    near(one.right, other.right, tolerance) &&
    near(one.bottom, other.bottom, tolerance)
  );
}

/** A table of zeros. */
export function zeros(...dims: readonly number[]): { dims: readonly number[]; data: Float32Array } {
  return { dims, data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) };
}

/** Centre and size of a box. */
export function centreOf({ left, top, right, bottom }: Candidate): readonly [number, number, number, number] {
  return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top];
}

type Spec = {
  readonly dims: readonly number[];
  /** Low, span, and whether it is cut to a whole number; by column. */
  readonly ranges: readonly (readonly [number, number, string?])[];
  readonly seed: number;
  readonly axis: "first" | "last";
  readonly type: "float32" | "int64";
};

type Vector = {
  readonly family: string;
  readonly name: string;
  readonly size: number;
  readonly score: number;
  readonly outputs: Readonly<Record<string, Spec>>;
  readonly expected: readonly (readonly [number, number, number, number, number, number])[];
};

function allVectors(): readonly Vector[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/detectors.json"), "utf8")).cases;
}

/** The same numbers as in test/fixtures/detectors.py. */
function draw({ dims, ranges, seed, axis, type }: Spec): Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const behind = axis === "last" ? 1 : dims.slice(2).reduce((product, dim) => product * dim, 1);
  let state = seed;
  const numbers = Array.from({ length: count }, (_, at) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [low, span, whole] = ranges[Math.floor(at / behind) % ranges.length]!;
    const value = low + span * ((state >>> 8) / 2 ** 24);
    return whole === undefined ? value : Math.floor(value);
  });
  return { dims, data: type === "int64" ? BigInt64Array.from(numbers, BigInt) : Float32Array.from(numbers) };
}

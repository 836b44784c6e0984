// Whether models still say what they said when they were shipped: golden pictures through our own decoding, runtime and boxes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Catalog } from "../../models/catalog.ts";
import {
  compareNumbers,
  type Golden,
  type GoldenCase,
  type GoldenPairs,
  readGolden,
} from "../../models/golden.ts";
import type { Model } from "../../models/manifest.ts";
import { decodePicture } from "../../models/picture.ts";
import {
  type Describer,
  type Detector,
  type Found,
  ModelError,
  type Steerer,
  type SteeringAdvice,
  type Vision,
} from "../../models/vision.ts";
import { judgeFile } from "./list.ts";

/** ok; failed: says something else, or cannot run; unchecked: it has no golden pairs. */
export type CheckState = "ok" | "failed" | "unchecked";

/** Fields are added, never renamed: `outrider models check --json` is a contract. */
export type CheckedModel = {
  readonly id: string;
  readonly state: CheckState;
  /** Golden pictures it was shown. */
  readonly pictures: number;
  /** Largest difference of a number from the reference; null when nothing was compared. */
  readonly largestDifference: number | null;
  /** What a person should know; null when all is well. */
  readonly reason: string | null;
};

export type CheckOptions = {
  readonly vision: Pick<Vision, "openDetector" | "openEmbedder" | "openSteerer">;
  readonly signal: AbortSignal;
};

/** A comparison of one picture: how far off, and why it does not hold, or null. */
type Verdict = { readonly largest: number; readonly problem: string | null };

/** Checks these models, or all. @throws ModelError for an id that is not there. */
export async function checkModels(
  catalog: Catalog,
  ids: readonly string[],
  options: CheckOptions,
): Promise<readonly CheckedModel[]> {
  const models = ids.length === 0 ? catalog.list() : ids.map((id) => catalog.find(id));
  const checked: CheckedModel[] = [];
  for (const model of models) {
    options.signal.throwIfAborted();
    checked.push(await checkModel(model, options));
  }
  return checked;
}

/** Checks one model; that it cannot run is an answer, not an error. */
export async function checkModel(model: Model, options: CheckOptions): Promise<CheckedModel> {
  const { id } = model.manifest;
  const say = (state: CheckState, reason: string | null, pictures = 0, largest: number | null = null) => ({
    id,
    state,
    pictures,
    largestDifference: largest,
    reason,
  });
  try {
    const file = await judgeFile(model);
    if (file !== "ok") return say("failed", `${model.file}: ${file}`);
    const pairs = readGolden(model);
    if (pairs === null) return say("unchecked", "it has no golden pairs");
    if (pairs.golden.sha256 !== model.manifest.sha256)
      return say(
        "failed",
        `its golden pairs are those of other weights (${pairs.golden.sha256.slice(0, 12)}…)`,
      );
    const compare = await openComparison(model, pairs.golden, options);
    const verdicts = await compareAll(pairs, compare);
    const problem = verdicts.find((verdict) => verdict.problem !== null)?.problem ?? null;
    const largest = Math.max(...verdicts.map((verdict) => verdict.largest));
    return say(problem === null ? "ok" : "failed", problem, verdicts.length, largest);
  } catch (cause) {
    options.signal.throwIfAborted();
    if (cause instanceof ModelError) return say("failed", cause.message);
    throw cause;
  }
}

type Compare = (picture: Awaited<ReturnType<typeof decodePicture>>, expected: GoldenCase) => Promise<Verdict>;

async function openComparison(
  model: Model,
  { tolerance }: Golden,
  { vision, signal }: CheckOptions,
): Promise<Compare> {
  const { task, thresholds, embedding } = model.manifest;
  if (task === "detect") {
    const detector: Detector = await vision.openDetector(model);
    return async (picture, { found = [] }) =>
      compareFound(found, await detector.detect(picture, { signal }), thresholds.score, tolerance);
  }
  if (task === "embed") {
    const describer: Describer = await vision.openEmbedder(model);
    return async (picture, { outputs }) => {
      const [vector] = await describer.describe(picture, [{ left: 0, top: 0, right: 1, bottom: 1 }], {
        signal,
      });
      return compareVector(outputs[embedding!.output]?.data ?? [], vector!, tolerance);
    };
  }
  const steerer: Steerer = await vision.openSteerer(model);
  return async (picture, { outputs }) =>
    compareOutputs(outputs, await steerer.steer(picture, { signal }), tolerance);
}

async function compareAll({ golden, folder }: GoldenPairs, compare: Compare): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const expected of golden.cases) {
    const picture = await decodePicture(await readFile(join(folder, expected.image)));
    const { largest, problem } = await compare(picture, expected);
    verdicts.push({ largest, problem: problem === null ? null : `${expected.image}: ${problem}` });
  }
  return verdicts;
}

/** Every output of the reference; the meaning is compared with them, since it is read from them. */
function compareOutputs(
  expected: GoldenCase["outputs"],
  { outputs }: SteeringAdvice,
  tolerance: Golden["tolerance"],
): Verdict {
  let largest = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    const compared = compareNumbers(data, outputs[name] ?? [], tolerance);
    largest = Math.max(largest, compared.largest);
    if (!compared.isWithin)
      return { largest, problem: `${name} is off by ${compared.largest.toPrecision(3)}` };
  }
  return { largest, problem: null };
}

function compareVector(
  expected: readonly number[],
  got: Float32Array,
  tolerance: Golden["tolerance"],
): Verdict {
  const { largest, isWithin } = compareNumbers(unit(expected), got, tolerance);
  return { largest, problem: isWithin ? null : `the vector is off by ${largest.toPrecision(3)}` };
}

/** Graphs need not give unit vectors; describers do. */
function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Both ways: what was expected is there, and nothing else, except boxes so near the threshold that a rounding decides. */
export function compareFound(
  expected: readonly Found[],
  got: readonly Found[],
  score: number,
  tolerance: Golden["tolerance"],
): Verdict {
  const isSure = ({ confidence }: Found): boolean => confidence > score + tolerance.absolute;
  const rest = [...got];
  let largest = 0;
  for (const wanted of expected) {
    const offs = rest.map((found) => differenceOf(wanted, found));
    const nearest = offs.indexOf(Math.min(...offs));
    const off = offs[nearest] ?? Number.POSITIVE_INFINITY;
    if (off <= tolerance.absolute + tolerance.relative) {
      rest.splice(nearest, 1);
      largest = Math.max(largest, off);
    } else if (isSure(wanted)) {
      const problem = `${describe(wanted)} is missing, the nearest is off by ${off.toPrecision(3)}`;
      return { largest: Math.max(largest, off), problem };
    }
  }
  const extra = rest.find(isSure);
  return { largest, problem: extra === undefined ? null : `${describe(extra)} was not expected` };
}

/** The largest difference of confidence and edges (shares of the picture); endless for another class. */
function differenceOf(a: Found, b: Found): number {
  if (a.className !== b.className) return Number.POSITIVE_INFINITY;
  const edges = (["left", "top", "right", "bottom"] as const).map((edge) =>
    Math.abs(a.box[edge] - b.box[edge]),
  );
  return Math.max(Math.abs(a.confidence - b.confidence), ...edges);
}

function describe({ className, confidence, box }: Found): string {
  const edges = [box.left, box.top, box.right, box.bottom].map((edge) => edge.toFixed(3)).join(" ");
  return `${className} ${confidence.toFixed(2)} at ${edges}`;
}

export function describeChecks(checked: readonly CheckedModel[]): string {
  const width = Math.max(0, ...checked.map(({ id }) => id.length));
  const lines = checked.map(({ id, state, pictures, largestDifference, reason }) => {
    const off =
      largestDifference === null
        ? ""
        : `  ${pictures} pictures, off by at most ${largestDifference.toPrecision(2)}`;
    return `${id.padEnd(width)}  ${state}${off}${reason === null ? "" : `  ${reason}`}`;
  });
  const count = (state: CheckState): number => checked.filter((model) => model.state === state).length;
  return [...lines, `ok ${count("ok")}, failed ${count("failed")}, unchecked ${count("unchecked")}`].join(
    "\n",
  );
}

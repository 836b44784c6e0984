// Fits the calibrations that are shipped, on animals of drawn reserves, and writes them to models/default-calibrations.ts.
//   node --import tsx models/training/fit_calibrations.ts --seeds 500-519 --count 1200
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { drawSet } from "../../device/camera/sim/draw-set.ts";
import { createSystemClock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { Calibration, ScoredPair } from "../calibration.ts";
import { loadCatalog } from "../catalog.ts";
import { createVision } from "../create-vision.ts";
import { fitAll, type LabelledPair } from "../fit-fusion.ts";
import { fitLogistic } from "../fit-logistic.ts";
import type { Describer } from "../vision.ts";

/** A crop of a drawn animal. */
type Crop = {
  readonly seed: number;
  readonly individual: string;
  /** One walk through the picture: crops of one visit were taken together. */
  readonly visit: string;
  readonly vectors: readonly Float32Array[];
};

/** Less of it to be seen is no crop that anybody would be recognised by. */
const leastVisible = 0.5;
/** Shorter sides are left out, as when watching; pixels. */
const leastSide = 20;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "500-519" },
    count: { type: "string", default: "1200" },
    width: { type: "string", default: "640" },
    height: { type: "string", default: "480" },
    /** Not given: all that are shipped. */
    embedders: { type: "string", multiple: true },
  },
});

async function fitShipped(): Promise<void> {
  const [first = 500, last = first] = values.seeds.split("-").map(Number);
  const seeds = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const clock = createSystemClock();
  const warn = (fields: object, message: string): void => console.error(message, fields);
  const log: Log = { debug: () => undefined, info: () => undefined, warn, error: warn };
  const vision = createVision({ log, clock, threads: 1, timeoutMs: 60_000 });
  try {
    const shipped = loadCatalog({ folders: [] })
      .list()
      .filter(({ manifest }) => manifest.task === "embed")
      .filter(({ manifest }) => values.embedders?.includes(manifest.id) ?? true);
    const colours = await vision.openHistogram();
    const embedders: Describer[] = [];
    for (const model of shipped) embedders.push(await vision.openEmbedder(model));
    const crops = await drawCrops(seeds, [...embedders, colours]);
    const animals = new Set(crops.map((crop) => `${crop.seed}/${crop.individual}`)).size;
    const source = `${crops.length} crops of ${animals} drawn animals (sim:reserve, seeds ${values.seeds}), pairs of different visits to one place; not fitted on real animals`;
    const pairs = pairsOf(crops);
    console.error(`${pairs.length} pairs, ${pairs.filter(({ isSame }) => isSame).length} hits; ${source}`);
    const all = new Map<string, Calibration>();
    for (const [at, { space }] of embedders.entries()) {
      const { fitted } = fitAll(
        pairs.map((pair) => onlyOf(pair, [at, embedders.length])),
        {
          spaces: [space, colours.space],
          fit: (scored: readonly ScoredPair[]) => fitLogistic(scored, source),
        },
      );
      for (const { name, calibration, figures } of fitted) {
        console.error(name, figures);
        all.set(name, calibration);
      }
    }
    await writeFile(join(import.meta.dirname, "../default-calibrations.ts"), fileOf(all));
  } finally {
    await vision.close();
  }
}

async function drawCrops(
  seeds: readonly number[],
  describers: readonly Describer[],
): Promise<readonly Crop[]> {
  const crops: Crop[] = [];
  const { signal } = new AbortController();
  const [width, height] = [Number(values.width), Number(values.height)];
  await drawSet(
    { scene: "reserve", count: Number(values.count), seeds, width, height, occupied: 1 },
    async ({ seed, pixels, truth }) => {
      if (truth.scene !== "reserve") return;
      const seen = truth.animals.filter(
        ({ visible, box }) =>
          visible >= leastVisible &&
          Math.min((box.right - box.left) * width, (box.bottom - box.top) * height) >= leastSide,
      );
      if (seen.length === 0) return;
      const picture = { width, height, pixels: new Uint8Array(pixels) };
      const boxes = seen.map(({ box }) => box);
      const vectors: (readonly Float32Array[])[] = [];
      for (const describer of describers) vectors.push(await describer.describe(picture, boxes, { signal }));
      for (const [at, { id, visit }] of seen.entries())
        crops.push({ seed, individual: id, visit: String(visit), vectors: vectors.map((each) => each[at]!) });
    },
  );
  return crops;
}

/** Pairs of one place: nobody is looked for in another one's gallery. */
function pairsOf(crops: readonly Crop[]): readonly LabelledPair[] {
  const pairs: LabelledPair[] = [];
  for (const [at, left] of crops.entries()) {
    for (const right of crops.slice(at + 1)) {
      if (left.seed !== right.seed || left.visit === right.visit) continue;
      pairs.push({
        similarities: Float64Array.from(left.vectors, (vector, space) =>
          vector.reduce((sum, value, index) => sum + value * right.vectors[space]![index]!, 0),
        ),
        isSame: left.individual === right.individual,
        group: left.seed,
      });
    }
  }
  return pairs;
}

/** The pair with the similarities of some spaces only. */
function onlyOf(pair: LabelledPair, spaces: readonly number[]): LabelledPair {
  return { ...pair, similarities: Float64Array.from(spaces, (space) => pair.similarities[space]!) };
}

function fileOf(fitted: ReadonlyMap<string, Calibration>): string {
  const shipped = Object.fromEntries(fitted);
  return `// Calibrations for the shipped describers, by space; a store's own (\`outrider models calibrate\`) goes before them.
// Written by training/fit_calibrations.ts.
import type { Calibration } from "./calibration.ts";

/** Empty for a space nobody fitted: its cosine is taken as it is. */
export const defaultCalibrations: Readonly<Record<string, Calibration>> = ${JSON.stringify(shipped, null, 2)};
`;
}

await fitShipped();

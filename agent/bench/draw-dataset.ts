// Draws a data set of single animals from the simulated reserve, in the folders and lists of ATRW, and pictures to ask about.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { drawSet } from "../../device/camera/sim/draw-set.ts";

export type DrawDatasetOptions = {
  /** An empty folder. */
  readonly folder: string;
  /** Pictures of the reserve that crops are cut from. */
  readonly frames: number;
  readonly seed: number;
  /** How many animals live there; the last third of those that are met is left out of the data set. */
  readonly animals: number;
  readonly signal: AbortSignal;
};

/** A picture to ask about. */
export type QueryPicture = {
  readonly path: string;
  readonly identity: string;
  readonly isKnown: boolean;
};

type Crop = { readonly identity: string; readonly visit: number; readonly jpeg: Buffer };

const frame = { width: 640, height: 480 };
/** Smaller ones show no coat, pixels; hidden ones show somebody else's. */
const leastEdge = 40;
const leastVisible = 0.7;

/**
 * Known animals are in the data set with their first visits, and asked about with their last one, so that no query is a neighbour in
 * time of a picture of the data set. Those met once only are left out.
 */
export async function drawDataset(
  options: DrawDatasetOptions,
): Promise<{ readonly pictures: number; readonly queries: readonly QueryPicture[] }> {
  const { folder, signal } = options;
  const animals = new Map<string, Crop[]>();
  for (const crop of await drawCrops(options)) {
    const known = animals.get(crop.identity);
    if (known === undefined) animals.set(crop.identity, [crop]);
    else known.push(crop);
  }
  const met = [...animals].filter(([, crops]) => new Set(crops.map(({ visit }) => visit)).size > 1).sort();
  const known = Math.ceil((met.length * 2) / 3);
  const train = join(folder, "atrw_reid_train", "train");
  const lists = join(folder, "atrw_anno_reid_train");
  const asked = join(folder, "..", "queries");
  for (const each of [train, lists, asked]) await mkdir(each, { recursive: true });
  const rows: string[] = [];
  const queries: QueryPicture[] = [];
  for (const [place, [identity, crops]] of met.entries()) {
    const last = Math.max(...crops.map(({ visit }) => visit));
    for (const [number, { visit, jpeg }] of crops.entries()) {
      signal.throwIfAborted();
      const isKnown = place < known;
      if (isKnown && visit !== last) {
        const name = `${String(rows.length).padStart(6, "0")}.jpg`;
        await writeFile(join(train, name), jpeg);
        rows.push(`${identity},${name}`);
      } else {
        const path = join(asked, `${identity}-${number}.jpg`);
        await writeFile(path, jpeg);
        queries.push({ path, identity, isKnown });
      }
    }
  }
  await writeFile(join(lists, "reid_list_train.csv"), `${rows.join("\n")}\n`);
  return { pictures: rows.length, queries };
}

async function drawCrops({ frames, seed, animals, signal }: DrawDatasetOptions): Promise<readonly Crop[]> {
  const crops: Crop[] = [];
  const set = {
    ...frame,
    scene: "reserve",
    count: frames,
    seeds: [seed],
    occupied: 1,
    night: 0,
    animals,
  } as const;
  await drawSet(set, async ({ pixels, truth }) => {
    signal.throwIfAborted();
    if (truth.scene !== "reserve") return;
    for (const { id, visit, visible, box } of truth.animals) {
      const left = Math.max(0, Math.round(box.left * frame.width));
      const top = Math.max(0, Math.round(box.top * frame.height));
      const width = Math.min(frame.width, Math.round(box.right * frame.width)) - left;
      const height = Math.min(frame.height, Math.round(box.bottom * frame.height)) - top;
      if (Math.min(width, height) < leastEdge || visible < leastVisible) continue;
      const picture = sharp(pixels, { raw: { ...frame, channels: 3 } });
      const jpeg = await picture.extract({ left, top, width, height }).jpeg({ quality: 92 }).toBuffer();
      crops.push({ identity: id, visit, jpeg });
    }
  });
  return crops;
}

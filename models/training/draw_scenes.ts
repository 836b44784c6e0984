// Draws a training set from the simulated camera posts: pictures, and a COCO file that says what is on them.
//   node --import tsx models/training/draw_scenes.ts --scene reserve --count 2000 --seeds 100-149 --size 640x480 --out drawn/train
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { type DrawnPicture, drawSet } from "../../device/camera/sim/draw-set.ts";
import type { Box } from "../../device/detection.ts";
import { makeFolderAsync } from "../../device/make-folder.ts";

const { values } = parseArgs({
  options: {
    scene: { type: "string", default: "reserve" },
    count: { type: "string", default: "200" },
    seeds: { type: "string", default: "100-109" },
    size: { type: "string", default: "640x480" },
    out: { type: "string", default: "drawn" },
    format: { type: "string", default: "jpg" },
    quality: { type: "string", default: "85" },
    occupied: { type: "string", default: "0.75" },
    night: { type: "string", default: "0.25" },
    animals: { type: "string", default: "8" },
  },
});

const classNames = { reserve: ["tiger", "raccoon"], ridge: ["smoke"] } as const;

type Thing = { readonly className: string; readonly box: Box; readonly attributes: Record<string, unknown> };

/** What is on a picture, whichever the scene. */
function thingsOf({ truth }: DrawnPicture): Thing[] {
  if (truth.scene === "ridge") {
    return truth.plumes.map(({ id, box, ageS, opacity }) => ({
      className: "smoke",
      box,
      attributes: { plume: id, ageS, opacity },
    }));
  }
  return truth.animals.map(({ id, species, flank, box, visible, visit }) => ({
    className: species,
    box,
    attributes: { individual: id, flank, visible, visit, night: truth.night },
  }));
}

async function draw(): Promise<void> {
  const scene = values.scene;
  if (scene !== "reserve" && scene !== "ridge")
    throw new Error(`Expected --scene to be reserve or ridge, got "${scene}"`);
  const [width = 0, height = 0] = numbers("size", /^(\d+)x(\d+)$/);
  const [first = 0, last = first] = numbers("seeds", /^(\d+)(?:-(\d+))?$/);
  const [count = 0] = numbers("count", /^(\d+)$/);
  const format = values.format === "png" ? "png" : "jpg";
  const names: readonly string[] = classNames[scene];
  const images: Record<string, unknown>[] = [];
  const annotations: Record<string, unknown>[] = [];
  await makeFolderAsync(values.out);

  await drawSet(
    {
      scene,
      count,
      seeds: Array.from({ length: last - first + 1 }, (_, index) => first + index),
      width,
      height,
      occupied: Number(values.occupied),
      night: Number(values.night),
      animals: Number(values.animals),
    },
    async (picture) => {
      const file = `${scene}-${picture.seed}-${String(picture.index).padStart(6, "0")}.${format}`;
      const image = sharp(picture.pixels, { raw: { width, height, channels: 3 } });
      const encoded = format === "png" ? image.png() : image.jpeg({ quality: Number(values.quality) });
      await encoded.toFile(join(values.out, file));
      const imageId = picture.index + 1;
      images.push({ id: imageId, file_name: file, width, height, seed: picture.seed, time_s: picture.timeS });
      for (const { className, box, attributes } of thingsOf(picture)) {
        const wide = (box.right - box.left) * width;
        const tall = (box.bottom - box.top) * height;
        annotations.push({
          id: annotations.length + 1,
          image_id: imageId,
          category_id: names.indexOf(className) + 1,
          bbox: [box.left * width, box.top * height, wide, tall].map((edge) => Math.round(edge * 10) / 10),
          area: Math.round(wide * tall),
          iscrowd: 0,
          attributes,
        });
      }
      if (imageId % 200 === 0) process.stderr.write(`${imageId} of ${count}\n`);
    },
  );
  const categories = names.map((name, index) => ({ id: index + 1, name }));
  const description = `drawn by the simulated scene ${scene}, seeds ${first}-${last}`;
  const file = { info: { description }, images, annotations, categories };
  await writeFile(join(values.out, "annotations.json"), JSON.stringify(file));
  process.stdout.write(`drew ${images.length} pictures with ${annotations.length} boxes in ${values.out}\n`);
}

/** The numbers in an option. @throws Error that names the option when it does not look like `form`. */
function numbers(name: "size" | "seeds" | "count", form: RegExp): number[] {
  const match = form.exec(values[name]);
  if (match === null) throw new Error(`Expected --${name} to match ${form.source}, got "${values[name]}"`);
  return match.slice(1).flatMap((part) => (part === undefined ? [] : [Number(part)]));
}

await draw();

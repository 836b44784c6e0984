// Pictures to measure with: a person's own JPEGs, or ones drawn from the simulated reserve.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { drawSet } from "../../device/camera/sim/draw-set.ts";

/** Pictures held at once. */
const most = 32;

/** @param folder JPEG files; null: drawn ones, 640x480. @throws RangeError when there is none. */
export async function benchPictures(folder: string | null): Promise<readonly Uint8Array[]> {
  if (folder !== null) {
    const names = (await readdir(folder)).filter((name) => /\.jpe?g$/i.test(name)).sort();
    if (names.length === 0) throw new RangeError(`Expected JPEG files in ${folder}, got none`);
    return Promise.all(names.slice(0, most).map((name) => readFile(join(folder, name))));
  }
  const pictures: Uint8Array[] = [];
  const [width, height] = [640, 480];
  await drawSet(
    { scene: "reserve", count: 16, seeds: [1, 2], width, height, night: 0 },
    async ({ pixels }) => {
      const raw = { width, height, channels: 3 } as const;
      pictures.push(await sharp(Buffer.from(pixels), { raw }).jpeg({ quality: 80 }).toBuffer());
    },
  );
  return pictures;
}

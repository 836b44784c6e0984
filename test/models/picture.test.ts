// Every kind of picture a camera, a data set or a broken disk gives; those of OUTRIDER_TEST_DATA are listed one by one.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { decodeGrey, decodePicture, PictureError, preparePictureDecoding } from "../../models/picture.ts";
import { makeJpegs, withThumbnail } from "../fakes/pictures.ts";

const testData = process.env.OUTRIDER_TEST_DATA ?? "";
preparePictureDecoding();

/** Left half red, right half blue. */
function twoColours(width = 40, height = 20) {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++) pixels[at * 3 + (at % width < width / 2 ? 0 : 2)] = 255;
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "decoded",
    (error: unknown) =>
      error instanceof PictureError ? error.reason : `not a PictureError: ${String(error)}`,
  );
}

test("decodePicture() gives the very pixels of a PNG", async () => {
  const picture = await decodePicture(await twoColours().png().toBuffer());
  assert.deepEqual([picture.width, picture.height, picture.pixels.length], [40, 20, 2400]);
  assert.deepEqual([...picture.pixels.subarray(0, 3)], [255, 0, 0]);
  assert.deepEqual([...picture.pixels.subarray(2397)], [0, 0, 255]);
  assert.equal(picture.pixels.constructor, Uint8Array);
});

test("decodePicture() turns a picture upright, for each of the eight orientations", async () => {
  // Where the red half is when EXIF says so: left, right, right, left, top, top, bottom, bottom.
  const red = [null, [0, 10], [39, 10], [39, 10], [0, 10], [10, 0], [10, 0], [10, 39], [10, 39]] as const;
  for (let orientation = 1; orientation <= 8; orientation++) {
    const jpeg = await twoColours().withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer();
    const { width, height, pixels } = await decodePicture(jpeg);
    assert.deepEqual([width, height], orientation < 5 ? [40, 20] : [20, 40]);
    const [x, y] = red[orientation]!;
    const at = (y * width + x) * 3;
    assert.ok(pixels[at]! > 200 && pixels[at + 2]! < 60, `orientation ${orientation}`);
  }
});

test("decodePicture() brings grey, CMYK, 16 bits, alpha, palettes and animations to 8-bit RGB", async () => {
  const colours = twoColours();
  const frames = await sharp(
    [await twoColours(8, 8).png().toBuffer(), await twoColours(8, 8).negate().png().toBuffer()],
    { join: { animated: true } },
  )
    .gif()
    .toBuffer();
  const kinds: Readonly<Record<string, Buffer>> = {
    grey: await colours.clone().greyscale().jpeg().toBuffer(),
    cmyk: await colours.clone().toColourspace("cmyk").jpeg().toBuffer(),
    "16 bits": await colours.clone().toColourspace("rgb16").png().toBuffer(),
    "16 bits of grey": await colours.clone().toColourspace("grey16").png().toBuffer(),
    alpha: await colours.clone().ensureAlpha(0.5).png().toBuffer(),
    palette: await colours.clone().png({ palette: true }).toBuffer(),
    webp: await colours.clone().webp().toBuffer(),
    tiff: await colours.clone().tiff().toBuffer(),
  };
  for (const [kind, bytes] of Object.entries(kinds)) {
    const { width, height, pixels } = await decodePicture(bytes);
    assert.deepEqual([width, height, pixels.length], [40, 20, 2400], kind);
    if (kind.includes("grey")) continue;
    const [left, right] = [[...pixels.subarray(0, 3)], [...pixels.subarray(117, 120)]];
    assert.ok(
      left[0]! > 180 && left[2]! < 90 && right[2]! > 110 && right[0]! < 90,
      `${kind}: ${left} ${right}`,
    );
  }
  const first = await decodePicture(frames);
  assert.deepEqual([first.width, first.height, first.pixels[0]], [8, 8, 255]);
});

test("decodePicture() names what it refuses: empty, truncated, too large, something else, unsupported", async () => {
  const [jpeg] = await makeJpegs(1, { width: 320, height: 240 });
  const png = await twoColours(64, 64).png().toBuffer();
  const bomb = Buffer.from(png);
  bomb.writeUInt32BE(60_000, 16);
  bomb.writeUInt32BE(60_000, 20);
  // The header's checksum has to be right for the header to be believed.
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
  const cases: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(), "empty"],
    ["half a JPEG", jpeg!.subarray(0, jpeg!.length / 2), "truncated"],
    ["the start of a JPEG", jpeg!.subarray(0, 20), "truncated"],
    ["half a PNG", png.subarray(0, png.length / 2), "truncated"],
    ["a header of 3600 megapixels", bomb, "too-large"],
    ["text", Buffer.from("<html>not found</html>"), "not-a-picture"],
    ["zeros", new Uint8Array(5000), "not-a-picture"],
    [
      "a drawing",
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      "unsupported",
    ],
    ["a portable pixmap", Buffer.from("P6 1 1 255 abc"), "unsupported"],
  ];
  for (const [name, bytes, reason] of cases) {
    assert.equal(await reasonOf(decodePicture(bytes)), reason, name);
    assert.equal(await reasonOf(decodeGrey(bytes, { width: 8, height: 8 })), reason, `${name}, grey`);
  }
  assert.equal(await reasonOf(decodePicture(png, { maxPixels: 4095 })), "too-large");
  assert.equal(await reasonOf(decodePicture(png, { maxPixels: 4096 })), "decoded");
});

test("decodePicture() reads the picture and not the thumbnail inside, and stops when told", async () => {
  const [jpeg] = await makeJpegs(1, { width: 320, height: 240 });
  const [thumbnail] = await makeJpegs(1, { width: 32, height: 24 });
  assert.equal((await decodePicture(withThumbnail(jpeg!, thumbnail!))).width, 320);
  const stopped = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(decodePicture(jpeg!, { signal: stopped }), /stopped/);
});

test("decodeGrey() gives a small grey picture, one byte a pixel, upright", async () => {
  const jpeg = await twoColours(640, 480).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const grey = await decodeGrey(jpeg, { width: 6, height: 8 });
  assert.equal(grey.length, 48);
  // Red is on top now, and lighter than blue.
  assert.ok(grey[3]! > grey[45]! + 30);
});

const folders = [
  "cameratrap",
  "neardup",
  "neardup_cleanvision",
  "pdq/pdq/data/misc-images",
  "pdq/pdq/data/reg-test-input",
];
/** The pictures that must not be decoded, and why; all others must. Endings of some lie about what is in them. */
const refused: Readonly<Record<string, string>> = {
  "african_elephants_truncated_file.jpg": "truncated",
  "ukbench09268_corrupt.jpg": "not-a-picture",
  "Iggy.1024.ppm": "unsupported",
  "baboon.pgm": "unsupported",
  "marbles.pbm": "unsupported",
};
const skip = existsSync(join(testData, "cameratrap"))
  ? false
  : "real pictures are looked for in OUTRIDER_TEST_DATA, which names no such folder";

test("decodePicture() of every real picture gives the outcome that is listed", { skip }, async (t) => {
  const outcomes: Record<string, number> = {};
  for (const folder of folders)
    for (const entry of readdirSync(join(testData, folder), { recursive: true, encoding: "utf8" })) {
      if (!/\.(jpe?g|png|webp|gif|bmp|svg|tiff|p[bgp]m)$/i.test(entry)) continue;
      const name = entry.split("/").at(-1)!;
      const outcome = await reasonOf(decodePicture(readFileSync(join(testData, folder, entry))));
      if (outcome !== "decoded") t.diagnostic(`${folder}/${entry}: ${outcome}`);
      assert.equal(outcome, refused[name] ?? "decoded", `${folder}/${entry}`);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  t.diagnostic(JSON.stringify(outcomes));
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

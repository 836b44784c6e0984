// A picture to sample from, with half-size copies for what is far away. Pixels are packed colours (colour.ts).

/** One picture. */
export type Texture = { readonly width: number; readonly height: number; readonly pixels: Uint32Array };

/** The picture and its ever smaller copies, largest first. */
export type TextureLevels = readonly [Texture, ...Texture[]];

/** Adds copies of half the size until `levels` are there or a side is one pixel. */
export function withSmallerCopies(texture: Texture, levels: number): TextureLevels {
  const all: [Texture, ...Texture[]] = [texture];
  let last = texture;
  while (all.length < levels && last.width > 1 && last.height > 1) {
    last = halve(last);
    all.push(last);
  }
  return all;
}

/** Averages 2 × 2 pixels; see-through ones count less, so that a cut-out gets no dark rim. */
function halve(source: Texture): Texture {
  const width = source.width >> 1;
  const height = source.height >> 1;
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 2 * y * source.width + 2 * x;
      const a = source.pixels[at]!;
      const b = source.pixels[at + 1]!;
      const c = source.pixels[at + source.width]!;
      const d = source.pixels[at + source.width + 1]!;
      pixels[y * width + x] =
        (a & b & c & d) >>> 24 === 255 ? averageSolid(a, b, c, d) : average([a, b, c, d]);
    }
  }
  return { width, height, pixels };
}

function averageSolid(a: number, b: number, c: number, d: number): number {
  const redBlue = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff);
  const green = ((a >> 8) & 0xff) + ((b >> 8) & 0xff) + ((c >> 8) & 0xff) + ((d >> 8) & 0xff);
  return (((redBlue >> 2) & 0xff00ff) | (((green >> 2) & 0xff) << 8) | 0xff000000) >>> 0;
}

function average(pixels: readonly number[]): number {
  let opacity = 0;
  let red = 0;
  let green = 0;
  let blue = 0;
  for (const pixel of pixels) {
    const part = pixel >>> 24;
    opacity += part;
    red += (pixel & 255) * part;
    green += ((pixel >> 8) & 255) * part;
    blue += ((pixel >> 16) & 255) * part;
  }
  if (opacity === 0) return 0;
  const whole = opacity;
  return (
    (Math.round(red / whole) |
      (Math.round(green / whole) << 8) |
      (Math.round(blue / whole) << 16) |
      (Math.round(opacity / pixels.length) << 24)) >>>
    0
  );
}

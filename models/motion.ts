// Whether something moves in a small grey picture: against a background that is learnt, with each pixel's own unrest (leaves,
// water, noise) and changes of brightness taken out. Cheap enough for every frame.

export type GreyPicture = { readonly width: number; readonly height: number; readonly pixels: Uint8Array };

export type MotionSettings = {
  /** Share of the picture that has to change, 0..1. */
  readonly area: number;
  /** Grey levels (0..255) a pixel has to change by. */
  readonly threshold: number;
};

export type Motion = {
  readonly moves: boolean;
  /** Share of the pixels that changed, 0..1. */
  readonly share: number;
};

export type MotionGate = {
  /** Compares a picture with what was there before and learns from it. The first picture, and one of another size, moves. */
  readonly look: (picture: GreyPicture) => Motion;
};

/** How fast the background follows what is there, share a look: a stone that was moved is background after some 30 looks. */
const learnStill = 0.1;
const learnMoving = 0.02;
/** How fast a pixel's unrest is learnt; it has to outlast an animal that walks by. */
const learnUnrest = 0.03;
/** A pixel moves when it leaves its background by so many times its mean unrest. */
const unrestFactor = 4;
/** More of the picture than this changed: another view (the camera was turned, the infrared lamp went on), learnt at once. */
const anotherView = 0.7;

export function createMotionGate({ area, threshold }: MotionSettings): MotionGate {
  let background = new Float32Array(0);
  let unrest = new Float32Array(0);
  let width = 0;

  const begin = (picture: GreyPicture): void => {
    width = picture.width;
    background = Float32Array.from(picture.pixels);
    unrest = new Float32Array(picture.pixels.length);
  };

  return {
    look: (picture) => {
      const { pixels } = picture;
      if (pixels.length !== background.length || picture.width !== width) {
        begin(picture);
        return { moves: true, share: 1 };
      }
      const { gain, offset } = brightnessChange(background, pixels);
      let changed = 0;
      for (let at = 0; at < pixels.length; at += 1) {
        // What the pixel would show in the light the background was learnt in.
        const expected = background[at]! * gain + offset;
        const difference = Math.abs(pixels[at]! - expected);
        const isChanged = difference > Math.max(threshold, unrestFactor * unrest[at]!);
        if (isChanged) changed += 1;
        background[at] = expected + (pixels[at]! - expected) * (isChanged ? learnMoving : learnStill);
        // What lasts for one look only raises the unrest little; what comes again and again soon counts no more.
        unrest[at]! += (Math.min(difference, 4 * threshold) - unrest[at]!) * learnUnrest;
      }
      const share = changed / pixels.length;
      if (share > anotherView) begin(picture);
      return { moves: share >= area && changed > 0, share };
    },
  };
}

/**
 * The change of light that explains most of the picture: a gain from the spread, an offset from the middle. Medians and
 * quartiles, so that an animal in one part of the picture does not count as light.
 */
function brightnessChange(
  background: Float32Array,
  pixels: Uint8Array,
): { readonly gain: number; readonly offset: number } {
  const before = quartiles(background);
  const now = quartiles(pixels);
  const spread = before.high - before.low;
  const gain = spread < 8 ? 1 : Math.min(2, Math.max(0.5, (now.high - now.low) / spread));
  return { gain, offset: now.middle - before.middle * gain };
}

function quartiles(values: ArrayLike<number>): {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
} {
  // A tenth of a grey level is exact enough.
  const counts = new Uint32Array(2561);
  for (let at = 0; at < values.length; at += 1)
    counts[Math.min(2560, Math.max(0, Math.round(values[at]! * 10)))]! += 1;
  const find = (share: number): number => {
    let left = share * values.length;
    for (let level = 0; level < counts.length; level += 1) {
      left -= counts[level]!;
      if (left <= 0) return level / 10;
    }
    return 256;
  };
  return { low: find(0.25), middle: find(0.5), high: find(0.75) };
}

// Whether a camera that claims to be online shows the same picture for ever. Sensors are never still: of two pictures of a scene
// where nothing moves, at least 7 of 100 pixels of a small grey copy differ (noise of 0.3 grey levels, JPEG quality 50), and none
// when one picture was encoded twice. What is encoded anew with another quality each time is not recognised.

/** One fresh picture of the camera, however it was got. */
export type FrozenLook = {
  /** Monotonic, nanoseconds. */
  readonly atNs: number;
  /** SHA-256 of the bytes. */
  readonly sha256: string;
  /** The small grey copy that the motion gate looks at, always of one size; null: only the bytes can be compared. */
  readonly grey: Uint8Array | null;
};

export type FrozenVerdict = {
  readonly frozen: boolean;
  /**
   * same-bytes: the very same file again and again. same-picture: new files of one picture. blank: the same for long, but with
   * nothing in it (lens cap, night), which a sound camera shows as well, so it is not called frozen.
   */
  readonly reason: "same-bytes" | "same-picture" | "blank" | null;
  /** How long the picture has been the same, ms; 0: this one is new. */
  readonly stillMs: number;
};

export type FrozenSettings = {
  /** The same bytes for so long are frozen, ms. */
  readonly sameBytesMs: number;
  /** The same picture in other bytes for so long is frozen, ms: cameras that smooth noise away may stand still for a while. */
  readonly samePictureMs: number;
  /** Looks that have to agree, so that two looks with a long gap between them say nothing. */
  readonly looks: number;
  /** Share of the pixels that may differ, 0..1: a clock drawn into the picture runs on. */
  readonly changedShare: number;
  /** A picture whose grey levels spread less than this (standard deviation) is blank. */
  readonly blankSpread: number;
};

export const frozenDefaults: FrozenSettings = {
  sameBytesMs: 60_000,
  samePictureMs: 600_000,
  looks: 5,
  changedShare: 0.02,
  blankSpread: 2,
};

export type FrozenJudge = {
  /** Takes a look and says what it and those before it show. */
  readonly look: (look: FrozenLook) => FrozenVerdict;
};

type Still = { readonly since: FrozenLook; looks: number };

/** Compares every picture with the one that stillness began with, so that slow changes (light) add up and end it. */
export function createFrozenJudge(settings: Partial<FrozenSettings> = {}): FrozenJudge {
  const { sameBytesMs, samePictureMs, looks, changedShare, blankSpread } = { ...frozenDefaults, ...settings };
  let bytes: Still | null = null;
  let picture: Still | null = null;

  const isSamePicture = (a: FrozenLook, b: FrozenLook): boolean =>
    a.sha256 === b.sha256 ||
    (a.grey !== null && b.grey !== null && shareChanged(a.grey, b.grey) <= changedShare);
  const follow = (still: Still | null, look: FrozenLook, isSame: boolean): Still => {
    if (still === null || !isSame) return { since: look, looks: 1 };
    still.looks += 1;
    return still;
  };
  const isLong = ({ since, looks: agreed }: Still, atNs: number, atLeastMs: number): boolean =>
    agreed >= looks && (atNs - since.atNs) / 1e6 >= atLeastMs;

  return {
    look: (look) => {
      bytes = follow(bytes, look, bytes?.since.sha256 === look.sha256);
      picture = follow(picture, look, picture !== null && isSamePicture(picture.since, look));
      const stillMs = (look.atNs - Math.min(bytes.since.atNs, picture.since.atNs)) / 1e6;
      const reason = isLong(bytes, look.atNs, sameBytesMs)
        ? "same-bytes"
        : isLong(picture, look.atNs, samePictureMs)
          ? "same-picture"
          : null;
      if (reason !== null && look.grey !== null && spreadOf(look.grey) < blankSpread)
        return { frozen: false, reason: "blank", stillMs };
      return { frozen: reason !== null, reason, stillMs };
    },
  };
}

/** Share of the pixels that differ at all, 0..1; 1 when the pictures are of different sizes. */
export function shareChanged(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length || a.length === 0) return 1;
  let changed = 0;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) changed += 1;
  return changed / a.length;
}

/** Standard deviation of the grey levels. */
function spreadOf(grey: Uint8Array): number {
  let sum = 0;
  let squares = 0;
  for (const level of grey) {
    sum += level;
    squares += level * level;
  }
  const mean = sum / grey.length;
  return Math.sqrt(Math.max(0, squares / grey.length - mean * mean));
}

// What a simulated camera looks at: something that moves on, can be painted, and knows what is true of it.

/** A view of a world at one picture size. */
export type Scene = {
  /** Moves on to a time in simulated seconds. */
  readonly advanceTo: (seconds: number) => void;
  /** Paints the present moment: red, green, blue per pixel, row by row. */
  readonly paint: (pixels: Uint8ClampedArray) => void;
  /** What is true of the picture just painted; small and JSON. */
  readonly truth: () => Readonly<Record<string, unknown>>;
};

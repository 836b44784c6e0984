// An origin: the file an ingested picture came from, so that it is recognised the next time.

export type Origin = {
  /** Canonical absolute path, no links in it. */
  readonly path: string;
  readonly dataset: string;
  /** What the file was when it was read; the same again means that nothing changed. */
  readonly size: number;
  readonly modifiedMs: number;
  readonly sha256: string;
  readonly imgId: string;
  readonly sightings: readonly string[];
  /** Digest of what the data set says of the picture; another one means that it changed its mind. */
  readonly said: string;
};

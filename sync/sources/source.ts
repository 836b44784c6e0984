// A source reads a data set that lies in a folder and says what it holds: pictures, who is on them, and what is wrong. It writes nothing.
import type { Side } from "../../device/sighting.ts";
import type { TreeFile } from "./tree.ts";

/** A box in pixels from the upper left corner of the picture. */
export type SourceBox = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Size of the picture the box was drawn on; null: not said. */
  readonly drawnOn: { readonly width: number; readonly height: number } | null;
};

/** Who an identity of the data set is. */
export type SourceIndividual = {
  /** The identity as the data set writes it; unique within the scope. */
  readonly identity: string;
  readonly scope: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly notes: string;
};

/** One animal on a picture. */
export type SourceSubject = {
  /** null: an animal, but the data set does not know which; undefined: the data set does not tell individuals apart. */
  readonly individual: SourceIndividual | null | undefined;
  readonly species: string | null;
  readonly side: Side;
  /** null: the whole picture. */
  readonly box: SourceBox | null;
  /** What kind of thing is in the box; null: no detection is meant. */
  readonly className: string | null;
  /** Small and JSON. */
  readonly metadata: Readonly<Record<string, unknown>>;
};

export type SourcePicture = TreeFile & {
  readonly found: "picture";
  /** null: the data set does not say. */
  readonly takenAtMs: number | null;
  /** None: a picture without anything on it, which is worth knowing, too. */
  readonly subjects: readonly SourceSubject[];
};

/** Something that cannot be used, by name, and why. */
export type SourceSkip = { readonly found: "skipped"; readonly what: string; readonly reason: string };

/** There is nothing in this folder for this source; said once, instead of everything else. */
export type SourceNothing = {
  readonly found: "nothing";
  /** Short, for the result. */
  readonly reason: string;
  /** For a person. */
  readonly warning: string;
};

export type SourceFinding = SourcePicture | SourceSkip | SourceNothing;

export type SourceOptions = {
  /** Name of the data set, e.g. "atrw"; it begins the scopes. */
  readonly dataset: string;
  readonly signal: AbortSignal;
};

/** Reads one family of folder layouts. A layout is one file in wildlife/ that passes test/contracts/source.ts. */
export type Source = {
  readonly format: string;
  /** Whether the folder looks like it; reads names and the heads of lists only. */
  readonly recognises: (root: string, signal: AbortSignal) => Promise<boolean>;
  /** Everything in the folder, each picture once. @throws only when the folder itself cannot be read, or the signal aborts. */
  readonly read: (root: string, options: SourceOptions) => AsyncIterable<SourceFinding>;
};

/** Endings of picture files, lowercase. */
const pictureEndings = [".jpg", ".jpeg", ".png", ".bmp", ".tiff", ".tif", ".webp"];

/** Whether a file name ends like a picture's, in any case. */
export function isPictureName(name: string): boolean {
  const lower = name.toLowerCase();
  // "._x.jpg" is what macOS leaves beside x.jpg on foreign disks: no picture.
  return pictureEndings.some((ending) => lower.endsWith(ending)) && !/(^|\/)\._/.test(name);
}

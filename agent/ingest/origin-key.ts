// How an ingested file is found again: by its path, and by a digest of what its data set says of it.
import { createHash } from "node:crypto";
import type { Origin } from "../../device/origin.ts";
import type { SourcePicture } from "../../sync/sources/source.ts";

/** The key of an origin; hashed, for a path may be longer than a key. */
export function originKey(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}

/** Digest of all that a data set says of a picture. */
export function saidOf({ takenAtMs, subjects }: SourcePicture): string {
  return createHash("sha256")
    .update(JSON.stringify([takenAtMs, subjects]))
    .digest("hex")
    .slice(0, 32);
}

/** Whether the file and what is said of it are as they were; nothing is read. */
export function isUnchanged(origin: Origin | null, picture: SourcePicture): origin is Origin {
  return (
    origin !== null &&
    origin.size === picture.size &&
    origin.modifiedMs === picture.modifiedMs &&
    origin.said === saidOf(picture)
  );
}

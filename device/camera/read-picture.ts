// Reads one picture file for a replay: bounded, its kind told from its bytes and not from its name.
import { open } from "node:fs/promises";
import { type PictureHeader, readPictureHeader } from "./picture-header.ts";

/** A picture file, or why it is left out ("oversize", "unreadable") in one word and in words for a person. */
export type PictureFile =
  | (PictureHeader & { readonly bytes: Uint8Array; readonly modifiedMs: number })
  | { readonly dropped: "oversize" | "unreadable"; readonly problem: string };

/** Larger files are no pictures of a camera, bytes. */
export const maxPictureBytes = 64 * 2 ** 20;

/** Reads the file at `path`; never throws for what is on the disk. */
export async function readPictureFile(path: string, maxBytes = maxPictureBytes): Promise<PictureFile> {
  try {
    const file = await open(path, "r");
    try {
      const { size, mtimeMs } = await file.stat();
      if (size > maxBytes) {
        const problem = `${path}: expected at most ${maxBytes} bytes, got ${size}`;
        return { dropped: "oversize", problem };
      }
      const bytes = await file.readFile();
      const header = readPictureHeader(bytes);
      if (header !== null) return { ...header, bytes, modifiedMs: mtimeMs };
      return { dropped: "unreadable", problem: `${path}: expected a JPEG, PNG or WebP, got something else` };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { dropped: "unreadable", problem: `${path}: cannot be read: ${(error as Error).message}` };
  }
}

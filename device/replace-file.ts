// Writes a file so that a reader, or a power cut, meets the old content or the new one and nothing between.

import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Replaces (or makes) the file `path`: written beside it, flushed to disk, then renamed.
 * @param content in one piece, or in pieces that are written as they come.
 * @param mode who may read it; default everybody.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array | Iterable<string>,
  { mode = 0o644 }: { readonly mode?: number } = {},
): void {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
  // "wx" refuses a name that is there, also a symbolic link somebody may have laid.
  const file = openSync(beside, "wx", mode);
  let renamed = false;
  try {
    try {
      for (const piece of typeof content === "string" || content instanceof Uint8Array ? [content] : content)
        writeAll(file, piece);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    renamed = true;
    syncDirectory(dirname(path));
  } finally {
    if (!renamed) rmSync(beside, { force: true });
  }
}

function writeAll(file: number, piece: string | Uint8Array): void {
  const bytes = typeof piece === "string" ? Buffer.from(piece, "utf8") : piece;
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** A new name is durable only when its folder is flushed too. */
function syncDirectory(directory: string): void {
  let file: number;
  try {
    file = openSync(directory, "r");
  } catch {
    return; // Windows opens no folders; there the rename is all one can do.
  }
  try {
    fsyncSync(file);
  } catch (cause) {
    // Some network and FUSE file systems cannot flush a folder; the content itself is already flushed.
    if (!["EINVAL", "ENOTSUP", "EPERM"].includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
  } finally {
    closeSync(file);
  }
}

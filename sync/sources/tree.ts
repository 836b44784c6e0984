// The folder of a data set: walks it and finds the files its lists name, and never leaves it, whatever links and names say.
import type { Dirent } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { SourceSkip } from "./source.ts";

/** A file of the tree. */
export type TreeFile = {
  /** Canonical. */
  readonly path: string;
  /** From the root, with slashes. */
  readonly relativePath: string;
  /** Bytes. */
  readonly size: number;
  /** ms since 1970. */
  readonly modifiedMs: number;
};

export type Lookup = { readonly file: TreeFile } | { readonly refused: string };

/** One folder of the tree with the names in it, sorted. */
export type TreeFolder = {
  readonly path: string;
  /** From the root, with slashes; "" is the root. */
  readonly relativePath: string;
  readonly depth: number;
  readonly folders: readonly string[];
  readonly files: readonly string[];
};

export type Tree = {
  /** Canonical. */
  readonly root: string;
  /** All folders, parents before children, in order of their names. What is refused is told once. */
  readonly folders: (options: {
    readonly signal: AbortSignal;
    readonly maxDepth?: number;
    readonly onSkip?: (skip: SourceSkip) => void;
  }) => AsyncIterable<TreeFolder>;
  /** A file by the name a list gives it: looked for from each folder in turn, the root when none is given. */
  readonly find: (name: string, from?: readonly string[]) => Promise<Lookup>;
  /** A file of a folder that was walked. */
  readonly at: (folder: TreeFolder, name: string) => Promise<Lookup>;
};

/** All folders of a tree at once, and what was refused on the way. */
export async function listFolders(
  tree: Tree,
  signal: AbortSignal,
): Promise<{ readonly folders: readonly TreeFolder[]; readonly skips: readonly SourceSkip[] }> {
  const skips: SourceSkip[] = [];
  const folders: TreeFolder[] = [];
  for await (const folder of tree.folders({ signal, onSkip: (skip) => skips.push(skip) }))
    folders.push(folder);
  return { folders, skips };
}

/** Folders deeper than this are named and not entered. */
const deepest = 32;

/** Opens a data set's folder. @throws when it is not there or no folder. */
export async function openTree(directory: string): Promise<Tree> {
  const root = await realpath(resolve(directory));
  if (!(await stat(root)).isDirectory()) throw new Error(`Expected ${directory} to be a folder`);
  const isInside = (path: string): boolean =>
    path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
  const relativeOf = (path: string): string => relative(root, path).split(sep).join("/");

  /** Canonical names of the folders that files were looked for in: a folder of a thousand pictures is resolved once. */
  const canonical = new Map<string, Promise<string | null>>();
  const canonicalFolder = (path: string): Promise<string | null> => {
    const known = canonical.get(path);
    if (known !== undefined) return known;
    const found = realpath(path).catch(absentAsNull);
    if (canonical.size >= maxRemembered) canonical.clear();
    canonical.set(path, found);
    return found;
  };

  /** null: not there. */
  const look = async (path: string): Promise<Lookup | null> => {
    const folder = await canonicalFolder(dirname(path));
    if (folder === null) return null;
    let place = join(folder, path.slice(dirname(path).length));
    let found = await lstat(place).catch(absentAsNull);
    if (found === null) return null;
    if (found.isSymbolicLink()) {
      const target = await realpath(place).catch(absentAsNull);
      if (target === null) return { refused: "a link that leads nowhere" };
      place = target;
      found = await lstat(place);
    }
    if (!isInside(place)) return { refused: "leads out of the data set's folder" };
    if (!found.isFile()) return { refused: "not a plain file" };
    return {
      file: { path: place, relativePath: relativeOf(place), size: found.size, modifiedMs: found.mtimeMs },
    };
  };

  return {
    root,
    async *folders({ signal, maxDepth = deepest, onSkip = () => undefined }) {
      const waiting: { path: string; depth: number }[] = [{ path: root, depth: 0 }];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        signal.throwIfAborted();
        const { path, depth } = next;
        const entries = await readdir(path, { withFileTypes: true }).catch((cause: Error) => {
          if (path === root) throw cause;
          onSkip({ found: "skipped", what: relativeOf(path), reason: `cannot be read: ${cause.message}` });
          return [] as Dirent[];
        });
        entries.sort((one, other) => (one.name < other.name ? -1 : 1));
        const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
        const files: string[] = [];
        for (const entry of entries) {
          if (entry.isFile()) files.push(entry.name);
          else if (entry.isSymbolicLink()) {
            const what = relativeOf(join(path, entry.name));
            const kind = await stat(join(path, entry.name)).catch(() => null);
            if (kind?.isFile()) files.push(entry.name);
            else
              onSkip({
                found: "skipped",
                what,
                reason:
                  kind === null ? "a link that leads nowhere" : "a link to a folder, which is not followed",
              });
          }
        }
        yield { path, relativePath: relativeOf(path), depth, folders, files };
        if (depth < maxDepth)
          for (const name of folders.toReversed()) waiting.push({ path: join(path, name), depth: depth + 1 });
        else if (maxDepth === deepest)
          for (const name of folders)
            onSkip({
              found: "skipped",
              what: relativeOf(join(path, name)),
              reason: `deeper than ${deepest} folders`,
            });
      }
    },
    find: async (name, from = [root]) => {
      if (name.trim() === "" || name.includes("\0")) return { refused: "no file name" };
      // Lists made on Windows have backslashes; a file that really has one in its name is found as it is.
      const names = name.includes("\\") ? [name, name.replaceAll("\\", "/")] : [name];
      let refused: string | null = null;
      for (const each of names) {
        for (const folder of isAbsolute(each) ? [root] : from) {
          const path = resolve(folder, each);
          if (!isInside(path)) {
            refused ??= "leads out of the data set's folder";
            continue;
          }
          const found = await look(path).catch((cause: Error) => ({ refused: cause.message }));
          if (found !== null && "file" in found) return found;
          refused ??= found?.refused ?? null;
        }
      }
      return { refused: refused ?? "not there" };
    },
    at: async (folder, name) => (await look(join(folder.path, name))) ?? { refused: "not there" },
  };
}

/** The name of a folder, without the folders above it; "" is the root. */
export function nameOf(folder: TreeFolder): string {
  return folder.relativePath.split("/").at(-1)!;
}

const maxRemembered = 10_000;

function absentAsNull(cause: NodeJS.ErrnoException): null {
  // ENAMETOOLONG: a list may name anything.
  if (["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"].includes(cause.code ?? "")) return null;
  throw cause;
}

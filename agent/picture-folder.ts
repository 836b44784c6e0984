// A folder of pictures beside their labels file: reads and writes names inside it, and nothing outside it.
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { link, lstat, open, readdir, readFile, realpath, rename, rm } from "node:fs/promises";
import { basename, extname, join, relative, resolve, sep } from "node:path";
import { isSafeName } from "../device/label-import.ts";
import { makeFolderAsync } from "../device/make-folder.ts";

/** What a name stands for in the folder. */
export type NamePresence = "present" | "absent";

/** Pictures in one folder. Names with a folder in them, and links that lead out, are refused. */
export type PictureFolder = {
  readonly directory: string;
  /** @throws when the name leaves the folder, or is something else than a file. */
  readonly look: (name: string) => Promise<NamePresence>;
  /** null: not there. @throws as `look` does. */
  readonly read: (name: string) => Promise<Uint8Array | null>;
  /** Writes a new file whole or not at all; a file of that name stays as it is. @throws as `look` does. */
  readonly save: (name: string, bytes: Uint8Array) => Promise<void>;
  /** Removes `<imgId>.*`; how many files that were. */
  readonly removePictures: (imgId: string) => Promise<number>;
};

/** Opens `directory`, which is made by the first `save` when it is missing. @throws when something else has its name. */
export function openPictureFolder(directory: string): PictureFolder {
  const root = resolve(directory);
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new Error(`Expected ${directory} to be a folder, it is something else`);
  const pathOf = (name: string): string => {
    if (!isSafeName(name))
      throw new Error(`Expected a file name that stays in ${root}, got ${JSON.stringify(name)}`);
    return join(root, name);
  };
  const look = async (name: string): Promise<NamePresence> => {
    const path = pathOf(name);
    const stat = await lstat(path).catch(absentAsNull);
    if (stat === null) return "absent";
    if (stat.isFile()) return "present";
    if (!stat.isSymbolicLink()) throw new Error(`Expected ${path} to be a file, it is something else`);
    const target = await realpath(path).catch(absentAsNull);
    if (target === null) throw new Error(`Expected ${path} to be a file, it is a link that leads nowhere`);
    const inside = relative(await realpath(root), target);
    if (inside === ".." || inside.startsWith(`..${sep}`))
      throw new Error(`Expected ${path} to stay in its folder, it is a link to ${target}`);
    return "present";
  };
  return {
    directory: root,
    look,
    read: async (name) => ((await look(name)) === "absent" ? null : readFile(pathOf(name))),
    save: async (name, bytes) => {
      const path = pathOf(name);
      await makeFolderAsync(root);
      const beside = join(root, `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
      try {
        const file = await open(beside, "wx", 0o644);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await publish(beside, path);
      } finally {
        await rm(beside, { force: true });
      }
    },
    removePictures: async (imgId) => {
      if (!isSafeName(imgId)) return 0;
      const names = (await readdir(root).catch(absentAsNull)) ?? [];
      const mine = names.filter((name) => extname(name) !== "" && basename(name, extname(name)) === imgId);
      for (const name of mine) await rm(join(root, name), { force: true });
      return mine.length;
    },
  };
}

/** Gives a finished file its name, unless the name is taken: a link, unlike a rename, replaces nothing. */
async function publish(beside: string, path: string): Promise<void> {
  try {
    await link(beside, path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    // FAT sticks have no links.
    if (["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(code)) return rename(beside, path);
    if (code !== "EEXIST") throw cause;
    throw new Error(`Expected ${path} to be free, but a file of that name has appeared`, { cause });
  }
}

function absentAsNull(cause: NodeJS.ErrnoException): null {
  if (cause.code === "ENOENT") return null;
  throw cause;
}

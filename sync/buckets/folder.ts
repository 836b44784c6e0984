// A folder as a bucket: one file an object, the key is the path inside the folder. Needs nothing installed.
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, lstat, open, readdir, readFile, rename, rm, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolderAsync } from "../../device/make-folder.ts";
import { asSyncError, SyncError } from "../errors.ts";
import type { Bucket, LargeSource, ObjectHead, PutOutcome } from "./bucket.ts";
import { checkObjectKey, compareKeys } from "./object-key.ts";

/** Where the objects lie. */
export type FolderBucketOptions = {
  readonly directory: string;
  /** First segment of picture addresses; default the folder's own name. */
  readonly name?: string;
  /** true for a drive that may be unplugged: a missing folder means offline, and is never made on the disk below the mount point. */
  readonly mustExist?: boolean;
};

/** Files being written: beside the objects, so that rename stays within one file system; out of the way of listings. */
const workingFolder = ".outrider";
const abandonedAfterMs = 3_600_000;

/**
 * Opens the bucket in `directory`. The entity tag is the MD5 of the bytes, as S3's is for an object put in one piece;
 * listings leave it out, for it would mean reading every file.
 */
export function createFolderBucket(options: FolderBucketOptions): Bucket {
  const root = resolve(options.directory);
  const url = `folder:${root}`;
  const mustExist = options.mustExist ?? false;
  const pathOf = (key: string): string => {
    checkObjectKey(key);
    if (key.split("/")[0] === workingFolder)
      throw new SyncError("permanent", `Expected an object key outside ${workingFolder}/, got "${key}"`);
    return join(root, ...key.split("/"));
  };
  let prepared: Promise<void> | null = null;
  const prepare = (): Promise<void> => {
    prepared ??= prepareFolder(root, mustExist).catch((cause: unknown) => {
      prepared = null;
      throw cause;
    });
    return prepared;
  };

  return {
    url,
    name: options.name ?? basename(root),
    put: async (key, bytes, { ifAbsent, signal }) => {
      signal.throwIfAborted();
      const path = pathOf(key);
      return attempt(`put ${key} in ${url}`, signal, async (): Promise<PutOutcome> => {
        await prepare();
        if (ifAbsent && (await isFile(path)))
          return { outcome: "exists", etag: await md5OfFile(path, signal) };
        const created = await writeObject(root, path, bytes, ifAbsent).catch((cause: unknown) => {
          prepared = null; // the folder may have been unplugged or emptied: look again next time
          throw cause;
        });
        if (!created) return { outcome: "exists", etag: await md5OfFile(path, signal) };
        return { outcome: "created", etag: createHash("md5").update(bytes).digest("hex") };
      });
    },
    // A folder is near: what was cut off is written anew, beside the object, and cleared away at the next start.
    putLarge: async (key, source, { ifAbsent, signal }) => {
      signal.throwIfAborted();
      const path = pathOf(key);
      return attempt(`put ${key} in ${url}`, signal, async (): Promise<PutOutcome> => {
        await prepare();
        if (ifAbsent && (await isFile(path)))
          return { outcome: "exists", etag: await md5OfFile(path, signal) };
        const created = await writeObject(root, path, chunksOf(source, signal), ifAbsent).catch(
          (cause: unknown) => {
            prepared = null;
            throw cause;
          },
        );
        return { outcome: created ? "created" : "exists", etag: await md5OfFile(path, signal) };
      });
    },
    getRange: async (key, start, length, signal) => {
      signal.throwIfAborted();
      const path = pathOf(key);
      const doing = `get ${length} bytes at ${start} of ${key} from ${url}`;
      return attempt(doing, signal, async () => {
        if (!(await isFile(path))) return absent(root, mustExist, null);
        const bytes = Buffer.alloc(length);
        const file = await open(path, "r");
        try {
          const { bytesRead } = await file.read(bytes, 0, length, start);
          if (bytesRead < length)
            throw new SyncError("permanent", `${doing}: the file has only ${bytesRead} of them`);
          return bytes;
        } finally {
          await file.close();
        }
      });
    },
    sweepUploads: async () => 0,
    get: async (key, signal) => {
      signal.throwIfAborted();
      const path = pathOf(key);
      return attempt(`get ${key} from ${url}`, signal, async () => {
        if (!(await isFile(path))) return absent(root, mustExist, null);
        return readFile(path, { signal });
      });
    },
    head: async (key, signal) => {
      signal.throwIfAborted();
      const path = pathOf(key);
      return attempt(`look for ${key} in ${url}`, signal, async () => {
        if (!(await isFile(path))) return absent(root, mustExist, null);
        return { key, size: (await lstat(path)).size, etag: await md5OfFile(path, signal) };
      });
    },
    remove: async (key, signal) => {
      signal.throwIfAborted();
      const path = pathOf(key);
      return attempt(`remove ${key} from ${url}`, signal, async () => {
        if (!(await isFile(path))) return absent(root, mustExist, false);
        await unlink(path);
        await syncFolder(dirname(path));
        return true;
      });
    },
    list: async function* (prefix, signal) {
      if (prefix !== "") checkObjectKey(prefix.replace(/\/$/, ""));
      try {
        await absent(root, mustExist, null);
        yield* walk(root, "", prefix, signal);
      } catch (cause) {
        signal.throwIfAborted();
        throw asFolderError(cause, `list ${prefix || "everything"} in ${url}`);
      }
    },
    probe: async (signal) => {
      signal.throwIfAborted();
      await attempt(`open ${url}`, signal, prepare);
    },
    close: async () => {
      prepared = null;
    },
  };
}

/** Makes the folder and its working folder, and clears what a killed process left half written. */
async function prepareFolder(root: string, mustExist: boolean): Promise<void> {
  if (mustExist) await lstat(root);
  const working = join(root, workingFolder);
  await makeFolders(working);
  for (const name of await readdir(working)) {
    const path = join(working, name);
    const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    // Compared on the clock of the file system's own host; a younger file may belong to a living process.
    if (Date.now() - mtimeMs > abandonedAfterMs) await rm(path, { force: true });
  }
}

/** Writes beside, flushes, then gives the file its name. false: the name was taken and `ifAbsent` was asked. */
async function writeObject(
  root: string,
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  ifAbsent: boolean,
): Promise<boolean> {
  const temporary = join(root, workingFolder, `${randomUUID()}.tmp`);
  // First, because it fails when the drive has gone, where making folders would make them below the mount point.
  const file = await open(temporary, "wx");
  try {
    try {
      if (bytes instanceof Uint8Array) await file.writeFile(bytes);
      else for await (const chunk of bytes) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await makeFolders(dirname(path));
    if (ifAbsent) {
      if (!(await linkInto(temporary, path))) return false;
    } else {
      await rename(temporary, path);
    }
    await syncFolder(dirname(path));
    return true;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Bytes read at once of a large object. */
const chunkBytes = 4 * 1024 * 1024;

async function* chunksOf(source: LargeSource, signal: AbortSignal): AsyncIterable<Uint8Array> {
  for (let at = 0; at < source.size; at += chunkBytes)
    yield await source.read(at, Math.min(source.size, at + chunkBytes), signal);
}

/** Gives `path` to the file atomically, never replacing one. FAT and some network file systems have no links: there, look and rename. */
async function linkInto(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code)) throw cause;
    if (await isFile(path)) return false;
    await rename(temporary, path);
    return true;
  }
}

/** Makes `folder` and flushes each folder that got a new entry, so that a power cut cannot forget the way to an object. */
async function makeFolders(folder: string): Promise<void> {
  for (const made of (await makeFolderAsync(folder)).toReversed()) await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (cause) {
    // Some file systems (and Windows) cannot flush a folder; the file itself is flushed already.
    if (!["EINVAL", "EPERM", "ENOTSUP", "EISDIR"].includes(codeOf(cause))) throw cause;
  } finally {
    await handle.close();
  }
}

async function* walk(
  folder: string,
  inside: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ObjectHead> {
  signal.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return [];
    throw cause;
  });
  // A folder sorts as its keys do: "a-b" stands before "a/c".
  const named = entries
    .map((entry) => ({ entry, key: inside + entry.name + (entry.isDirectory() ? "/" : "") }))
    .filter(({ key }) => key !== `${workingFolder}/`)
    .sort((a, b) => compareKeys(a.key, b.key));
  for (const { entry, key } of named) {
    if (entry.isDirectory()) {
      if (key.startsWith(prefix) || prefix.startsWith(key))
        yield* walk(join(folder, entry.name), key, prefix, signal);
    } else if (entry.isFile() && key.startsWith(prefix)) {
      const found = await lstat(join(folder, entry.name)).catch(() => null);
      if (found !== null) yield { key, size: found.size, etag: null };
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(cause))) return false;
    throw cause;
  }
}

/** `nothing`, unless the whole folder is away and that means something. */
async function absent<T>(root: string, mustExist: boolean, nothing: T): Promise<T> {
  if (mustExist) await lstat(root);
  return nothing;
}

async function md5OfFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

async function attempt<T>(doing: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    signal.throwIfAborted();
    throw asFolderError(cause, doing);
  }
}

/** ENOENT can only mean that the folder itself is away; a full or sick disk may recover; what is left needs a person. */
function asFolderError(cause: unknown, doing: string): unknown {
  const code = codeOf(cause);
  if (cause instanceof SyncError) return cause;
  const words = `${doing}: ${(cause as Error).message}`;
  if (["ENOENT", "ENODEV", "ENXIO", "ESTALE", "EHOSTDOWN"].includes(code))
    return new SyncError("offline", words, { cause });
  if (
    ["EACCES", "EPERM", "EROFS", "EEXIST", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "EINVAL", "ELOOP"].includes(
      code,
    )
  )
    return new SyncError("permanent", words, { cause });
  return asSyncError(cause, doing);
}

function codeOf(cause: unknown): string {
  return String((cause as { code?: unknown } | null)?.code ?? "");
}

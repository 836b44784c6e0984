// The folder bucket: the contract, and what a disk can do to it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createFolderBucket } from "../../../sync/buckets/folder.ts";
import { SyncError } from "../../../sync/errors.ts";
import { testBucket } from "../../contracts/bucket.ts";

const { signal } = new AbortController();
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "outrider-folder-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

testBucket("createFolderBucket()", async () => {
  const own = await mkdtemp(join(tmpdir(), "outrider-folder-contract-"));
  const bucket = createFolderBucket({ directory: own });
  return {
    bucket,
    prefix: "",
    close: async () => {
      await bucket.close();
      await rm(own, { recursive: true, force: true });
    },
  };
});

const put = (bucket: ReturnType<typeof createFolderBucket>, key: string, text: string, ifAbsent = true) =>
  bucket.put(key, Buffer.from(text), { ifAbsent, signal });

test("createFolderBucket() is named after its folder and keeps an object as a plain file", async () => {
  const bucket = createFolderBucket({ directory: join(directory, "patate") });
  assert.equal(bucket.name, "patate");
  assert.equal(bucket.url, `folder:${join(directory, "patate")}`);
  await put(bucket, "train/20200204/x", "picture");
  assert.equal(await readFile(join(directory, "patate/train/20200204/x"), "utf8"), "picture");
});

test("put() leaves no half-written file, and clears those of a killed process after an hour", async () => {
  const working = join(directory, ".outrider");
  await mkdir(working);
  await writeFile(join(working, "old.tmp"), "half");
  await writeFile(join(working, "young.tmp"), "half");
  await utimes(join(working, "old.tmp"), 1_600_000_000, 1_600_000_000);
  const bucket = createFolderBucket({ directory });
  await put(bucket, "a/b", "1");
  await put(bucket, "a/b", "2");
  assert.deepEqual(await readdir(working), ["young.tmp"]);
  const keys: string[] = [];
  for await (const { key } of bucket.list("", signal)) keys.push(key);
  assert.deepEqual(keys, ["a/b"]);
  await assert.rejects(put(bucket, ".outrider/x", "1"), /outside \.outrider\//);
});

test("put() survives kill -9: what was acknowledged is there, and nothing that is listed is torn", async () => {
  const run = process.versions.deno === undefined ? ["--import", "tsx"] : ["run", "-A"];
  const writer = fileURLToPath(new URL("./folder-writer.ts", import.meta.url));
  const child = spawn(process.execPath, [...run, writer, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === 25) child.kill("SIGKILL");
  }
  const bucket = createFolderBucket({ directory });
  const listed: string[] = [];
  for await (const { key } of bucket.list("", signal)) {
    const bytes = await bucket.get(key, signal);
    assert.equal(`objects/${createHash("sha256").update(bytes!).digest("hex")}`, key);
    listed.push(key);
  }
  assert.ok(acknowledged.length >= 25);
  for (const key of acknowledged) assert.ok(listed.includes(key), key);
});

test("put() onto a folder, or below a file, is refused for good and changes nothing", async () => {
  const bucket = createFolderBucket({ directory });
  await put(bucket, "a/b", "1");
  for (const [key, ifAbsent] of [
    ["a", true],
    ["a", false],
    ["a/b/c", true],
    ["a/b/c", false],
  ] as const) {
    await assert.rejects(put(bucket, key, "2", ifAbsent), (error: unknown) => {
      assert.ok(error instanceof SyncError && error.kind === "permanent", `${key}: ${error}`);
      assert.match(error.message, new RegExp(`put ${key} in folder:`));
      return true;
    });
  }
  assert.equal(Buffer.from((await bucket.get("a/b", signal))!).toString(), "1");
  assert.equal(await bucket.get("a", signal), null);
});

test("put() where we may not write is permanent and names the key", { skip: asRoot() }, async () => {
  const bucket = createFolderBucket({ directory });
  await bucket.probe(signal);
  await chmod(join(directory, ".outrider"), 0o500);
  await assert.rejects(put(bucket, "a", "1"), (error: unknown) => {
    return error instanceof SyncError && error.kind === "permanent" && error.message.includes("put a in");
  });
});

test("createFolderBucket({ mustExist }) is offline while the drive is away, and never writes below the mount point", async () => {
  const drive = join(directory, "drive");
  const bucket = createFolderBucket({ directory: drive, mustExist: true });
  const offline = (error: unknown): boolean => error instanceof SyncError && error.kind === "offline";
  await assert.rejects(bucket.probe(signal), offline);
  await assert.rejects(put(bucket, "a/b", "1"), offline);
  await assert.rejects(bucket.get("a/b", signal), offline);
  await assert.rejects(bucket.list("", signal)[Symbol.asyncIterator]().next(), offline);
  await mkdir(drive);
  assert.equal((await put(bucket, "a/b", "1")).outcome, "created");
  await rm(drive, { recursive: true });
  await assert.rejects(put(bucket, "a/c", "1"), offline);
  assert.deepEqual(await readdir(directory), []);
  await mkdir(drive);
  assert.equal((await put(bucket, "a/c", "1")).outcome, "created");
});

test("put() into a place that takes no folders is refused for good, at once", {
  skip: process.platform !== "linux" && "only Linux has /proc",
}, async () => {
  await assert.rejects(put(createFolderBucket({ directory: "/proc/x" }), "a", "1"), {
    kind: "permanent",
    message: /\/proc takes no folders/,
  });
});

test("put() makes the folder again when somebody removed it", async () => {
  const bucket = createFolderBucket({ directory: join(directory, "b") });
  await put(bucket, "x", "1");
  await rm(join(directory, "b"), { recursive: true });
  await put(bucket, "y", "1").catch(() => null);
  assert.notEqual((await put(bucket, "y", "1")).outcome, null);
  assert.equal(await readFile(join(directory, "b/y"), "utf8"), "1");
});

test("get() and list() do not follow a link to a file elsewhere", async () => {
  const bucket = createFolderBucket({ directory: join(directory, "b") });
  await bucket.probe(signal);
  await writeFile(join(directory, "secret"), "s");
  await symlink(join(directory, "secret"), join(directory, "b/link"));
  assert.equal(await bucket.get("link", signal), null);
  assert.deepEqual(await bucket.list("", signal)[Symbol.asyncIterator]().next(), {
    done: true,
    value: undefined,
  });
});

function asRoot(): string | false {
  return process.getuid?.() === 0 ? "root may write everywhere" : false;
}

// A disk that refuses writes with every error it may have, under a real process: it lives, says why, and goes on by itself.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildLibrary, withoutLibraries } from "../../fakes/c-library.ts";
import { eventually } from "../../fakes/eventually.ts";
import { bytesOf, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts a writer in `directory`; what it says comes as lines. */
function startWriter(t: TestContext, directory: string, env: Record<string, string>) {
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), pathOf("failing-disk-writer.ts"), directory],
    { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "ignore"] },
  );
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => void lines.push(line));
  const ended = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const count = (word: string): number => lines.filter((line) => line.startsWith(word)).length;
  return { child, lines, count, ended };
}

test("a store whose disk refuses writes keeps its process alive, says why, acknowledges nothing, and goes on by itself", {
  skip: withoutLibraries,
}, async (t) => {
  const folder = temporaryFolder(t);
  const library = buildLibrary("../device/store/failing-disk.c", folder);
  const directory = join(folder, "store");
  mkdirSync(directory);
  const fault = join(folder, "fault");
  const writer = startWriter(t, directory, { LD_PRELOAD: library, FAILING_DISK: fault });
  const { lines, count } = writer;
  await eventually("frames", () => count("kept") > 5);
  for (const [number, words] of [
    ["28", /ENOSPC|No space left/],
    ["30", /EROFS|Read-only/],
    ["122", /EDQUOT|Disk quota|quota/i],
    ["5", /EIO|i\/o error|Input\/output/i],
    ["5 sync", /EIO|i\/o error|Input\/output/i],
  ] as const) {
    const refused = count("refused");
    writeFileSync(fault, number);
    await eventually(`refusals with ${number}`, () => count("refused") > refused + 20);
    assert.match(lines.findLast((line) => line.startsWith("refused"))!, words, number);
    const kept = count("kept");
    await eventually("more refusals", () => count("refused") > refused + 40);
    assert.equal(count("kept"), kept, `nothing is acknowledged while the disk refuses (${number})`);
    rmSync(fault);
    await eventually(`frames again after ${number}`, () => count("kept") > kept + 5);
    assert.equal(writer.child.exitCode, null);
  }
  writer.child.kill("SIGTERM");
  await eventually("a close", () => lines.includes("closed"));
  await writer.ended;
  const store = openTestStore(t, { directory });
  const kept = lines.filter((line) => line.startsWith("kept")).map((line) => Number(line.slice(5)));
  for (const n of kept) assert.deepEqual(store.frames.picture(frameId(n)), bytesOf(n, 20_000), `frame ${n}`);
  const { damaged, mended } = await store.verify();
  assert.deepEqual([damaged, mended], [0, 0]);
});

test("a store whose disk refused just the pages that begin its file says that only a new start helps, and ends nothing in silence", {
  skip: withoutLibraries,
}, async (t) => {
  const folder = temporaryFolder(t);
  const library = buildLibrary("../device/store/failing-disk.c", folder);
  const directory = join(folder, "store");
  mkdirSync(directory);
  const fault = join(folder, "fault");
  const writer = startWriter(t, directory, { LD_PRELOAD: library, FAILING_DISK: fault });
  await eventually("frames", () => writer.count("kept") > 5);
  writeFileSync(fault, "5 headings");
  await eventually("a refusal", () => writer.count("refused") > 0);
  rmSync(fault);
  await eventually("more refusals", () => writer.count("refused") > 20);
  assert.equal(writer.count("lost"), 1);
  assert.match(writer.lines.at(-1)!, /^refused DiskFailure: .*MDB_PANIC.*only a new start helps/);
  writer.child.kill("SIGTERM");
  await eventually("a close", () => writer.lines.includes("closed"));
  await writer.ended;
  const store = openTestStore(t, { directory });
  const kept = writer.lines.filter((line) => line.startsWith("kept")).map((line) => Number(line.slice(5)));
  for (const n of kept) assert.deepEqual(store.frames.picture(frameId(n)), bytesOf(n, 20_000), `frame ${n}`);
  assert.equal((await store.verify()).damaged, 0);
});

test("a writer on a file system that became read-only lives and can be closed; when it is mounted anew all is there", async (t) => {
  const folder = temporaryFolder(t);
  const disk = join(folder, "disk");
  const mounted = spawnSync("sh", [
    "-c",
    `truncate -s 48M "${disk}.img" && mkfs.ext4 -q "${disk}.img" && mkdir "${disk}" && mount -o loop "${disk}.img" "${disk}"`,
  ]);
  if (mounted.status !== 0) return t.skip(`no file system can be mounted here: ${mounted.stderr}`);
  try {
    const directory = join(disk, "store");
    const writer = startWriter(t, directory, {});
    await eventually("frames", () => writer.count("kept") > 10);
    // What ext4 does by itself when it meets an error (errors=remount-ro).
    execFileSync("mount", ["-o", "remount,abort", disk]);
    await eventually("refusals", () => writer.count("refused") > 20);
    assert.match(
      writer.lines.findLast((line) => line.startsWith("refused"))!,
      /DiskFailure: .*(EROFS|[Rr]ead-only|EIO)/,
    );
    writer.child.kill("SIGTERM");
    await eventually("a close", () => writer.lines.includes("closed"));
    await writer.ended;
    execFileSync("umount", [disk]);
    execFileSync("mount", ["-o", "loop", `${disk}.img`, disk]);
    const store = openTestStore({ after: () => undefined }, { directory });
    for (const line of writer.lines.filter((each) => each.startsWith("kept"))) {
      const n = Number(line.slice(5));
      assert.deepEqual(store.frames.picture(frameId(n)), bytesOf(n, 20_000), `frame ${n}`);
    }
    assert.equal((await store.verify()).damaged, 0);
    await store.close();
  } finally {
    spawnSync("umount", ["--lazy", disk]);
  }
});

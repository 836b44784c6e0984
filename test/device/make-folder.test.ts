// Folders are made with those above them, and a place that takes none is refused with a sentence.
import assert from "node:assert/strict";
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, makeFolderAsync } from "../../device/make-folder.ts";
import { temporaryFolder } from "../fakes/store.ts";

const makers: readonly [string, (path: string) => Promise<unknown>][] = [
  ["makeFolder()", async (path) => makeFolder(path)],
  ["makeFolderAsync()", makeFolderAsync],
];
for (const [name, make] of makers) {
  test(`${name} makes what is missing, through links too, and may be called again`, async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "there"));
    symlinkSync("there", join(folder, "link"));
    for (let times = 0; times < 2; times += 1) await make(join(folder, "link", "a", "b"));
    assert.ok(statSync(join(folder, "there", "a", "b")).isDirectory());
  });

  test(`${name} says what stands in the way`, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "");
    symlinkSync("nowhere", join(folder, "broken"));
    await assert.rejects(make(join(folder, "file")), {
      code: "ENOTDIR",
      message: /Expected .*file to be a folder/,
    });
    await assert.rejects(make(join(folder, "file", "x")), /ENOTDIR.*file/);
    await assert.rejects(make(join(folder, "broken")), /EEXIST.*broken/);
  });

  test(`${name} ends where a file system takes no folders`, {
    skip: process.platform !== "linux" && "only Linux has /proc",
  }, async () => {
    for (const path of ["/proc/outrider", "/proc/outrider/data"])
      await assert.rejects(make(path), {
        message: `/proc takes no folders, so not ${path} either`,
        code: "EPERM",
      });
  });
}

test("makeFolderAsync() says which folders it made, the topmost first", async (t) => {
  const folder = temporaryFolder(t);
  assert.deepEqual(await makeFolderAsync(join(folder, "a", "b")), [
    join(folder, "a"),
    join(folder, "a", "b"),
  ]);
  assert.deepEqual(await makeFolderAsync(join(folder, "a", "b")), []);
});

// Folders are made with those above them, and a place that takes none is refused with a sentence.
import assert from "node:assert/strict";
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../../device/make-folder.ts";
import { temporaryFolder } from "../fakes/store.ts";

test("makeFolder() makes what is missing, through links too, and may be called again", (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "there"));
  symlinkSync("there", join(folder, "link"));
  for (let times = 0; times < 2; times += 1) makeFolder(join(folder, "link", "a", "b"));
  assert.ok(statSync(join(folder, "there", "a", "b")).isDirectory());
});

test("makeFolder() says what stands in the way", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  symlinkSync("nowhere", join(folder, "broken"));
  assert.throws(() => makeFolder(join(folder, "file")), /Expected .*file to be a folder/);
  assert.throws(() => makeFolder(join(folder, "file", "x")), /ENOTDIR.*file/);
  assert.throws(() => makeFolder(join(folder, "broken")), /EEXIST.*broken/);
});

test("makeFolder() ends where a file system takes no folders", {
  skip: process.platform !== "linux" && "only Linux has /proc",
}, () => {
  for (const path of ["/proc/outrider", "/proc/outrider/data"])
    assert.throws(() => makeFolder(path), { message: `/proc takes no folders, so not ${path} either` });
});

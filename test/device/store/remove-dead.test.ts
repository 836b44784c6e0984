// Many processes that meet the same dead holder in the same moment: one of them takes its place.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildLibrary, withoutLibraries } from "../../fakes/c-library.ts";
import { startChild } from "../../fakes/child.ts";
import { temporaryFolder } from "../../fakes/store.ts";

for (const [what, mode] of [
  ["enterGate()", "gate"],
  ["takeWriterLock()", "lock"],
] as const) {
  test(`${what} lets one in at a time, however many take over from the dead at once`, {
    skip: withoutLibraries,
  }, async (t) => {
    const directory = temporaryFolder(t);
    const library = buildLibrary("../device/store/slow-steps.c", temporaryFolder(t));
    const children = Array.from({ length: 5 }, () =>
      startChild(t, "../device/store/taking-child.ts", [mode, directory, "2"], {
        LD_PRELOAD: library,
      }),
    );
    for (const child of children) assert.equal(await child.line(), "ready");
    writeFileSync(join(directory, "go"), "");
    for (const child of children) {
      const [rounds, together] = (await child.line()).split(" ").map(Number);
      assert.ok(rounds! > 0);
      assert.equal(together, 0, `times that two were inside, of ${rounds}`);
      assert.equal((await child.ended).code, 0);
    }
  });
}

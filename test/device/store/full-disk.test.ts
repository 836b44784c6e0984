// A full disk: the store says so, loses nothing that it acknowledged, stays readable, and goes on when there is room.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DiskFailure } from "../../../device/store/write-guard.ts";
import { bytesOf, frameEntry, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

/** A file system of `megabytes`, or null when this machine does not let us make one. */
function smallDisk(t: TestContext, megabytes: number): string | null {
  const folder = temporaryFolder(t);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "pipe" });
  } catch (cause) {
    t.skip(
      `a small file system cannot be mounted here: ${(cause as Error).message.split("\n").at(-2) ?? ""}`,
    );
    return null;
  }
  return folder;
}

test("commit() rejects clearly when the disk is full; the store stays readable and goes on when there is room", async (t) => {
  const disk = smallDisk(t, 8);
  if (disk === null) return;
  try {
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, Buffer.alloc(3 << 20));
    const store = openTestStore({ after: () => undefined }, { directory: join(disk, "store") });
    const size = 50_000;
    let failure: unknown = null;
    let kept = 0;
    while (failure === null && kept < 1000) {
      // Several at once, so that one group holds frames that have room and frames that have none.
      const results = await Promise.allSettled(
        [0, 1, 2, 3].map((each) => store.keep(frameEntry(kept + each, { size, pictureTargets: ["a"] }))),
      );
      const whole = results.filter(({ status }) => status === "fulfilled").length;
      kept += whole;
      const refused = results.find((result) => result.status === "rejected");
      if (refused?.status === "rejected") failure = refused.reason;
    }
    assert.ok(failure instanceof DiskFailure, String(failure));
    assert.match(failure.message, /the disk is full \(\d MB free\)/);
    assert.equal(store.frames.count(), kept);
    assert.equal(store.outbox.waiting().a?.labelled.entries, kept);
    assert.equal(store.counters.get("bytes"), kept * 57_344);
    for (let n = 0; n < kept; n += 1) assert.deepEqual(store.frames.picture(frameId(n)), bytesOf(n, size));
    assert.equal(store.frames.picture(frameId(kept)), null);

    rmSync(ballast);
    await store.keep(frameEntry(5000, { size }));
    assert.equal(store.frames.count(), kept + 1);
    await store.close();
    const again = openTestStore({ after: () => undefined }, { directory: join(disk, "store") });
    assert.equal(again.frames.count(), kept + 1);
    const { damaged, mended } = await again.verify();
    assert.deepEqual([damaged, mended], [0, 0]);
    // The newest failure is the last thing a store did: closing must not wait for it for ever.
    while (
      (await Promise.allSettled([again.keep(frameEntry(kept++ + 6000, { size: 200_000 }))]))[0]!.status ===
      "fulfilled"
    );
    await again.close();
  } finally {
    execFileSync("umount", ["--lazy", disk]);
  }
});

test("openStore() that needs a new file on a full disk is refused, and does not kill the process", async (t) => {
  const disk = smallDisk(t, 4);
  if (disk === null) return;
  try {
    const ballast = join(disk, "ballast");
    const fill = (): void => writeFileSync(ballast, Buffer.alloc(64 * 1024), { flag: "a" });
    assert.throws(() => {
      for (;;) fill();
    }, /ENOSPC/);
    const open = () => openTestStore({ after: () => undefined }, { directory: join(disk, "store") });
    assert.throws(open, /no room for a new data file|ENOSPC/);
    rmSync(ballast);
    const store = open();
    await store.keep(frameEntry(1, { size: 1000 }));
    await store.close();
  } finally {
    execFileSync("umount", ["--lazy", disk]);
  }
});

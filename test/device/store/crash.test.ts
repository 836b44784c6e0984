// Acknowledged means on disk: a process that is killed at any moment leaves whole frames, and every one it said it had.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256Hex } from "../../../device/store/frames.ts";
import { startChild } from "../../fakes/child.ts";
import { frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

test("keep() has acknowledged nothing that a killed process loses, and leaves no half of a frame", async (t) => {
  const directory = temporaryFolder(t);
  let acknowledged = -1;
  let random = 12345;
  for (let round = 0; round < 3; round += 1) {
    const child = startChild(t, "store-child.ts", ["record", directory]);
    const first = Number(await child.line());
    random = (random * 1103515245 + 12345) & 0x7fffffff;
    // Some acknowledgements later, at a moment that differs from round to round.
    for (let lines = random % 23; lines > 0; lines -= 1) await child.line();
    await new Promise((resolve) => setTimeout(resolve, random % 7));
    const last = await child.kill();
    acknowledged = Math.max(acknowledged, first, ...last.filter((line) => /^\d+$/.test(line)).map(Number));

    const store = openTestStore(t, { directory });
    const frames = [...store.frames.range()];
    const pictures = store.outbox.waiting().a?.labelled ?? { entries: 0, bytes: 0 };
    assert.ok(
      frames.length > acknowledged,
      `round ${round}: ${frames.length} frames, ${acknowledged} acknowledged`,
    );
    for (let n = 0; n <= acknowledged; n += 1) assert.ok(store.frames.has(frameId(n)), `frame ${n}`);
    for (const { imgId, sha256 } of frames) {
      assert.equal(sha256Hex(store.frames.picture(imgId)!), sha256);
      assert.equal(store.labels.ofFrame(imgId).length, 1);
      assert.ok(store.outbox.isWaiting("picture", imgId, "a"));
    }
    // Counts are of the same transaction as what they count.
    assert.deepEqual(
      [store.frames.count(), store.labels.count(), pictures.entries],
      [frames.length, frames.length, frames.length],
    );
    assert.deepEqual(store.damaged(), []);
    await store.close();
  }
});

// A power cut that lost the newest pages: the store goes back to what was on disk, whoever looks at it first.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { findDamage } from "../../../device/store/find-damage.ts";
import { prepareStore } from "../../../device/store/prepare-store.ts";
import { frameEntry, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

const pageBytes = 4096;
/** The first half of a page is what lmdb begins with, the second half of the very first notes what was flushed. */
const noteAt = pageBytes / 2;
const [transactionAt, bootAt] = [152, 160];

/** A store of `acknowledged` frames, and of two more whose pages the disk had not written when the power went. */
async function cutOff(t: TestContext, acknowledged: number): Promise<string> {
  const directory = temporaryFolder(t);
  const path = join(directory, "data.mdb");
  const store = openTestStore(t, { directory });
  for (let n = 0; n < acknowledged; n += 1) await store.keep(frameEntry(n, { size: 9000 }));
  const note = readFileSync(path).subarray(noteAt, pageBytes);
  for (let n = 0; n < 2; n += 1) await store.keep(frameEntry(acknowledged + n, { size: 9000 }));
  await store.close();

  const file = readFileSync(path);
  note.copy(file, noteAt);
  const flushed = file.readBigUInt64LE(noteAt + transactionAt);
  for (const at of [0, pageBytes, noteAt]) file.writeBigUInt64LE(77n, at + bootAt);
  for (let at = 2 * pageBytes; at < file.length; at += pageBytes) {
    // The head of a page says its number and which transaction wrote it; the later pages of a picture have none.
    const isHead = file.readBigUInt64LE(at) === BigInt(at / pageBytes);
    if (isHead && file.readBigUInt64LE(at + 8) > flushed) file.fill(0, at, at + pageBytes);
  }
  writeFileSync(path, file);
  rmSync(`${path}-lock`);
  writeFileSync(join(directory, "writer.lock"), "{}");
  return directory;
}

test("a reader that comes first after a power cut is told so, and does not keep the writer from going back", async (t) => {
  const directory = await cutOff(t, 30);
  assert.throws(
    () => openTestStore(t, { directory, readOnly: true }),
    /cannot be opened: .*data\.mdb was cut off by a loss of power.*start the agent/,
  );
  const store = openTestStore(t, { directory });
  assert.equal(store.frames.count(), 30);
  assert.ok(store.frames.picture(frameId(29)));
  assert.equal(store.frames.has(frameId(30)), false);
  assert.deepEqual((await store.verify()).damaged, 0);
  await store.keep(frameEntry(30, { size: 9000 }));
  await store.close();
  const reader = openTestStore(t, { directory, readOnly: true });
  assert.equal(reader.frames.count(), 31);
});

test("prepareStore() takes no damage for what lmdb goes back behind", async (t) => {
  const directory = await cutOff(t, 30);
  for (const thorough of [false, true])
    assert.deepEqual(findDamage(join(directory, "data.mdb"), { thorough }), []);
  const { salvaged } = await prepareStore({ directory, clock: createSystemClock(), log: silentLog });
  assert.equal(salvaged, null);
  assert.equal(openTestStore(t, { directory }).frames.count(), 30);
});

test("prepareStore() takes over what can be read when the note of what was flushed is destroyed", async (t) => {
  const directory = await cutOff(t, 30);
  const path = join(directory, "data.mdb");
  const file = readFileSync(path);
  file.fill(0xff, noteAt + 40, noteAt + transactionAt + 8);
  writeFileSync(path, file);
  const { salvaged } = await prepareStore({ directory, clock: createSystemClock(), log: silentLog });
  assert.ok(salvaged);
  assert.ok(openTestStore(t, { directory }).frames.has(frameId(29)));
});

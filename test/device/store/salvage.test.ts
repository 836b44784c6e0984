// Damaged data files: seen before lmdb dies of them, set aside, and what can be read is taken over. Nothing here is lost in silence.
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { openDataFile } from "../../../device/store/data-file.ts";
import { findDamage } from "../../../device/store/find-damage.ts";
import { readLives } from "../../../device/store/lives.ts";
import { bookSalvage, prepareStore } from "../../../device/store/prepare-store.ts";
import {
  bytesOf,
  fingerprint,
  frameEntry,
  frameId,
  openTestStore,
  temporaryFolder,
} from "../../fakes/store.ts";

const size = 9_000;
const pageBytes = 4096;

/** A closed store of `count` frames with labels that wait for a bucket and an index, as its process left it when it was killed. */
async function makeStore(t: TestContext, count: number): Promise<string> {
  const directory = temporaryFolder(t);
  const store = openTestStore(t, { directory });
  const keep = (n: number) =>
    store.keep(frameEntry(n, { size, pictureTargets: ["bucket"], labelTargets: ["index"] }));
  await Promise.all(Array.from({ length: count }, (_, n) => keep(n)));
  // Several transactions, so that there are free pages with old content.
  for (let n = 0; n < 10; n += 1) await store.commit(() => store.notes.put("n", n));
  await store.close();
  writeFileSync(join(directory, "writer.lock"), "{}");
  return directory;
}

function damage(directory: string, change: (file: Buffer) => void): void {
  const path = join(directory, "data.mdb");
  const file = readFileSync(path);
  change(file);
  writeFileSync(path, file);
}

const prepare = (directory: string) =>
  prepareStore({ directory, clock: createSystemClock(), log: silentLog });

/** Numbers of the frames that are whole: record, picture and label. */
function wholeFrames(
  t: TestContext,
  directory: string,
  count: number,
): { store: ReturnType<typeof openTestStore>; whole: number[] } {
  const store = openTestStore(t, { directory });
  const whole = Array.from({ length: count }, (_, n) => n).filter(
    (n) =>
      store.frames.get(frameId(n)) !== null &&
      Buffer.from(bytesOf(n, size)).equals(store.frames.picture(frameId(n)) ?? Buffer.alloc(0)) &&
      store.labels.get(fingerprint(n)) !== null,
  );
  return { store, whole };
}

test("findDamage() finds nothing in a sound store, however old pages lie about in it", async (t) => {
  const directory = await makeStore(t, 200);
  for (const thorough of [false, true])
    assert.deepEqual(findDamage(join(directory, "data.mdb"), { thorough }), []);
  assert.equal((await prepare(directory)).salvaged, null);
});

test("prepareStore() takes everything over when both first pages are gone, with the identity of the store", async (t) => {
  const directory = await makeStore(t, 250);
  const { id } = openTestStore({ after: (close) => t.after(close) }, { directory: copyOf(t, directory) });
  damage(directory, (file) => file.fill(0, 0, 2 * pageBytes));
  const { salvaged } = await prepare(directory);
  assert.equal(salvaged?.salvage?.damaged, 0);
  assert.ok(existsSync(salvaged!.keptAs));
  const { store, whole } = wholeFrames(t, directory, 250);
  await bookSalvage(store, salvaged!);
  assert.equal(whole.length, 250);
  assert.equal(store.id, id);
  assert.equal(store.frames.count(), 250);
  assert.equal(store.outbox.waiting().bucket?.labelled.entries, 250);
  assert.equal(store.counters.get("salvaged"), 1);
  assert.equal(store.journal.newest(1)[0]!.act, "store.salvaged");
});

test("prepareStore() finds records whose way is destroyed, and every picture of a file that was cut off", async (t) => {
  const directory = await makeStore(t, 250);
  const other = copyOf(t, directory);
  // The page above the records of frames.
  const root = rootOf(directory, "frames");
  damage(directory, (file) => file.fill(0xff, root * pageBytes, (root + 1) * pageBytes));
  const { salvaged } = await prepare(directory);
  assert.deepEqual(salvaged!.reasons, [`page ${root} (frames)`]);
  assert.ok(salvaged!.salvage!.orphans > 0);
  const { store, whole } = wholeFrames(t, directory, 250);
  await bookSalvage(store, salvaged!);
  assert.equal(whole.length, 250);
  assert.deepEqual((await store.verify()).damaged, 0);

  const path = join(other, "data.mdb");
  const cut = Math.floor(readFileSync(path).length * 0.7);
  truncateSync(path, cut);
  const rest = readFileSync(path);
  const lies = (bytes: Uint8Array): boolean => rest.includes(Buffer.from(bytes));
  const left = Array.from({ length: 250 }, (_, n) => n).filter(
    (n) => lies(bytesOf(n, size)) && lies(Buffer.from(frameEntry(n, { size }).frame.sha256)),
  );
  assert.ok(left.length > 100);
  const report = await prepare(other);
  const after = openTestStore(t, { directory: other });
  await bookSalvage(after, report.salvaged!);
  const found = left.filter((n) => after.frames.picture(frameId(n)) !== null);
  assert.ok(found.length >= left.length * 0.99, `${found.length} of ${left.length} pictures`);
});

test("prepareStore() looks thoroughly after a life that ended early, and not at every power cut", async (t) => {
  const directory = await makeStore(t, 250);
  // A leaf: lmdb meets it only when somebody asks for what is on it.
  const leaf = leafOf(directory, "labels");
  damage(directory, (file) => file.writeUInt16LE(0x7fff, leaf * pageBytes + 20));
  const first = await prepare(directory);
  assert.equal(first.salvaged, null, "a quick look reads no leaves");
  assert.deepEqual(readLives(directory), { early: 1, unclean: 1 });
  const second = await prepare(directory);
  assert.deepEqual(second.salvaged!.reasons, [`page ${leaf} (labels)`]);
  second.survived();
  assert.deepEqual(readLives(directory), { early: 0, unclean: 1 });
  second.ended();
  assert.deepEqual(readLives(directory), { early: 0, unclean: 0 });
});

test("prepareStore() ends an exchange that the power cut in two, and forgets one that was not done", async (t) => {
  const directory = await makeStore(t, 50);
  const made = join(directory, "salvage", "data.mdb");
  mkdirSync(join(directory, "salvage"));
  cpSync(join(directory, "data.mdb"), made);
  renameSync(join(directory, "data.mdb"), join(directory, "data.mdb.damaged-20240501T00-00-00-000000"));
  await prepare(directory);
  assert.equal(wholeFrames(t, directory, 50).whole.length, 50);
  const other = await makeStore(t, 50);
  mkdirSync(join(other, "salvage"));
  writeFileSync(join(other, "salvage", "data.mdb"), "half of it");
  await prepare(other);
  assert.ok(!readdirSync(other).includes("salvage"));
  assert.equal(wholeFrames(t, other, 50).whole.length, 50);
});

function copyOf(t: TestContext, directory: string): string {
  const copy = temporaryFolder(t);
  cpSync(directory, copy, { recursive: true });
  return copy;
}

function rootOf(directory: string, table: string): number {
  const file = openDataFile(join(directory, "data.mdb"));
  try {
    const main = file.page(file.meta!.main.root);
    const node =
      main?.kind === "leaf" ? main.nodes.find(({ key }) => key.toString() === `${table}\0`) : undefined;
    return node?.value.kind === "tree" ? node.value.tree.root : -1;
  } finally {
    file.close();
  }
}

function leafOf(directory: string, table: string): number {
  const file = openDataFile(join(directory, "data.mdb"));
  try {
    const page = file.page(rootOf(directory, table));
    return page?.kind === "branch" ? page.children[1]!.page : -1;
  } finally {
    file.close();
  }
}

test("prepareStore() sets aside what is no data file at all, also after a life that ended well, and a new store begins", async (t) => {
  const directory = temporaryFolder(t);
  writeFileSync(join(directory, "data.mdb"), Buffer.alloc(20_000, 7));
  const { salvaged } = await prepare(directory);
  assert.equal(salvaged!.salvage!.values, 0);
  assert.ok(existsSync(salvaged!.keptAs));
  const store = openTestStore(t, { directory });
  await store.keep(frameEntry(1));
  assert.equal(store.frames.count(), 1);
});

test("prepareStore() does not leave lmdb a first page that is torn in the middle", async (t) => {
  const directory = await makeStore(t, 50);
  // Its mark is whole, what it says is not: lmdb would take it for the newest.
  damage(directory, (file) => file.fill(0xff, 100, 512));
  assert.equal((await prepare(directory)).salvaged!.reasons.length, 1);
  assert.equal(wholeFrames(t, directory, 50).whole.length, 50);
});

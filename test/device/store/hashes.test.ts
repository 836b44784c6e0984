// The index of near duplicates: what it finds, that only committed hashes count, and that dropped frames are forgotten.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { formatImageId } from "../../../device/image-id.ts";
import { hammingDistance, isNearDuplicate, type PictureHashes } from "../../../device/picture-hashes.ts";
import { bytesPerHash, createHashPages } from "../../../device/store/hash-pages.ts";
import { createHashIndex } from "../../../device/store/hashes.ts";
import { dropFrames } from "../../../device/store/retention.ts";
import { frameEntry, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

/** Hashes that follow from two small numbers: the first says which picture, the second how many bits are turned over. */
function hashes(picture: number, turned = 0, quality = 100): PictureHashes {
  const bits = (digits: number, salt: number): string => {
    let word = (picture + 1) * 0x9e3779b1 + salt;
    let hex = "";
    while (hex.length < digits) {
      word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
      hex += ((word ^ (word >>> 13)) >>> 0).toString(16).padStart(8, "0");
    }
    return (BigInt(`0x${hex}`) ^ ((1n << BigInt(turned)) - 1n)).toString(16).padStart(digits, "0");
  };
  return { phash: bits(16, 1), dhash: bits(16, 2), ahash: bits(16, 3), pdq: bits(64, 4), quality };
}

test("near() finds by pHash and by PDQ, nearest first, and only since the frame that is asked for", async (t) => {
  const store = openTestStore(t);
  const index = await createHashIndex(store);
  await store.commit(() => {
    for (const [n, turned] of [3, 0, 5, 3].entries()) index.put(frameId(n), hashes(7, turned));
    index.put(frameId(4), hashes(8));
  });
  const { phash, pdq } = hashes(7);
  assert.deepEqual(index.near(phash, { kind: "phash", distance: 4 }), [
    { imgId: frameId(1), distance: 0 },
    { imgId: frameId(3), distance: 3 },
    { imgId: frameId(0), distance: 3 },
  ]);
  assert.deepEqual(index.near(pdq, { kind: "pdq", distance: 31, since: frameId(2) }), [
    { imgId: frameId(3), distance: 3 },
    { imgId: frameId(2), distance: 5 },
  ]);
  assert.deepEqual(index.near(pdq, { kind: "pdq", distance: 31, limit: 1 }), [
    { imgId: frameId(1), distance: 0 },
  ]);
  assert.throws(() => index.near("abc", { kind: "phash", distance: 4 }), /phash of 16 hex digits, got "abc"/);
  assert.throws(
    () => index.near(phash, { kind: "phash", distance: 4, since: "today" }),
    /img_id, got "today"/,
  );
});

test("near() finds what a search one by one finds, through changes of every kind", () => {
  const step = fc.record({
    act: fc.constantFrom("put", "put", "put", "remove" as const),
    at: fc.integer({ min: 0, max: 60 }),
    picture: fc.integer({ min: 0, max: 3 }),
    turned: fc.integer({ min: 0, max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 0, max: 12 }), (steps, distance) => {
      const pages = createHashPages();
      const model = new Map<number, PictureHashes>();
      for (const { act, at, picture, turned } of steps) {
        if (act === "put") {
          pages.put(at, hashes(picture, turned));
          model.set(at, hashes(picture, turned));
        } else assert.equal(pages.remove(at), model.delete(at));
      }
      assert.equal(pages.count(), model.size);
      for (const kind of ["phash", "pdq"] as const) {
        const query = hashes(1)[kind];
        const expected = [...model]
          .map(([atUs, each]) => ({ atUs, distance: hammingDistance(each[kind], query) }))
          .filter((found) => found.distance <= distance && found.atUs >= 20)
          .sort((a, b) => a.distance - b.distance || b.atUs - a.atUs);
        assert.deepEqual(pages.near(query, { kind, distance, limit: 1000, sinceUs: 20 }), expected);
        // Which of the equally far ones are left out is free, how far they are is not.
        const few = pages.near(query, { kind, distance, limit: 3, sinceUs: 20 });
        assert.deepEqual(
          few.map((found) => found.distance),
          expected.slice(0, 3).map((found) => found.distance),
        );
      }
      const duplicate = pages.duplicate(hashes(1), { sinceUs: 0, exceptUs: null });
      const there = [...model.values()].some((each) => isNearDuplicate(each, hashes(1)));
      assert.equal(duplicate !== null, there);
    }),
    { numRuns: 60 },
  );
});

test("createHashPages() gives memory back when most frames are gone", () => {
  const pages = createHashPages();
  const full = 20_000;
  for (let at = 0; at < full; at += 1) pages.put(at, hashes(at % 50, at % 5));
  assert.ok(pages.bytes() < full * bytesPerHash * 1.3);
  for (let at = 0; at < full; at += 1) if (at % 20 !== 0) pages.remove(at);
  assert.equal(pages.count(), full / 20);
  assert.ok(pages.bytes() <= 2 * 4096 * bytesPerHash);
  assert.ok(pages.has(19_980));
  assert.ok(!pages.has(19_981));
});

test("duplicateOf() names the newest frame with the same picture, but not the frame itself", async (t) => {
  const store = openTestStore(t);
  const index = await createHashIndex(store);
  await store.commit(() => {
    index.put(frameId(1), hashes(5, 1));
    index.put(frameId(2), hashes(5, 2));
    index.put(frameId(3), hashes(5, 40));
    index.put(frameId(4), hashes(5));
  });
  assert.deepEqual(index.duplicateOf(hashes(5), { except: frameId(4) }), { imgId: frameId(2), distance: 2 });
  assert.equal(index.duplicateOf(hashes(5), { since: frameId(3), except: frameId(4) }), null);
  assert.equal(index.duplicateOf(hashes(6)), null);
});

test("put() outside a commit is refused, and so are hashes of another form and frames without an img_id", async (t) => {
  const store = openTestStore(t);
  const index = await createHashIndex(store);
  assert.throws(() => index.put(frameId(1), hashes(1)), /outside a commit/);
  await assert.rejects(
    store.commit(() => index.put(frameId(1), { ...hashes(1), pdq: "00" })),
    /16 hex digits and one of 64/,
  );
  await assert.rejects(
    store.commit(() => index.put("front/1.jpg", hashes(1))),
    /img_id, got "front\/1.jpg"/,
  );
  assert.equal(index.count(), 0);
});

test("a commit that fails leaves no ghost, and its neighbours in the group count", async (t) => {
  const store = openTestStore(t, { commitWindowMs: 20 });
  const index = await createHashIndex(store);
  const failing = store.commit(() => {
    index.put(frameId(1), hashes(1));
    throw new Error("no");
  });
  const good = store.commit(() => index.put(frameId(2), hashes(2)));
  await assert.rejects(failing, /no/);
  await good;
  assert.equal(index.count(), 1);
  assert.deepEqual(index.near(hashes(1).phash, { kind: "phash", distance: 0 }), []);
  assert.equal(index.near(hashes(2).phash, { kind: "phash", distance: 0 }).length, 1);
  assert.equal(index.get(frameId(1)), null);
});

test("a frame that is dropped is found no more; one whose hashes are replaced by its new ones only", async (t) => {
  const store = openTestStore(t);
  const index = await createHashIndex(store);
  await store.keep(frameEntry(1));
  await store.commit(() => {
    index.put(frameId(1), hashes(1));
    index.put(frameId(2), hashes(2));
  });
  await store.commit(() => dropFrames(store, [store.frames.get(frameId(1))!], "sent"));
  await store.commit(() => index.put(frameId(2), hashes(3, 0, 77)));
  assert.equal(index.count(), 1);
  assert.equal(index.duplicateOf(hashes(1)), null);
  assert.equal(index.duplicateOf(hashes(2)), null);
  assert.deepEqual(index.get(frameId(2)), hashes(3, 0, 77));
  index.close();
  index.close();
});

test("createHashIndex() finds after a restart what was kept before, also opened for reading", async (t) => {
  const directory = temporaryFolder(t);
  const writer = openTestStore(t, { directory });
  const first = await createHashIndex(writer);
  await writer.commit(() => {
    for (let n = 0; n < 1500; n += 1) first.put(frameId(n), hashes(n % 300, n % 3));
  });
  await writer.close();
  for (const readOnly of [false, true]) {
    const store = openTestStore(t, { directory, readOnly });
    const index = await createHashIndex(store);
    assert.equal(index.count(), 1500);
    assert.equal(index.near(hashes(7).phash, { kind: "phash", distance: 2, limit: 100 }).length, 5);
    index.close();
    await store.close();
  }
});

test("refresh() takes in what another process kept, and near() leaves out what it dropped", async (t) => {
  const directory = temporaryFolder(t);
  const root = new URL("../../../device/", import.meta.url);
  const write = (body: string): void => {
    const script = `
      const { openStore } = await import(${JSON.stringify(new URL("store/store.ts", root).href)});
      const { createHashIndex } = await import(${JSON.stringify(new URL("store/hashes.ts", root).href)});
      const { createSystemClock } = await import(${JSON.stringify(new URL("clock.ts", root).href)});
      const { silentLog } = await import(${JSON.stringify(new URL("log.ts", root).href)});
      const store = openStore({ directory: ${JSON.stringify(directory)}, clock: createSystemClock(), log: silentLog });
      const index = await createHashIndex(store);
      await store.commit(() => { ${body} });
      await store.close();`;
    execFileSync(
      process.execPath,
      [
        ...process.execArgv.filter((argument) => !argument.startsWith("--test")),
        "--input-type=module",
        "-e",
        script,
      ],
      {
        stdio: "pipe",
      },
    );
  };
  const put = (n: number): string =>
    `index.put(${JSON.stringify(frameId(n))}, ${JSON.stringify(hashes(n))});`;
  write(put(1) + put(5));
  const reader = openTestStore(t, { directory, readOnly: true });
  const index = await createHashIndex(reader);
  write(`${put(3)} store.seen.hashes.remove(${JSON.stringify(frameId(5))});`);
  await index.refresh();
  assert.deepEqual(index.duplicateOf(hashes(3)), { imgId: frameId(3), distance: 0 });
  assert.deepEqual(index.near(hashes(5).phash, { kind: "phash", distance: 0 }), []);
  assert.equal(index.duplicateOf(hashes(5)), null);
});

test("createHashIndex() stops reading when it is told to", async (t) => {
  const store = openTestStore(t);
  await assert.rejects(createHashIndex(store, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
});

test("createHashIndex() passes over what is no hash of this program", async (t) => {
  const store = openTestStore(t);
  await store.commit(() => {
    store.seen.hashes.put(formatImageId(5e14), Uint8Array.of(9, 9, 9));
    store.seen.hashes.put("other", Uint8Array.of(1));
  });
  const index = await createHashIndex(store);
  assert.equal(index.count(), 0);
});

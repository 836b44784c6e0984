// A shard that stays in the same place is too large for the link; one that gets on is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createShardSize, type ShardSize } from "../../../sync/shards/shard-size.ts";

const { signal } = new AbortController();

async function attempt(size: ShardSize, from: number | null): Promise<boolean> {
  const source = { size: 100, sha256: null, read: async () => new Uint8Array() };
  const watched = size.watch("key", source);
  if (from !== null) for (let at = from; at < from + 2; at += 1) await watched.read(at, at + 1, signal);
  return size.cutOff("key");
}

test("createShardSize() shrinks after five cuts at one place, and grows with what gets through", async () => {
  const size = createShardSize(64e6);
  for (let cut = 0; cut < 4; cut += 1) assert.equal(await attempt(size, 0), false);
  assert.equal(await attempt(size, 0), true);
  assert.equal(size.now(), 16e6);
  size.sent("other");
  size.sent("other");
  size.sent("other");
  assert.equal(size.now(), 64e6);
});

test("createShardSize() leaves a shard alone that gets a part through between cuts, or never began", async () => {
  const size = createShardSize(64e6);
  for (let part = 0; part < 40; part += 1)
    for (const _cut of [1, 2]) assert.equal(await attempt(size, part), false);
  for (let cut = 0; cut < 40; cut += 1) assert.equal(await attempt(size, null), false);
  assert.equal(size.now(), 64e6);
});

test("createShardSize() has a least size, and none above what was asked", async () => {
  const size = createShardSize(1e6);
  for (let cut = 0; cut < 100; cut += 1) await attempt(size, 0);
  assert.equal(size.now(), 100_000);
  assert.equal(createShardSize(5000).now(), 5000);
});

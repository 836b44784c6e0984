// The tar blocks of shards, held against GNU tar and tar-stream.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import tar from "tar-stream";
import { layOut, readLayout } from "../../../sync/shards/layout.ts";
import { blockBytes, readTarHeader, tarHeader } from "../../../sync/shards/tar.ts";
import { bytesOf, temporaryFolder } from "../../fakes/store.ts";

const name = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,100}$/);
const size = fc.oneof(fc.constantFrom(0, 1, 511, 512, 513, 1024), fc.integer({ min: 0, max: 5000 }));
const members = fc.uniqueArray(fc.record({ name, size }), { maxLength: 12, selector: (one) => one.name });

async function whole(files: readonly { name: string; size: number }[]): Promise<Uint8Array> {
  const layout = layOut(files);
  return readLayout(layout, 0, layout.size, (member, index) => bytesOf(index, member.size));
}

test("tar-stream reads back what was laid out, and would have written the same headers", async () => {
  await fc.assert(
    fc.asyncProperty(members, async (files) => {
      const shard = await whole(files);
      const extract = tar.extract();
      Readable.from([shard]).pipe(extract);
      let index = 0;
      for await (const entry of extract) {
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(chunk as Buffer);
        assert.deepEqual([entry.header.name, entry.header.size], [files[index]!.name, files[index]!.size]);
        assert.equal(Buffer.compare(Buffer.concat(chunks), bytesOf(index, files[index]!.size)), 0);
        index += 1;
      }
      assert.equal(index, files.length);
      const pack = tar.pack();
      for (const [at, file] of files.entries())
        pack.entry({ ...file, mtime: new Date(0), mode: 0o644 }, Buffer.from(bytesOf(at, file.size)));
      pack.finalize();
      const theirs: Buffer[] = [];
      for await (const chunk of pack) theirs.push(chunk as Buffer);
      assert.equal(Buffer.compare(Buffer.concat(theirs), shard), 0);
    }),
    { numRuns: 60 },
  );
});

test("readLayout() gives any part of the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(members, fc.nat(), fc.nat(), async (files, a, b) => {
      const layout = layOut(files);
      const shard = await whole(files);
      const [start, end] = [a % (layout.size + 1), b % (layout.size + 1)].sort((x, y) => x - y);
      const part = await readLayout(layout, start!, end!, (member, index) => bytesOf(index, member.size));
      assert.equal(Buffer.compare(part, shard.subarray(start, end)), 0);
    }),
  );
});

test("GNU tar lists and unpacks a shard", async (t) => {
  const folder = temporaryFolder(t);
  const files = [
    { name: "20240501T12-00-00-000000.jpg", size: 1000 },
    { name: "20240501T12-00-00-000000.json", size: 2 },
    { name: "empty", size: 0 },
  ];
  writeFileSync(join(folder, "shard.tar"), await whole(files));
  const listed = execFileSync("tar", ["-tf", "shard.tar"], { cwd: folder, encoding: "utf8" });
  assert.deepEqual(
    listed.trim().split("\n"),
    files.map((file) => file.name),
  );
  execFileSync("tar", ["-xf", "shard.tar"], { cwd: folder });
  assert.equal(Buffer.compare(readFileSync(join(folder, files[0]!.name)), bytesOf(0, 1000)), 0);
});

test("readTarHeader() gives name and size back, and null for anything else", () => {
  fc.assert(
    fc.property(name, size, (given, bytes) => {
      assert.deepEqual(readTarHeader(tarHeader(given, bytes)), { name: given, size: bytes });
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2 * blockBytes }), (bytes) => {
      assert.equal(readTarHeader(bytes), null);
    }),
  );
  fc.assert(
    fc.property(fc.nat(blockBytes - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const header = tarHeader("20240501T12-00-00-000000.jpg", 1234);
      header[at] = (header[at]! + by) & 0xff;
      const read = readTarHeader(header);
      // One changed byte shows in the sum; only spaces and zeros of the sum itself may change unseen.
      if (read !== null) assert.deepEqual(read, { name: "20240501T12-00-00-000000.jpg", size: 1234 });
    }),
  );
});

test("tarHeader() refuses what ustar has no room for", () => {
  for (const bad of ["", "a".repeat(101), "ä", "a b", "a\0b"])
    assert.throws(() => tarHeader(bad, 1), /Expected a name of 1–100 printable ASCII characters/);
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 33 + 1])
    assert.throws(() => tarHeader("a", bad), /Expected a size of/);
});

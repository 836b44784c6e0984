// A child for folder.test.ts: puts objects named after their SHA-256 until it is killed, one line per object.
import { createHash, randomBytes } from "node:crypto";
import { createFolderBucket } from "../../../sync/buckets/folder.ts";

const { signal } = new AbortController();
const bucket = createFolderBucket({ directory: process.argv[2] ?? "" });
const writer = async (): Promise<void> => {
  for (let n = 0; ; n += 1) {
    const bytes = randomBytes(300_000);
    const key = `objects/${createHash("sha256").update(bytes).digest("hex")}`;
    await bucket.put(key, bytes, { ifAbsent: n % 2 === 0, signal });
    process.stdout.write(`${key}\n`);
  }
};
await Promise.all([writer(), writer(), writer(), writer()]);

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createPictureReader, type UnreadablePicture } from "../../../agent/ingest/picture-reader.ts";
import { sha256Hex } from "../../../device/store/frames.ts";
import { hashPicture } from "../../../models/hashes/hash-picture.ts";
import { decodePicture } from "../../../models/picture.ts";
import { datasetFolder, drawPicture } from "../../fakes/dataset-folder.ts";

test("createPictureReader() reads many at once in threads, and names those that are no pictures", async (t) => {
  const bytes = await drawPicture(3, { width: 64, height: 48 });
  const root = await datasetFolder(t, { "a.jpg": bytes, "b.jpg": "text", "c.jpg": new Uint8Array() });
  const reader = createPictureReader({ threads: 2 });
  t.after(() => reader.close());
  const [a, b, c, d, e] = await Promise.allSettled(
    ["a.jpg", "b.jpg", "c.jpg", "gone.jpg", "a.jpg"].map((name) => reader.read(join(root, name))),
  );
  assert.ok(a!.status === "fulfilled" && e!.status === "fulfilled");
  assert.deepEqual(Buffer.from(a!.value.bytes), bytes);
  assert.deepEqual([a!.value.fileSha256, a!.value.width, a!.value.height], [sha256Hex(bytes), 64, 48]);
  assert.deepEqual(a!.value.hashes, hashPicture(await decodePicture(bytes)));
  assert.deepEqual(
    [b, c, d].map((each) => each?.status === "rejected" && (each.reason as UnreadablePicture).reason),
    ["not-a-picture", "empty", "unreadable"],
  );
  await reader.close();
  await reader.close();
  await assert.rejects(reader.read(join(root, "a.jpg")), /reading was ended/);
});

test("createPictureReader() replaces a thread that dies, and names what it was at", async (t) => {
  let started = 0;
  const script = `const { parentPort } = require("node:worker_threads");
    parentPort.on("message", ({ id, path }) => {
      if (id === null) return parentPort.postMessage({ id: null });
      if (path === "bad") throw new Error("crashed");
      parentPort.postMessage({ id, picture: path });
    });`;
  const start = (): Worker => {
    started += 1;
    return new Worker(script, { eval: true });
  };
  const reader = createPictureReader({ threads: 1, start });
  t.after(() => reader.close());
  assert.equal((await reader.read("good")) as unknown, "good");
  await assert.rejects(reader.read("bad"), /the thread that read it ended: crashed/);
  assert.equal((await reader.read("good")) as unknown, "good");
  assert.equal(started, 2);
});

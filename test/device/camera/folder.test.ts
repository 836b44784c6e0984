import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import sharp from "sharp";
import { openFolderCamera } from "../../../device/camera/folder.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { takeFrames, testCamera } from "../../contracts/camera.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { makeJpegs } from "../../fakes/pictures.ts";

const jpegs = await makeJpegs(5, { width: 64, height: 48 });
const shared = await mkdtemp(join(tmpdir(), "folder-camera-"));
for (const [n, jpeg] of jpegs.entries()) await writeFile(join(shared, `${n}.jpg`), jpeg);
after(() => rm(shared, { recursive: true }));

const deps = { clock: createSystemClock(), log: silentLog };
const never = new AbortController().signal;

testCamera("folder:DIR", () => open(shared), { ends: 5 });
testCamera("folder:DIR?fps=200", () => open(shared, "?fps=200"), { ends: 5 });
testCamera("folder:DIR?loop=1", () => open(shared, "?loop=1"), { ends: null });

test("openFolderCamera() gives pictures in the order a person counts, with name and time of change in truth", async (t) => {
  const directory = await makeFolder(t, {
    "10.jpg": jpegs[0]!,
    "9.JPEG": jpegs[1]!,
    "a.txt": Buffer.from("no"),
  });
  await utimes(join(directory, "9.JPEG"), 1_600_000_000, 1_600_000_000);
  const frames = await takeFrames(await open(directory), 9, never);
  assert.deepEqual(
    frames.map((frame) => frame.truth?.file),
    ["9.JPEG", "10.jpg"],
  );
  assert.equal(frames[0]?.truth?.modifiedMs, 1_600_000_000_000);
  assert.deepEqual([frames[0]?.width, frames[0]?.height], [64, 48]);
});

test("openFolderCamera() tells JPEG, PNG and every kind of WebP from their bytes, with their sizes", async (t) => {
  const base = sharp(jpegs[0]!).resize(40, 30);
  const directory = await makeFolder(t, {
    "a.png": await base.clone().png().toBuffer(),
    "b.webp": await base.clone().webp().toBuffer(),
    "c.webp": await base.clone().webp({ lossless: true }).toBuffer(),
    "d.webp": await base.clone().ensureAlpha(0.5).webp().toBuffer(),
    "e.png": await base.clone().jpeg({ progressive: true }).toBuffer(),
  });
  const frames = await takeFrames(await open(directory), 9, never);
  assert.deepEqual(
    frames.map((frame) => frame.mediaType),
    ["image/png", "image/webp", "image/webp", "image/webp", "image/jpeg"],
  );
  for (const frame of frames) assert.deepEqual([frame.width, frame.height], [40, 30], `${frame.truth?.file}`);
});

test("openFolderCamera() counts and skips what is no picture, and its numbers show the gap", async (t) => {
  const directory = await makeFolder(t, {
    "1.jpg": jpegs[0]!,
    "2.jpg": Buffer.from("<html>not found</html>"),
    "3.jpg": Buffer.alloc(0),
    "4.jpg": jpegs[1]!,
    "._5.jpg": Buffer.from("shadow"),
    "6.jpg": Buffer.alloc(1),
  });
  await truncate(join(directory, "6.jpg"), 65 * 2 ** 20);
  const camera = await open(directory);
  const frames = await takeFrames(camera, 9, never);
  assert.deepEqual(
    frames.map((frame) => frame.sequence),
    [0, 3],
  );
  assert.deepEqual(camera.status().dropped, { unreadable: 2, oversize: 1 });
  assert.match(camera.status().problem ?? "", /6\.jpg: expected at most 67108864 bytes, got 68157440/);
});

test("openFolderCamera() with fps gives a late consumer the newest and counts the rest", async (t) => {
  const many: Record<string, Uint8Array> = {};
  for (let n = 0; n < 100; n += 1) many[`${n}.jpg`] = jpegs[n % 5]!;
  const directory = await makeFolder(t, many);
  const clock = createManualClock();
  const camera = await openFolderCamera(settings(`folder:${directory}?fps=10`), { clock, log: silentLog });
  const frames = camera.frames(never)[Symbol.asyncIterator]();
  const first = await frames.next();
  assert.equal(first.value.sequence, 0);
  // Reading the files is real work between two pictures, so the clock is moved until the last one has come.
  while (camera.status().dropped.lag !== 67) await clock.advance(100);
  const second = await frames.next();
  assert.equal(second.value.sequence, 68);
  assert.equal(second.value.moment.monotonicNs - first.value.moment.monotonicNs, 68 * 1e8);
  await camera.close();
});

test("openFolderCamera() ends when a folder holds no readable picture, also when looping", async (t) => {
  const folders: Record<string, Uint8Array>[] = [{}, { "1.jpg": Buffer.from("no") }];
  for (const files of folders) {
    const camera = await open(await makeFolder(t, files), "?loop=1");
    assert.deepEqual(await takeFrames(camera, 1, never), []);
    assert.match(camera.status().problem ?? "", /Expected pictures/);
  }
});

test("openFolderCamera() refuses what is no folder, and options it does not know", async () => {
  await assert.rejects(open("/no/such/folder"), /folder:\/no\/such\/folder.*ENOENT/);
  await assert.rejects(open(join(shared, "1.jpg")), /it is no folder/);
  await assert.rejects(open(shared, "?speed=3"), /only the options loop, fps/);
  await assert.rejects(open(shared, "?fps=fast"), /fps to be 0–1000, got "fast"/);
});

function open(directory: string, query = "") {
  return openFolderCamera(settings(`folder:${directory}${query}`), deps);
}

function settings(url: string) {
  return { id: "contract", url, width: 640, height: 480, fps: 30, quality: 80 };
}

async function makeFolder(t: TestContext, files: Record<string, Uint8Array>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "folder-camera-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory, name), bytes);
  return directory;
}

test("openFolderCamera() goes into the folders of a memory card, named by their path, not through links and not into a data folder", async (t) => {
  const directory = await makeFolder(t, { "z.jpg": jpegs[0]! });
  for (const folder of [
    "DCIM/100CARD",
    "DCIM/99CARD",
    ".trash",
    "outrider-data/store",
    "outrider-data/bucket",
  ])
    await mkdir(join(directory, folder), { recursive: true });
  await writeFile(join(directory, "DCIM/100CARD/1.jpg"), jpegs[1]!);
  await writeFile(join(directory, "DCIM/99CARD/2.jpg"), jpegs[2]!);
  await writeFile(join(directory, ".trash/3.jpg"), jpegs[3]!);
  await writeFile(join(directory, "outrider-data/store/data.mdb"), "");
  await writeFile(join(directory, "outrider-data/bucket/4.jpg"), jpegs[4]!);
  await symlink(directory, join(directory, "DCIM/circle"));
  const frames = await takeFrames(await open(directory), 9, never);
  assert.deepEqual(
    frames.map((frame) => frame.truth?.file),
    ["DCIM/99CARD/2.jpg", "DCIM/100CARD/1.jpg", "z.jpg"],
  );
});

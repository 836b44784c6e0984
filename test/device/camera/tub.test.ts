import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { after, type TestContext, test } from "node:test";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { openTubCamera } from "../../../device/camera/tub.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { takeFrames, testCamera } from "../../contracts/camera.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { makeJpegs } from "../../fakes/pictures.ts";

const jpegs = await makeJpegs(6, { width: 160, height: 120 });
const shared = await writeTub([0, 20, 40, 60, 5000, 5020], []);
after(() => rm(shared, { recursive: true }));
const never = new AbortController().signal;

testCamera("tub:DIR?fps=0", () => open(shared, "?fps=0"), { ends: 6 });
testCamera("tub:DIR?fps=200", () => open(shared, "?fps=200"), { ends: 6 });
testCamera("tub:DIR (recorded pace)", () => open(shared, ""), { ends: 6 });

test("openTubCamera() says in truth what the driver did", async () => {
  const [first, second] = await takeFrames(await open(shared, "?fps=0"), 2, never);
  assert.deepEqual(first?.truth, {
    angle: 0,
    throttle: 0.5,
    mode: "user",
    index: 0,
    session: "s1",
    timestampMs: 1000,
    file: "0.jpg",
  });
  assert.equal(second?.truth?.angle, 0.1);
  assert.deepEqual([first?.width, first?.height], [160, 120]);
});

test("openTubCamera() at recorded pace keeps the recorded distances, but not the pause between two sessions", async () => {
  const clock = createManualClock();
  const camera = await openTubCamera(settings(`tub:${shared}`), { clock, log: silentLog });
  const offsets: number[] = [];
  const reading = (async () => {
    let startNs: number | null = null;
    for await (const frame of camera.frames(never)) {
      startNs ??= frame.moment.monotonicNs;
      offsets.push((frame.moment.monotonicNs - startNs) / 1e6);
    }
  })();
  while (camera.status().state !== "ended") await clock.advance(10);
  await reading;
  assert.deepEqual(offsets, [0, 20, 40, 60, 110, 130]);
});

test("openTubCamera() leaves deleted records out, and counts and skips missing pictures and damaged lines", async (t) => {
  const directory = await writeTub([0, 20, 40, 60], [1], t);
  await rm(join(directory, "images", "2.jpg"));
  await writeFile(join(directory, "catalog_1.catalog"), "{torn\n");
  const camera = await open(directory, "?fps=0");
  const frames = await takeFrames(camera, 9, never);
  assert.deepEqual(
    frames.map((frame) => frame.truth?.index),
    [0, 3],
  );
  assert.deepEqual(camera.status().dropped, { unreadable: 2 });
});

test("openTubCamera() refuses a folder that is no tub, and wrong options", async () => {
  await assert.rejects(open(tmpdir(), ""), /Expected a donkeycar tub \(version 2\)/);
  await assert.rejects(open(shared, "?fps=quick"), /fps to be 0–1000, got "quick"/);
  await assert.rejects(open(shared, "?loop=1"), /only the options fps/);
});

const dataRoot = process.env.OUTRIDER_TEST_DATA;
const archive = dataRoot === undefined ? null : join(dataRoot, "donkey_tub", "tub.tar.gz");
const skip =
  archive === null
    ? "OUTRIDER_TEST_DATA is not set (a folder that holds donkey_tub/tub.tar.gz)"
    : existsSync(archive)
      ? false
      : `there is no ${archive}`;

test("openTubCamera() gives every frame of a real tub with its steering", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "tub-camera-"));
  t.after(() => rm(directory, { recursive: true }));
  await unpack(archive!, directory);
  const camera = await open(join(directory, "tub"), "?fps=0");
  const frames = await takeFrames(camera, Number.POSITIVE_INFINITY, never);
  assert.equal(frames.length, 1000);
  assert.deepEqual(camera.status().dropped, {});
  assert.ok(frames.every(({ width, height }) => width === 160 && height === 120));
  assert.ok(frames.every(({ truth }, n) => truth?.index === n && typeof truth.angle === "number"));
});

function open(directory: string, query: string) {
  return openTubCamera(settings(`tub:${directory}${query}`), { clock: createSystemClock(), log: silentLog });
}

function settings(url: string) {
  return { id: "contract", url, width: 160, height: 120, fps: 20, quality: 80 };
}

/** A tub with one record for each time (ms). */
async function writeTub(
  timesMs: readonly number[],
  deleted: readonly number[],
  t?: TestContext,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tub-camera-"));
  t?.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "images"));
  const lines: string[] = [];
  for (const [index, ms] of timesMs.entries()) {
    await writeFile(join(directory, "images", `${index}.jpg`), jpegs[index]!);
    const record = {
      _index: index,
      _timestamp_ms: 1000 + ms,
      _session_id: "s1",
      "cam/image_array": `${index}.jpg`,
      "user/angle": index / 10,
      "user/throttle": 0.5,
      "user/mode": "user",
    };
    lines.push(JSON.stringify(record));
  }
  await writeFile(join(directory, "catalog_0.catalog"), `${lines.join("\n")}\n`);
  const catalogs = { paths: ["catalog_0.catalog", "catalog_1.catalog"], deleted_indexes: deleted };
  const manifest = ['["cam/image_array"]', '["image_array"]', "{}", "{}", JSON.stringify(catalogs)];
  await writeFile(join(directory, "manifest.json"), `${manifest.join("\n")}\n`);
  await writeFile(join(directory, "catalog_1.catalog"), "");
  return directory;
}

async function unpack(path: string, directory: string): Promise<void> {
  const entries = extract();
  entries.on("entry", async (header, stream, next) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (header.type === "file" && !basename(header.name).startsWith("._")) {
      await mkdir(join(directory, header.name, ".."), { recursive: true });
      await writeFile(join(directory, header.name), Buffer.concat(chunks));
    }
    next();
  });
  await pipeline(createReadStream(path), createGunzip(), entries);
}

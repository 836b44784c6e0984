import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readTubRecords } from "../../device/tub.ts";

const inputs = '["cam/image_array", "user/angle", "user/throttle", "user/mode"]';
const types = '["image_array", "float", "float", "str"]';

test("readTubRecords() gives records in recorded order over several catalogs", async (t) => {
  const directory = await writeTub(t, {
    "manifest.json": manifest({ paths: ["catalog_0.catalog", "catalog_1.catalog"], deleted_indexes: [] }),
    "catalog_0.catalog": `${line(0)}\n${line(1)}\n`,
    "catalog_1.catalog": `${line(2, { _session_id: "20-10-11_3", "user/mode": "local" })}\n`,
  });
  const { records, problems } = await readAll(directory);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    records.map((record) => record.index),
    [0, 1, 2],
  );
  assert.deepEqual(records[2], {
    index: 2,
    angle: 0.25,
    throttle: 0.5,
    mode: "local",
    timestampMs: 1_602_421_393_902,
    sessionId: "20-10-11_3",
    picturePath: join(directory, "images", "2_cam_image_array_.jpg"),
  });
  assert.equal(records[0]?.sessionId, null);
});

test("readTubRecords() leaves out deleted records", async (t) => {
  const directory = await writeTub(t, {
    "manifest.json": manifest({ paths: ["catalog_0.catalog"], deleted_indexes: [1] }),
    "catalog_0.catalog": `${line(0)}\n${line(1)}\n${line(2)}\n`,
  });
  const { records } = await readAll(directory);
  assert.deepEqual(
    records.map((record) => record.index),
    [0, 2],
  );
});

test("readTubRecords() skips and reports damaged lines, names that leave the folder and missing catalogs", async (t) => {
  const directory = await writeTub(t, {
    "manifest.json": manifest({ paths: ["catalog_0.catalog", "catalog_9.catalog"], deleted_indexes: [] }),
    "catalog_0.catalog": [
      line(0),
      '{"_index": 1, "user/an',
      line(2, { "cam/image_array": "../../etc/passwd" }),
      line(3, { "user/angle": "left" }),
      line(4, { _index: null }),
      line(5, { _timestamp_ms: undefined }),
    ].join("\n"),
  });
  const { records, problems } = await readAll(directory);
  assert.deepEqual(
    records.map((record) => record.index),
    [0, 5],
  );
  assert.equal(records[1]?.timestampMs, null);
  assert.equal(problems.length, 5);
  assert.match(problems[0]!, /^catalog_0.catalog line 2: no JSON object/);
  assert.match(problems[1]!, /file name, got "\.\.\/\.\.\/etc\/passwd"/);
  assert.match(problems[2]!, /user\/angle to be a number, got "left"/);
  assert.match(problems[3]!, /_index to be a whole number, got null/);
  assert.match(problems[4]!, /^catalog_9.catalog: cannot be read/);
});

test("readTubRecords() reads every catalog in numeric order when the manifest's last line is torn", async (t) => {
  const directory = await writeTub(t, {
    "manifest.json": `${inputs}\n${types}\n{}\n{}\n{"paths": ["catalog_0.cat`,
    "catalog_10.catalog": `${line(10)}\n`,
    "catalog_2.catalog": `${line(2)}\n`,
    "._catalog_2.catalog": "resource fork",
  });
  const { records, problems } = await readAll(directory);
  assert.deepEqual(
    records.map((record) => record.index),
    [2, 10],
  );
  assert.match(problems[0]!, /manifest.json: damaged/);
});

test("readTubRecords() refuses a folder without a manifest and names it", async (t) => {
  const directory = await writeTub(t, {});
  await assert.rejects(readAll(directory), (error: Error) => error.message.includes(directory));
});

async function readAll(directory: string) {
  const problems: string[] = [];
  const records = [];
  for await (const record of readTubRecords(directory, { onProblem: (problem) => problems.push(problem) })) {
    records.push(record);
  }
  return { records, problems };
}

async function writeTub(t: TestContext, files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tub-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

function manifest(catalogs: object): string {
  return `${inputs}\n${types}\n{}\n{"created_at": 1602421393.77}\n${JSON.stringify(catalogs)}\n`;
}

function line(index: number, extra: object = {}): string {
  return JSON.stringify({
    _index: index,
    _timestamp_ms: 1_602_421_393_802 + index * 50,
    "cam/image_array": `${index}_cam_image_array_.jpg`,
    "user/angle": 0.25,
    "user/mode": "user",
    "user/throttle": 0.5,
    ...extra,
  });
}

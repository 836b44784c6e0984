// `outrider watch` on the real command line, with a shipped model.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { drawBright } from "../fakes/bright-vision.ts";
import { outrider } from "./outrider.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "outrider-watch-"));
});
after(() => rmSync(folder, { recursive: true }));

test("outrider watch --folder looks at each picture once, names what it cannot read, and ends with 3", async () => {
  const pictures = join(folder, "pictures");
  mkdirSync(pictures);
  const jpegs = await Promise.all(
    [0, 1, 2].map((n) => drawBright(n, [{ x: 40, y: 40, colour: [200, 80, 60] }])),
  );
  for (const [n, jpeg] of jpegs.entries()) writeFileSync(join(pictures, `${n}.jpg`), jpeg);
  writeFileSync(join(pictures, "half.jpg"), jpegs[0]!.subarray(0, jpegs[0]!.byteLength / 2));
  writeFileSync(join(pictures, "nothing.jpg"), "");
  const caches = join(folder, "caches");
  mkdirSync(caches);
  const words = ["watch", "--folder", pictures, "--embedder", "none", "--no-mqtt", "--json"];
  const { code, stdout, stderr } = await outrider(folder, words, {
    env: { HOME: caches, XDG_CACHE_HOME: caches },
  });
  assert.equal(code, 3, stderr);
  const report = JSON.parse(stdout) as {
    watch: { looked: number; skipped: Record<string, number> };
    unreadable: { file: string; reason: string }[];
    unreadableCount: number;
    stored: number;
  };
  assert.deepEqual(
    [report.watch.looked, report.watch.skipped, report.stored, report.unreadableCount],
    [3, { undecodable: 1 }, 3, 2],
  );
  assert.deepEqual(
    report.unreadable.map(({ file, reason }) => [file, reason]),
    [["half.jpg", "truncated"]],
  );
  assert.match(stderr, /half\.jpg: truncated/);
  // The inference runtime would keep an id of the machine there, and send it away.
  assert.deepEqual(readdirSync(caches), []);
  assert.match(stderr, /nothing\.jpg/);

  // Once more with one picture more: what is known is neither stored nor looked at again.
  writeFileSync(join(pictures, "3.jpg"), await drawBright(3, [{ x: 90, y: 60, colour: [90, 80, 200] }]));
  const again = JSON.parse((await outrider(folder, words)).stdout) as typeof report;
  assert.deepEqual(
    [again.watch.looked, again.watch.skipped, again.stored],
    [1, { undecodable: 1, known: 3 }, 1],
  );
});

test("outrider watch refuses a model it does not have, a folder without pictures, and --camera with --folder", async () => {
  const unknown = await outrider(folder, ["watch", "--folder", folder, "--detector", "lion", "--no-mqtt"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /watch\.detector: expected a model that can detect \(animal-v1.*got "lion"/);
  const bareFolder = join(folder, "bare");
  mkdirSync(bareFolder);
  const bare = await outrider(folder, ["watch", "--folder", bareFolder, "--embedder", "none", "--no-mqtt"]);
  assert.equal(bare.code, 1);
  assert.match(bare.stderr, /Expected pictures .* got none/);
  const both = await outrider(folder, ["watch", "--folder", folder, "--camera", "sim:reserve"]);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /--camera or --folder/);
});

test("outrider run without any configuration records the simulated car and watches two camera posts", async () => {
  const { code, stdout, stderr } = await outrider(folder, ["run", "--for", "5s"]);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^camera {3}front \(sim:track.*\)\ncamera {3}reserve \(.*watched by post-v1\ncamera {3}ridge/,
  );
  const [watched, stored] = stdout.trim().split("\n").slice(-2) as [string, string];
  assert.match(watched, /^watched \d+ frames, looked at \d+.*; sequences \d+, sightings \d+$/);
  const match = /^stored (\d+) frames, (\d+) labels; delivered (\d+), waiting 0, failed 0$/.exec(stored);
  assert.ok(match, `unexpected last line: ${stored}\n${stderr}`);
  const [frames, labels, delivered] = match.slice(1).map(Number) as [number, number, number];
  assert.equal(delivered, frames + labels);
});

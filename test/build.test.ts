// `npm run build`: the program as plain JavaScript, which runs without tsx and finds its version and its parts.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { eventually } from "./fakes/eventually.ts";

const root = resolve(import.meta.dirname, "..");
const run = promisify(execFile);
// A copy of what an installed program has: dist, bin, package.json, node_modules, the shipped models; no sources.
const place = mkdtempSync(join(tmpdir(), "outrider-build-"));
after(() => rmSync(place, { recursive: true }));

before(async () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: { build: string };
  };
  // The very command of package.json, but into our folder.
  const words = scripts.build.split("&&").at(-1)!.trim().split(/\s+/).slice(1);
  const elsewhere = words.map((word) =>
    word.startsWith("--outdir=") ? `--outdir=${join(place, "dist")}` : word,
  );
  await run(join(root, "node_modules/.bin/esbuild"), [...elsewhere, "--log-level=error"], { cwd: root });
  cpSync(join(root, "package.json"), join(place, "package.json"));
  mkdirSync(join(place, "scripts"));
  cpSync(join(root, "scripts/bin.mjs"), join(place, "scripts/bin.mjs"));
  symlinkSync(join(root, "node_modules"), join(place, "node_modules"));
  mkdirSync(join(place, "models"));
  cpSync(join(root, "models/catalog.json"), join(place, "models/catalog.json"));
  cpSync(join(root, "models/weights"), join(place, "models/weights"), { recursive: true });
});

function outrider(words: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { PATH = "", HOME = "" } = process.env;
  return run(process.execPath, [join(place, "scripts/bin.mjs"), ...words], {
    cwd: place,
    env: { PATH, HOME, OUTRIDER_DATA: join(place, "data") },
  });
}

test("the built program knows its version and every verb", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  assert.equal((await outrider(["--version"])).stdout.trim(), version);
  const { stdout } = await outrider(["--help"]);
  for (const verb of ["run", "record", "sync", "upload", "search", "stats", "doctor"])
    assert.match(stdout, new RegExp(`^ {2}${verb} `, "m"));
});

test("the built program runs the agent, and tells what it stored", async () => {
  // The car alone: painting the camera posts takes longer than this on a busy machine. A very busy one needs another try for a frame.
  await eventually("a frame", async () => {
    const { stdout } = await outrider(["run", "--camera", "sim:track", "--for", "3s"]);
    assert.match(
      stdout.trim().split("\n").at(-1)!,
      /^stored \d+ frames, \d+ labels; delivered \d+, waiting 0, failed 0$/,
    );
    const { stdout: stats } = await outrider(["stats", "--json"]);
    return (JSON.parse(stats) as { frames: number }).frames > 0;
  });
});

test("the built program starts itself for the bench that kills it", async () => {
  const { stdout } = await outrider(["bench", "crash", "--rounds", "1", "--max-run-ms", "50", "--json"]);
  const { problems, acknowledged } = JSON.parse(stdout) as { problems: string[]; acknowledged: number };
  assert.deepEqual(problems, []);
  assert.ok(acknowledged > 0);
});

test("the built program starts the worker that runs models", async () => {
  const { stdout } = await outrider(["doctor", "--json"]).catch((failed: { stdout: string }) => failed);
  const findings = JSON.parse(stdout) as { part: string; state: string; found: string }[];
  const runtime = findings.find(({ part }) => part.startsWith("onnxruntime-node"))!;
  assert.deepEqual([runtime.state, /version \d/.test(runtime.found)], ["ok", true], runtime.found);
});

test("the built program has no TypeScript loader in it", () => {
  for (const name of readdirSync(join(place, "dist"))) {
    const text = readFileSync(join(place, "dist", name), "utf8");
    assert.doesNotMatch(text, /from\s*"tsx|import\("tsx|\.ts"\)/, name);
  }
});

test("the built program finds the thread that reads pictures", async () => {
  const { stdout } = await outrider(["bench", "ingest", "--pictures", "10", "--size", "64", "--json"]);
  assert.equal((JSON.parse(stdout) as { pictures: number }).pictures, 10);
});

test("the built program finds the shipped models, and they say what they should", async () => {
  const { stdout } = await outrider(["models", "check", "post-v1", "reid-v1", "--json"]);
  const { models } = JSON.parse(stdout) as { models: { id: string; state: string }[] };
  assert.deepEqual(
    models.map(({ id, state }) => `${id} ${state}`),
    ["post-v1 ok", "reid-v1 ok"],
  );
});

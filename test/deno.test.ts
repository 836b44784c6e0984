// The program under Deno, on the packages that npm installed: a recording with the real store and the real pictures.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import sharp from "sharp";
import { createSystemClock } from "../device/clock.ts";
import { silentLog } from "../device/log.ts";
import { openStore } from "../device/store/store.ts";
import { eventually } from "./fakes/eventually.ts";

const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "outrider-deno-"));
after(() => rmSync(folder, { recursive: true }));

/** The program of the npm package `deno`; null where it has none for this platform, or npm left its scripts out. */
function findDeno(): string | null {
  const libc = process.platform === "linux" ? "-glibc" : "";
  const path = join(root, "node_modules", "@deno", `${process.platform}-${process.arch}${libc}`, "deno");
  return existsSync(path) ? path : null;
}

function deno(program: string, words: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(program, ["run", "-A", "scripts/outrider.ts", ...words], {
    cwd: root,
    env: {
      PATH,
      HOME,
      DENO_DIR: join(folder, "deno"),
      DENO_NO_UPDATE_CHECK: "1",
      XDG_CACHE_HOME: join(folder, "cache"),
      OUTRIDER_DATA: join(folder, "data"),
      OUTRIDER_CONFIG: "/dev/null",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, output }));
  });
}

const program = findDeno();
const skip = program === null ? "the npm package deno has no program for this platform" : false;

test("outrider record under Deno leaves pictures, labels and a store that Node reads", { skip }, async () => {
  const pictures = join(folder, "pictures");
  // A very busy machine needs another try for a label.
  const file = await eventually("a file with labels", async () => {
    const { code, output } = await deno(program!, ["record", "-o", pictures, "--event", "x", "--for", "3s"]);
    assert.equal(code, 0, output);
    assert.match(output, /recorded \d+ frames, \d+ labels in 1 run/);
    return readdirSync(pictures).find((name) => /^labels_.*\.json$/.test(name));
  });
  const names = readdirSync(pictures);
  const labels = Object.values(
    JSON.parse(readFileSync(join(pictures, file), "utf8")) as Record<string, { file_name: string }>,
  );
  assert.ok(labels.length > 0);
  for (const { file_name: name } of labels) assert.ok(names.includes(name));
  const { format, width } = await sharp(join(pictures, labels[0]!.file_name)).metadata();
  assert.deepEqual([format, width], ["jpeg", 640]);

  const store = openStore({
    directory: join(folder, "data", "store"),
    clock: createSystemClock(),
    log: silentLog,
    readOnly: true,
  });
  try {
    const { read, damaged } = await store.verify();
    assert.ok(read > labels.length);
    assert.equal(damaged, 0);
    assert.equal(store.frames.count(), names.filter((name) => name.endsWith(".jpg")).length);
  } finally {
    await store.close();
  }
});

test("outrider doctor under Deno finds lmdb, sharp and the inference runtime loaded", { skip }, async () => {
  const { code, output } = await deno(program!, ["doctor", "--json"]);
  assert.equal(code, 0, output);
  const findings = JSON.parse(output.trim().split("\n").at(-1)!) as {
    part: string;
    state: string;
    found: string;
  }[];
  const stateOf = (part: string): string | undefined =>
    findings.find((finding) => finding.part.startsWith(part))?.state;
  assert.deepEqual(["Node.js", "lmdb", "sharp", "onnxruntime-node"].map(stateOf), ["ok", "ok", "ok", "ok"]);
  assert.match(findings[0]!.found, /^Deno /);
});

// A newcomer's way through the program, on the real command line and embedded backends.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "../fakes/eventually.ts";
import { outrider } from "./outrider.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "outrider-journey-"));
});
after(() => rmSync(folder, { recursive: true }));

const small = [
  "cameras:",
  "  - { url: 'sim:track?seed=3', width: 160, height: 96, fps: 20 }",
  "mqtt: { url: 'embedded:' }",
  "",
].join("\n");

test("outrider run records, delivers everything, ends by itself and says so in numbers", async () => {
  writeFileSync(join(folder, "outrider.yaml"), small);
  // How many depends on the machine and on what else it does; a very busy one needs another try.
  await eventually("a frame with its label", async () => {
    const { code, stdout, stderr } = await outrider(folder, ["run", "--for", "4s"]);
    assert.equal(code, 0, stderr);
    const last = stdout.trim().split("\n").at(-1)!;
    const match = /^stored (\d+) frames, (\d+) labels; delivered (\d+), waiting 0, failed 0$/.exec(last);
    assert.ok(match, `unexpected last line: ${last}\n${stderr}`);
    const [frames, labels, delivered] = match.slice(1).map(Number) as [number, number, number];
    assert.equal(delivered, frames + labels);
    return labels > 0;
  });
});

test("outrider stats --json holds what the run said", async () => {
  const { code, stdout } = await outrider(folder, ["stats", "--json"]);
  assert.equal(code, 0);
  const stats = JSON.parse(stdout) as {
    frames: number;
    labels: number;
    targets: { waiting: number }[];
    dropped: object;
  };
  assert.ok(stats.frames > 0);
  assert.deepEqual(stats.dropped, {});
  assert.ok(stats.targets.every(({ waiting }) => waiting === 0));
});

test("outrider search finds the labels and downloads the pictures, equal to the exported ones", async () => {
  writeFileSync(
    join(folder, "query.json"),
    JSON.stringify({
      event: { type: "match", query: "outrider" },
      "label.label_speed": { type: "range", bool: "filter", gte: 0 },
    }),
  );
  const found = await outrider(folder, ["search", "-q", "query.json", "-p", "found", "--yes"]);
  assert.equal(found.code, 0, found.stderr);
  const exported = await outrider(folder, ["labels", "export", "-o", "exported"]);
  assert.equal(exported.code, 0, exported.stderr);
  const pictures = readdirSync(join(folder, "found")).filter((name) => name.endsWith(".jpg"));
  assert.ok(pictures.length > 0);
  for (const name of pictures) {
    assert.deepEqual(
      readFileSync(join(folder, "found", name)),
      readFileSync(join(folder, "exported", name)),
      name,
    );
  }
});

test("outrider record leaves pictures and one labels file that the existing tools read", async () => {
  const { code, stdout, stderr } = await outrider(folder, [
    "record",
    "-o",
    "drive",
    "--event",
    "training",
    "--track",
    "hall",
    "--for",
    "4s",
    "--data",
    "drive-data",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /recorded \d+ frames, \d+ labels in 1 run/);
  const names = readdirSync(join(folder, "drive"));
  const files = names.filter((name) => /^labels_\d{8}T\d{2}-\d{2}-\d{2}-\d{6}\.json$/.test(name));
  assert.equal(files.length, 1);
  const text = readFileSync(join(folder, "drive", files[0]!), "utf8");
  assert.ok(text.startsWith('{\n    "'), "indent 4, a dictionary");
  const labels = JSON.parse(text) as Record<
    string,
    { img_id: string; file_name: string; event: string; track: string; dataset: unknown[] }
  >;
  for (const [key, label] of Object.entries(labels)) {
    assert.equal(key, label.img_id);
    assert.ok(names.includes(label.file_name));
    assert.equal(label.event, "training");
    assert.equal(label.track, "hall");
    assert.deepEqual(label.dataset, []);
  }
  assert.ok(names.includes("session_template.json"));
});

test("outrider upload sends what was recorded, and a second time finds everything there", async () => {
  const file = readdirSync(join(folder, "drive")).find((name) => name.startsWith("labels_"))!;
  const words = [
    "upload",
    join("drive", file),
    "-b",
    "folder:other-bucket",
    "-i",
    "local:other-index",
    "--json",
  ];
  const first = await outrider(folder, words);
  assert.equal(first.code, 0, first.stderr);
  const second = await outrider(folder, words);
  const { failed, ...again } = JSON.parse(second.stdout) as {
    failed: number;
    pictures: { uploaded: number; existing: string[] };
    labels: { uploaded: number; existing: string[] };
  };
  const { pictures, labels } = again;
  assert.deepEqual([pictures.uploaded, labels.uploaded], [0, 0]);
  assert.equal(failed, pictures.existing.length + labels.existing.length);
  assert.equal(second.code, 0, second.stderr);
});

test("outrider run stops cleanly on Ctrl-C, and the next start finds everything", async () => {
  const { code, stdout, stderr } = await outrider(folder, ["run"], {
    // Half a second of driving.
    whileRunning: { after: /Ctrl-C {3}stops/, act: (kill) => setTimeout(() => kill("SIGINT"), 500) },
  });
  assert.equal(code, 0, stderr);
  assert.match(
    stdout.trim().split("\n").at(-1)!,
    /^stored \d+ frames, \d+ labels; delivered \d+, waiting 0, failed 0$/,
  );
});

test("mistakes are answered with one sentence and the right exit code", async () => {
  const mistakes: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["fly"], 2, /unknown command 'fly'/],
    [["run", "--fast"], 2, /unknown option '--fast'/],
    [["run", "--for", "soon"], 2, /Expected a duration like 20s.*"soon"/],
    [["record"], 2, /required option '-o, --picture-dir <dir>'/],
    [["sync", "--data", "nowhere"], 1, /There is no store in .*nowhere/],
    [["labels", "export", "-o", "x", "--since", "banana"], 2, /Expected an img_id.*"banana"/],
    [["stats", "--data", "nowhere"], 1, /There is no store in .*nowhere/],
    [["run", "--config", "none.yaml"], 2, /none\.yaml.*cannot be read/s],
    [["run", "--camera", "magic:1"], 2, /Expected camera front to be one of .*"magic:1"\nTry: /],
    [["run", "--camera", "folder:nowhere"], 1, /Expected camera "folder:nowhere" to name a folder/],
    [
      ["record", "-o", "x", "--event", "two words", "--for", "1s"],
      1,
      /event: expected one or more of .*"two words"/,
    ],
    [["search", "-q", "none.json", "-p", "p"], 1, /none\.json/],
  ];
  for (const [words, code, sentence] of mistakes) {
    const ran = await outrider(folder, words);
    assert.equal(ran.code, code, `outrider ${words.join(" ")}: ${ran.stderr}`);
    assert.match(ran.stderr, sentence, `outrider ${words.join(" ")}`);
    assert.doesNotMatch(ran.stderr, /\n {4}at /, "no stack trace");
  }
});

// The label verbs as they are typed, from argument list to exit code, on the embedded bucket and index.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import type { Command } from "commander";
import { rewriteLabelsFile } from "../../device/labels-file.ts";
import type { VerbContext } from "../../scripts/cli.ts";
import { createDatasetsCommand } from "../../scripts/datasets.ts";
import { createDeleteLabelsCommand } from "../../scripts/delete-labels.ts";
import { createIndexCommand } from "../../scripts/index.ts";
import { createSearchCommand } from "../../scripts/search.ts";
import { createTemplateCommand } from "../../scripts/template.ts";
import { createUploadCommand } from "../../scripts/upload.ts";
import { labelOf, writePictures } from "../fakes/labelled-pictures.ts";

const root = mkdtempSync(join(tmpdir(), "outrider-verbs-"));
after(() => rmSync(root, { recursive: true }));

type Ran = { readonly out: string; readonly err: string; readonly code: number };

/** Runs a verb in this process. @param typed what the person types, then stdin ends. */
async function run(
  make: (context: VerbContext) => Command,
  args: readonly string[],
  given: { typed?: string; env?: Record<string, string>; data?: string } = {},
): Promise<Ran> {
  const stdin = new PassThrough();
  stdin.end(given.typed ?? "");
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let code = 0;
  const context = {
    stdin,
    stdout,
    stderr,
    env: { OUTRIDER_DATA: join(root, given.data ?? "data"), OUTRIDER_CONFIG: "/dev/null", ...given.env },
    signal: new AbortController().signal,
    exit: (wanted: number) => {
      code = wanted;
    },
  } as unknown as VerbContext;
  await make(context)
    .exitOverride()
    .parseAsync([...args], { from: "user" });
  return { out: String(stdout.read() ?? ""), err: String(stderr.read() ?? ""), code };
}

async function folderOf(name: string, count: number, withoutPicture = 0): Promise<string> {
  const directory = join(root, name);
  const documents = Array.from({ length: count }, (_, n) => labelOf(n));
  await writePictures(directory, documents.slice(withoutPicture));
  const path = join(directory, "labels.json");
  rewriteLabelsFile(path, "dictionary", documents);
  return path;
}

test("template prints the template, as JSON alone with --json, and writes it with -o", async () => {
  const text = await run(createTemplateCommand, []);
  assert.match(text.out, /^Label template:\n{\n {4}"car_setting": {/);
  const file = join(root, "template.json");
  const json = await run(createTemplateCommand, ["--json", "-o", file]);
  assert.deepEqual(JSON.parse(json.out), JSON.parse(readFileSync(file, "utf8")));
  assert.equal(JSON.parse(json.out).label_fingerprint, "4d1ecf6496d80b8326489241d7f9312e");
});

test("upload, search, datasets and delete-labels bring labels there and back", async () => {
  const labels = await folderOf("round", 4, 1);
  const first = await run(createUploadCommand, [labels]);
  assert.equal(first.code, 3);
  assert.match(
    first.out,
    /3 picture\(s\) uploaded to folder:.*\n3 label\(s\) uploaded to local:.*\n1 failed\n.*missing/,
  );
  const again = await run(createUploadCommand, [labels, "--force", "--json"]);
  assert.deepEqual([JSON.parse(again.out).failed, JSON.parse(again.out).labels.uploaded], [1, 3]);

  const query = join(root, "query.json");
  writeFileSync(
    query,
    JSON.stringify({ event: { type: "match", query: "session_14012020" }, track: { type: "" } }),
  );
  const out = join(root, "round-out");
  const declined = await run(createSearchCommand, ["-q", query, "-p", out], { typed: "what\nn\n" });
  assert.deepEqual([declined.code, existsSync(join(out, "labels.json"))], [3, true]);
  assert.equal(declined.err.match(/Download 3 picture\(s\)\?/g)?.length, 2);
  const found = await run(createSearchCommand, ["-q", query, "-p", out], { typed: "y\n" });
  assert.deepEqual([found.code, /3 downloaded, 0 failed/.test(found.out)], [0, true]);
  assert.deepEqual(
    readFileSync(join(out, labelOf(2).file_name!)),
    readFileSync(join(root, "round", labelOf(2).file_name!)),
  );
  const nobody = await run(createSearchCommand, ["-q", query, "-p", join(root, "nobody")]);
  assert.deepEqual([nobody.code, /nobody answered: taken for no/.test(nobody.err)], [3, true]);

  const foundLabels = join(out, "labels.json");
  const asked = await run(createDatasetsCommand, ["create", foundLabels, "-q", query], {
    typed: "night\nheadlights\n\ny\n",
  });
  assert.match(asked.out, /"night" added to 3 label\(s\)/);
  assert.match(
    (await run(createDatasetsCommand, ["list"])).out,
    /^night {2}3 label\(s\), 3 picture\(s\) .*headlights$/m,
  );
  assert.equal((await run(createDatasetsCommand, ["delete", "night"], { typed: "n\n" })).code, 3);
  assert.equal(
    JSON.parse((await run(createDatasetsCommand, ["delete", "night", "--yes", "--json"])).out).change.changed,
    3,
  );
  assert.match((await run(createDatasetsCommand, ["list"])).out, /no data sets/);

  const rehearsal = await run(createDeleteLabelsCommand, [foundLabels, "--dry-run"]);
  assert.match(rehearsal.out, /3 label\(s\) would be deleted/);
  assert.equal((await run(createDeleteLabelsCommand, [foundLabels, "-y"])).code, 0);
  assert.equal((await run(createDeleteLabelsCommand, [foundLabels, "-y"])).code, 1);
});

test("upload -k and -e do as in the existing tools", async () => {
  const labels = await folderOf("options", 2);
  const json = await run(
    createUploadCommand,
    [labels, "-k", "a/b", "-b", `folder:${join(root, "b2")}`, "--json"],
    { data: "d2" },
  );
  assert.equal(JSON.parse(json.out).pictures.uploaded, 2);
  assert.ok(existsSync(join(root, "b2", "a", "b", labelOf(0).img_id)));
  const only = await run(createUploadCommand, [labels, "-e", "-i", `local:${join(root, "i2")}`, "--json"], {
    data: "d2",
  });
  assert.deepEqual(
    [JSON.parse(only.out).bucket, JSON.parse(only.out).labels.uploaded, only.code],
    [null, 2, 0],
  );
});

test("index create makes the embedded index once, and -p wants a server", async () => {
  const index = `local:${join(root, "made")}`;
  assert.match((await run(createIndexCommand, ["create", "-i", index])).out, /was created/);
  assert.match((await run(createIndexCommand, ["create", "-i", index])).out, /was there already/);
  await assert.rejects(
    run(createIndexCommand, ["create", "-i", index, "-p"]),
    /Expected an index on a server/,
  );
});

test("a verb says what is wrong with its input, and has done nothing", async () => {
  const broken = join(root, "broken.json");
  writeFileSync(broken, '{"a": ');
  const labels = await folderOf("bad-input", 1);
  const data = "untouched";
  const fails = (make: (context: VerbContext) => Command, args: string[], message: RegExp, env = {}) =>
    assert.rejects(run(make, args, { data, env }), message);
  await fails(createUploadCommand, [broken], /broken\.json cannot be used:\n {2}expected JSON/);
  await fails(
    createUploadCommand,
    [join(root, "none.json")],
    /none\.json cannot be used:\n {2}the file does not exist/,
  );
  await fails(
    createUploadCommand,
    [labels, "-b", "ftp://x"],
    /Expected the bucket as folder:DIR, s3:\/\/NAME/,
  );
  await fails(createUploadCommand, [labels, "-b", "s3://my-bucket"], /S3 needs credentials/);
  await fails(createUploadCommand, [labels, "-i", "Wrong Name"], /Expected the index as local:DIR/);
  await fails(
    createUploadCommand,
    [labels, "-b", "s3://my-bucket"],
    /to be set together, got only PATATE_S3_KEY/,
    {
      PATATE_S3_KEY: "hush",
    },
  );
  await fails(createSearchCommand, ["-q", broken, "-p", join(root, "o")], /Expected JSON in/);
  writeFileSync(broken, '{"a": {"type": "fuzzy"}}');
  await fails(
    createSearchCommand,
    ["-q", broken, "-p", join(root, "o")],
    /broken\.json cannot be used:\n {2}a\.type: expected one of/,
  );
  await fails(createTemplateCommand, ["-p", root], /session_template\.json cannot be used/);
  await fails(
    createDatasetsCommand,
    ["create", labels, "--name", " ", "-y"],
    /name: expected 1–256 characters/,
  );
  writeFileSync(broken, "{}");
  await fails(createSearchCommand, ["-q", broken, "-p", broken], /Expected .*broken\.json to be a folder/);
  assert.ok(!existsSync(join(root, data, "bucket")));
  assert.ok(!existsSync(join(root, "o")));
});

// What every source promises, whatever layout it reads. Each calls this with a folder that it can read.
import assert from "node:assert/strict";
import { realpathSync, symlinkSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, test } from "node:test";
import type { Source, SourceFinding, SourcePicture } from "../../sync/sources/source.ts";
import { addToFolder, type DatasetFiles, datasetFolder } from "../fakes/dataset-folder.ts";
import { temporaryFolder } from "../fakes/store.ts";

const { signal } = new AbortController();

export async function readAll(source: Source, root: string, dataset = "set"): Promise<SourceFinding[]> {
  const findings: SourceFinding[] = [];
  for await (const finding of source.read(root, { dataset, signal })) findings.push(finding);
  return findings;
}

export function picturesOf(findings: readonly SourceFinding[]): SourcePicture[] {
  return findings.filter((finding) => finding.found === "picture");
}

/** "path: reason" of what was skipped. */
export function skipsOf(findings: readonly SourceFinding[]): string[] {
  return findings.flatMap((each) => (each.found === "skipped" ? `${each.what}: ${each.reason}` : []));
}

/** @param files a folder that the source reads; `leak` is a way to name a picture outside of it, or null where names are not read. */
export function testSource(
  name: string,
  create: () => Source,
  files: DatasetFiles,
  leak: ((outside: string) => DatasetFiles) | null,
): void {
  describe(name, () => {
    test("recognises() knows its own layout, and an empty folder for what it is", async (t) => {
      assert.equal(await create().recognises(await datasetFolder(t, files), signal), true);
      assert.equal(await create().recognises(temporaryFolder(t), signal), false);
    });

    test("read() gives each picture once, by its canonical path inside the folder, in the same order every time", async (t) => {
      const root = await datasetFolder(t, files);
      const pictures = picturesOf(await readAll(create(), root));
      assert.ok(pictures.length > 0);
      assert.equal(new Set(pictures.map(({ path }) => path)).size, pictures.length);
      for (const { path, relativePath } of pictures) {
        assert.equal(path, join(realpathSync(root), relativePath));
        assert.equal(realpathSync(path), path);
      }
      assert.deepEqual(picturesOf(await readAll(create(), root)), pictures);
    });

    test("read() says that there is nothing in an empty folder, and why", async (t) => {
      const findings = await readAll(create(), temporaryFolder(t));
      assert.equal(findings.length, 1);
      const [only] = findings;
      assert.ok(only?.found === "nothing");
      assert.match(only.warning, /^No .*found/);
    });

    test("read() throws for a folder that is not there, and when the signal aborts", async (t) => {
      await assert.rejects(readAll(create(), join(temporaryFolder(t), "nowhere")), /ENOENT/);
      const root = await datasetFolder(t, files);
      const stopped = AbortSignal.abort(new Error("stop"));
      await assert.rejects(async () => {
        const findings: SourceFinding[] = [];
        for await (const each of create().read(root, { dataset: "set", signal: stopped }))
          findings.push(each);
      }, /stop/);
    });

    test("read() never leaves the folder: links and names that lead out are named and skipped", async (t) => {
      const root = await datasetFolder(t, files);
      const outside = await datasetFolder(t, { "secret.jpg": 99 });
      const [first] = picturesOf(await readAll(create(), root));
      const before = picturesOf(await readAll(create(), root)).length;
      symlinkSync(join(outside, "secret.jpg"), join(first!.path, "..", "link-out.jpg"));
      symlinkSync(outside, join(root, "folder-out"));
      if (leak !== null) await addToFolder(root, leak(join(outside, "secret.jpg")));
      const findings = await readAll(create(), root);
      for (const { path } of picturesOf(findings)) assert.ok(path.startsWith(realpathSync(root) + sep), path);
      if (leak !== null) assert.match(skipsOf(findings).join("\n"), /leads out of the data set's folder/);
      assert.ok(picturesOf(findings).length >= before - 1);
    });
  });
}

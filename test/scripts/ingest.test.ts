// `ingest` and `embed` as they are typed, from argument list to exit code.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { Command } from "commander";
import type { IngestResult } from "../../agent/ingest/ingest.ts";
import type { Stats } from "../../agent/stats.ts";
import { UsageError, type VerbContext } from "../../scripts/cli.ts";
import { createEmbedCommand } from "../../scripts/embed.ts";
import { createIngestCommand } from "../../scripts/ingest.ts";
import { createStatsCommand } from "../../scripts/stats.ts";
import { datasetFolder } from "../fakes/dataset-folder.ts";
import { temporaryFolder } from "../fakes/store.ts";

type Ran = { readonly out: string; readonly err: string; readonly code: number };

async function run(
  make: (context: VerbContext) => Command,
  args: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let code = 0;
  const context = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { OUTRIDER_CONFIG: "/dev/null", ...env },
    signal,
    interrupt: () => undefined,
    exit: (wanted: number) => {
      code = wanted;
    },
  } as unknown as VerbContext;
  await make(context)
    .exitOverride()
    .parseAsync(["node", "outrider", ...args]);
  return { out: String(stdout.read() ?? ""), err: String(stderr.read() ?? ""), code };
}

test("outrider ingest warns of missing and empty data sets in the known words, and is done", async (t) => {
  const data = temporaryFolder(t);
  const env = {
    OUTRIDER_DATA: data,
    ATRW_DATASET_PATH: "./no/models/atrw/",
    METAWILD_DATASET_PATH: temporaryFolder(t),
    WILDLIFE_DATASETS_PATH: "./no/wildlife",
    INDIVIDUAL_ANIMAL_REID_PATH: "./no/animals",
  };
  const all = await run(createIngestCommand, ["--dataset", "all", "--dry-run"], env);
  assert.equal(
    all.err,
    [
      "Running in DRY RUN mode - no changes will be made",
      "Warning: Dataset path does not exist: ./no/models/atrw",
      "Warning: No images found in MetaWild dataset",
      "Warning: Dataset path does not exist: ./no/wildlife",
      "Warning: Dataset path does not exist: ./no/animals",
      "",
    ].join("\n"),
  );
  assert.equal(all.code, 0);
  assert.match(all.out, /^DATASET INGESTION SUMMARY$/m);
  assert.match(all.out, /^ {2}metawild: skipped \(no images found\)$/m);
  assert.equal(existsSync(join(data, "store")), false);
  const one = await run(createIngestCommand, ["--dataset", "atrw"], env);
  assert.equal(one.code, 1);
});

test("outrider ingest, embed and stats: a data set becomes individuals that can be compared", async (t) => {
  const root = await datasetFolder(t, {
    "images/001/a.jpg": 1,
    "images/001/b.jpg": 2,
    "images/002/a.jpg": 3,
    "images/002/bad.jpg": "no picture",
  });
  const env = { OUTRIDER_DATA: temporaryFolder(t), ATRW_DATASET_PATH: root };
  const ingested = await run(createIngestCommand, ["--dataset", "atrw", "--json", "--skip-existing"], env);
  const result = JSON.parse(ingested.out) as IngestResult;
  const { tigers_created, tigers_updated, images_processed, images_skipped, errors } = result.stats;
  assert.deepEqual(
    [tigers_created, tigers_updated, images_processed, images_skipped, errors],
    [2, 0, 3, 0, 1],
  );
  const { tigers, images, status, problems } = result.results.atrw!;
  assert.deepEqual([tigers, images, status, problems[0]!.what], [2, 3, "success", "images/002/bad.jpg"]);
  assert.equal(ingested.code, 3);

  const embedded = await run(createEmbedCommand, ["--missing", "--embedder", "none"], env);
  assert.match(embedded.out, /described 3 of 3 sightings \(.*\/s\), failed 0/);
  assert.equal(embedded.code, 0);
  const { seen } = JSON.parse((await run(createStatsCommand, ["--json"], env)).out) as Stats;
  assert.deepEqual(
    [seen.individuals, seen.sightings.labelled, seen.datasets.atrw],
    [2, 3, { origins: 3, images: 3, sequences: 0 }],
  );
  assert.deepEqual(Object.values(seen.embeddings), [3]);
  const text = (await run(createStatsCommand, [], env)).out;
  assert.match(text, /^animals {3}2 individuals$/m);
});

test("outrider ingest stops when asked to, and refuses what makes no sense", async (t) => {
  const root = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const env = { OUTRIDER_DATA: temporaryFolder(t), ATRW_DATASET_PATH: root };
  const stopped = await run(createIngestCommand, [], env, AbortSignal.abort(new Error("stop")));
  assert.equal(stopped.code, 130);
  await assert.rejects(run(createIngestCommand, ["--dataset", "cats"], env), UsageError);
  await assert.rejects(run(createIngestCommand, ["--dataset", "atrw", "--format", "zip"], env), /--format/);
});

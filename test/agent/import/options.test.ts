import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ImportFlags, readImportOptions } from "../../../agent/import/options.ts";

const nowMs = Date.parse("2024-01-05T23:59:00Z");
const read = (flags: ImportFlags) => readImportOptions(flags, nowMs);

test("readImportOptions() has the guide's defaults, and today in UTC for the end", () => {
  const { options, problems } = read({ dateFrom: "2024-01-01" });
  assert.deepEqual(problems, []);
  assert.ok(options !== null);
  assert.deepEqual(options.days, { from: "2024-01-01", end: "2024-01-05" });
  assert.equal(options.platformUrl, "https://alertapi.pyronear.org");
  assert.equal(options.annotationUrl, "http://localhost:5050");
  assert.equal(options.detectionsLimit, 30);
  assert.equal(options.detectionsOrder, "asc");
  assert.deepEqual(options.clusters, {
    confidenceThreshold: 0,
    iouThreshold: 0.3,
    minClusterSize: 1,
    strict: false,
  });
  assert.equal(options.riskScore, "extreme");
  assert.equal(options.sourceApi, "pyronear_french");
  assert.equal(options.maxSequences, null);
});

test("readImportOptions() tells every mistake at once, rule and value", () => {
  const { options, problems } = read({
    dateFrom: "2024-02-30",
    dateEnd: "tomorrow",
    confidenceThreshold: "1.5",
    minClusterSize: "0",
    detectionsLimit: "many",
    riskScore: "huge",
    urlApiAnnotation: "localhost:5050",
    sequenceList: "12,abc",
    cloneCountOnly: true,
  });
  assert.equal(options, null);
  for (const expected of [
    /--date-from: .*"2024-02-30"/,
    /--date-end: .*"tomorrow"/,
    /--confidence-threshold: expected a number from 0 to 1, got "1.5"/,
    /--min-cluster-size: expected a whole number from 1 .*"0"/,
    /--detections-limit: .*"many"/,
    /--risk-score: .*"huge"/,
    /--url-api-annotation: .*"localhost:5050"/,
    /--sequence-list: .*"abc"/,
    /--clone-count-only needs --source-annotation-url/,
  ])
    assert.ok(
      problems.some((problem) => expected.test(problem)),
      `${expected} in ${problems.join("\n")}`,
    );
});

test("readImportOptions() says in the guide's words that the dates are in the wrong order", () => {
  const { problems } = read({ dateFrom: "2024-01-02", dateEnd: "2024-01-01" });
  assert.match(problems[0] ?? "", /Invalid combination of --date-from and --date-end parameters/);
  assert.match(problems[0] ?? "", /--date-from must be earlier than or equal to --date-end/);
  assert.match(read({}).problems[0] ?? "", /--date-from is missing/);
});

test("readImportOptions() needs no dates for a list of sequences, from the line or a file", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "outrider-list-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "ids.txt");
  writeFileSync(file, "7\n8, 9\n7\n");
  assert.deepEqual(read({ sequenceList: "3 4,5" }).options?.sequenceIds, [3, 4, 5]);
  assert.deepEqual(read({ sequenceList: file }).options?.sequenceIds, [7, 8, 9]);
  assert.match(read({ sequenceList: join(folder, "none") }).problems[0] ?? "", /ids like 101,102 or a file/);
});

test("readImportOptions() takes the server's clustering, the other platform's name, and no account in an address", () => {
  const server = read({ dateFrom: "2024-01-01", serverClustering: true }).options?.clusters;
  assert.deepEqual([server?.strict, server?.iouThreshold], [true, 0]);
  const strict = read({ dateFrom: "2024-01-01", strictIou: true }).options?.clusters;
  assert.deepEqual([strict?.strict, strict?.iouThreshold], [true, 0.3]);
  const cenia = read({ dateFrom: "2024-01-01", urlApiPlatform: "https://apicenia.pyronear.org/" }).options;
  assert.equal(cenia?.sourceApi, "api_cenia");
  assert.equal(cenia?.platformUrl, "https://apicenia.pyronear.org");
  const { problems } = read({ dateFrom: "2024-01-01", urlApiPlatform: "https://me:secret@host" });
  assert.match(problems[0] ?? "", /without user and password/);
  assert.doesNotMatch(problems.join(), /secret/);
});

test("readImportOptions() refuses what cannot go together", () => {
  const clone = { sourceAnnotationUrl: "http://other:5050" };
  assert.deepEqual(read(clone).problems, []);
  assert.match(
    read({ ...clone, splitObjects: true }).problems[0] ?? "",
    /--split-objects needs the platform/,
  );
  assert.match(
    read({ sourceAnnotationUrl: "http://localhost:5050/" }).problems[0] ?? "",
    /another service than/,
  );
  assert.match(
    read({ dateFrom: "2024-01-01", to: "store", skipPlatformFetch: true }).problems[0] ?? "",
    /--to store/,
  );
  assert.match(read({ sequenceList: "5", skipPlatformFetch: true }).problems[0] ?? "", /--date-from/);
});

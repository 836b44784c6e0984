// The camera of the fault bench gives real pictures, each another, and its log survives what its writer does not.
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stampedPicture } from "../../../../agent/bench/faults/camera-child.ts";
import { md5Of, openTruthLog, readTruth } from "../../../../agent/bench/faults/truth.ts";
import { createJpegSplitter } from "../../../../device/camera/jpeg-splitter.ts";
import { readFrameStamp } from "../../../../device/camera/sim/stamp.ts";

test("stampedPicture() gives whole pictures that say which they are, no two alike", () => {
  const lost: string[] = [];
  const splitter = createJpegSplitter<number>({ maxFrameBytes: 1e6, onLost: (reason) => lost.push(reason) });
  const pictures = Array.from({ length: 40 }, (_, n) => stampedPicture("cam0", n, n * 1e8));
  const found = [...splitter.push(Buffer.concat(pictures), 0), ...splitter.end()];
  assert.deepEqual(lost, []);
  assert.deepEqual(
    found.map(({ bytes }) => readFrameStamp(bytes)),
    pictures.map((_, n) => ({ camera: "cam0", sequence: n, monotonicNs: n * 1e8 })),
  );
  assert.equal(new Set(pictures.map(md5Of)).size, pictures.length);
});

test("openTruthLog() goes on behind what was logged, and a line that was not finished is no picture", () => {
  const folder = mkdtempSync(join(tmpdir(), "outrider-truth-"));
  try {
    const first = openTruthLog(folder, "cam0");
    for (const sequence of [0, 1]) first.add({ sequence, monotonicNs: 5, md5: `md5-${sequence}` });
    first.given(0);
    first.close();
    appendFileSync(join(folder, "cam0.truth"), "2 77");
    assert.deepEqual(
      readTruth(folder).map(({ sequence, md5, isGiven }) => [sequence, md5, isGiven]),
      [
        [0, "md5-0", true],
        [1, "md5-1", false],
      ],
    );
    const second = openTruthLog(folder, "cam0");
    assert.equal(second.next, 2);
    second.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

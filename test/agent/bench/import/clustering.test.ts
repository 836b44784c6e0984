import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeClustering, measureClustering } from "../../../../agent/bench/import/clustering.ts";
import { temporaryFolder } from "../../../fakes/store.ts";

const golden = join(import.meta.dirname, "../../../fixtures/pyronear/cluster-vectors.json");

test("measureClustering() compares with the service's own way and with every golden vector", () => {
  const result = measureClustering({ boxes: 500, seed: 1, vectors: golden });
  assert.deepEqual([result.problems, result.vectors, result.compared], [[], 16, 300]);
  assert.match(describeClustering(result), /500 boxes: .*\nresult {6}the same .* 16 golden vectors/);
});

test("measureClustering() tells a vector that is otherwise, and a file that holds none", (t) => {
  const file = join(temporaryFolder(t), "vectors.json");
  const boxes = [
    [0.1, 0.1, 0.2, 0.2],
    [0.1, 0.1, 0.2, 0.2],
  ];
  const wrong = { name: "apart", boxes, iou_threshold: 0, clusters_as_box_indexes: [[0], [1]] };
  writeFileSync(file, JSON.stringify({ cluster: [wrong] }));
  const { problems } = measureClustering({ boxes: 10, seed: 1, vectors: file });
  assert.deepEqual(problems, ['golden vector "apart": other clusters']);
  writeFileSync(file, "{}");
  assert.throws(
    () => measureClustering({ boxes: 10, seed: 1, vectors: file }),
    /expected clustering vectors/,
  );
});

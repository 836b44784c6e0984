import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../agent/config.ts";
import { modelProblems } from "../../../agent/watch/model-problems.ts";
import { loadCatalog } from "../../../models/catalog.ts";

const catalog = loadCatalog({ folders: [] });
const problemsOf = (values: unknown) => modelProblems(parseConfig(values, "test"), catalog);

test("modelProblems() names path, rule and value of every model that is not there or does something else", () => {
  const problems = problemsOf({
    watch: { detector: "lion", embedder: "animal-v1" },
    cameras: [{ id: "a" }, { id: "mast", watch: { detector: "reid-v1" } }],
  });
  assert.equal(problems.length, 3);
  assert.match(
    problems[0]!,
    /^watch\.detector: expected a model that can detect \(animal-v1, .*\), got "lion"$/,
  );
  assert.match(
    problems[1]!,
    /^watch\.embedder: .* can embed \(reid-v1, .*\), got "animal-v1", which can detect$/,
  );
  assert.match(problems[2]!, /^cameras\[mast\]\.watch\.detector: .*got "reid-v1", which can embed$/);
});

test("modelProblems() does not mind models that nobody would use", () => {
  assert.deepEqual(problemsOf({}), []);
  assert.deepEqual(
    problemsOf({
      watch: { detector: "lion", embedder: null },
      cameras: [
        { id: "a", watch: { detector: "animal-v1" } },
        { id: "b", watch: { enabled: false, detector: "tiger" } },
      ],
    }),
    [],
  );
});

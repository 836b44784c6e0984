// Every number of every shipped model's golden pairs, with the runtime itself: what `models check` compares is boxes and vectors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { loadCatalog } from "../../models/catalog.ts";
import { compareNumbers, readGolden } from "../../models/golden.ts";
import { decodePicture } from "../../models/picture.ts";
import { createPreprocessor } from "../../models/preprocess.ts";

for (const model of loadCatalog({ folders: [] }).list()) {
  const { id, input } = model.manifest;
  test(`${id} gives the numbers of its golden pairs`, async () => {
    const pairs = readGolden(model);
    assert.ok(pairs !== null, "every shipped model has golden pairs");
    const { golden, folder } = pairs;
    assert.equal(golden.sha256, model.manifest.sha256);
    const session = await InferenceSession.create(model.file, { intraOpNumThreads: 1 });
    const preprocessor = createPreprocessor(input);
    for (const { image, outputs } of golden.cases) {
      const picture = await decodePicture(readFileSync(join(folder, image)));
      assert.deepEqual([picture.width, picture.height], [input.width, input.height], image);
      const pixels = preprocessor.allocate() as Float32Array;
      preprocessor.fill(pixels, picture);
      const got = await session.run({ [input.name]: new Tensor("float32", pixels, preprocessor.dims) });
      assert.deepEqual(Object.keys(got).sort(), Object.keys(outputs).sort());
      for (const [name, expected] of Object.entries(outputs)) {
        assert.deepEqual(got[name]!.dims, expected.shape, name);
        const { largest, isWithin } = compareNumbers(
          expected.data,
          got[name]!.data as Float32Array,
          golden.tolerance,
        );
        assert.ok(isWithin, `${image} ${name}: off by ${largest}`);
      }
    }
    await session.release();
  });
}

// The local label index keeps the contract that the servers keep.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalIndex } from "../../../sync/indexes/local.ts";
import { testLabelIndex } from "../../contracts/label-index.ts";

testLabelIndex("local", async () => {
  const directory = await mkdtemp(join(tmpdir(), "outrider-local-index-"));
  const index = createLocalIndex({ directory });
  return {
    index,
    close: async () => {
      await index.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderBucket } from "../../sync/buckets/folder.ts";
import { uploadContract } from "../contracts/upload.ts";
import { createMemoryLabelIndex } from "../fakes/memory-label-index.ts";

uploadContract("folder: and memory", async () => {
  const directory = mkdtempSync(join(tmpdir(), "outrider-bucket-"));
  const bucket = createFolderBucket({ directory });
  return {
    bucket,
    bucketFolder: "",
    index: createMemoryLabelIndex(),
    close: async () => {
      await bucket.close();
      rmSync(directory, { recursive: true });
    },
  };
});

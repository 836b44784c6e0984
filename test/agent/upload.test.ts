import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderBucket } from "../../sync/buckets/folder.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import { createLocalIndex } from "../../sync/indexes/local.ts";
import { type Backends, uploadContract } from "../contracts/upload.ts";
import { createMemoryLabelIndex } from "../fakes/memory-label-index.ts";

function inFolder(openIndex: (directory: string) => LabelIndex): () => Promise<Backends> {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "outrider-backends-"));
    const bucket = createFolderBucket({ directory: join(directory, "bucket") });
    const index = openIndex(join(directory, "index"));
    return {
      bucket,
      bucketFolder: "",
      index,
      close: async () => {
        await Promise.all([bucket.close(), index.close()]);
        rmSync(directory, { recursive: true });
      },
    };
  };
}

uploadContract(
  "folder: and local:",
  inFolder((directory) => createLocalIndex({ directory })),
);
// This index shows nothing before it is refreshed, as servers do.
uploadContract(
  "folder: and memory",
  inFolder(() => createMemoryLabelIndex()),
);

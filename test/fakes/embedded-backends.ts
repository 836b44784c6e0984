// The embedded bucket and an index of the test's choice, in a folder that goes when they are closed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderBucket } from "../../sync/buckets/folder.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import type { Backends } from "../contracts/upload.ts";

/** Gives a function that opens fresh ones. @param openIndex is given the folder the index may use. */
export function embeddedBackends(openIndex: (directory: string) => LabelIndex): () => Promise<Backends> {
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
        rmSync(directory, { recursive: true, force: true });
      },
    };
  };
}

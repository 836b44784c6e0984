// The outcome tables of upload and deletion on real servers: every bucket with every index.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderBucket } from "../../sync/buckets/folder.ts";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
import { createElasticIndex } from "../../sync/indexes/elastic.ts";
import { connectElastic } from "../../sync/indexes/elastic-connection.ts";
import { createLocalIndex } from "../../sync/indexes/local.ts";
import { type Backends, uploadContract } from "../contracts/upload.ts";
import { makeTestBucket, s3Skip } from "./s3-server.ts";

const { signal } = new AbortController();

type Opened<T> = T & { readonly close: () => Promise<void> };
type BucketPart = Opened<Pick<Backends, "bucket" | "bucketFolder">>;
type IndexPart = Opened<Pick<Backends, "index">>;
type Choice<T> = { readonly name: string; readonly skip: string | false; readonly open: () => Promise<T> };

// One bucket for all rows, made at first use: each row has a folder of its own in it.
let testBucket: ReturnType<typeof makeTestBucket> | null = null;

const s3: Choice<BucketPart> = {
  name: "s3://",
  skip: s3Skip,
  open: async () => {
    testBucket ??= makeTestBucket();
    const bucket = createS3Bucket(await testBucket);
    return { bucket, bucketFolder: `rows/${randomBytes(4).toString("hex")}`, close: () => bucket.close() };
  },
};

const folder: Choice<BucketPart> = {
  name: "folder:",
  skip: false,
  open: async () => {
    const directory = mkdtempSync(join(tmpdir(), "outrider-bucket-"));
    const bucket = createFolderBucket({ directory });
    return { bucket, bucketFolder: "", close: async () => rmSync(directory, { recursive: true }) };
  },
};

const local: Choice<IndexPart> = {
  name: "local:",
  skip: false,
  open: async () => {
    const directory = mkdtempSync(join(tmpdir(), "outrider-index-"));
    const index = createLocalIndex({ directory });
    return {
      index,
      close: async () => {
        await index.close();
        rmSync(directory, { recursive: true });
      },
    };
  },
};

function server(name: string, variable: string): Choice<IndexPart> {
  const url = process.env[variable] ?? "";
  return {
    name,
    skip:
      url === "" && `${variable} is not set: start a server with test/servers/search-up and give its address`,
    open: async () => {
      const indexName = `outrider-test-${randomBytes(4).toString("hex")}`;
      const index = createElasticIndex({ url, index: indexName });
      await index.create(signal);
      return {
        index,
        close: async () => {
          await index.close();
          const connection = connectElastic({ url });
          await connection.request({ method: "DELETE", path: `/${indexName}`, signal });
          await connection.close();
        },
      };
    },
  };
}

const elasticsearch = server("Elasticsearch", "OUTRIDER_TEST_ELASTICSEARCH");
const openSearch = server("OpenSearch", "OUTRIDER_TEST_OPENSEARCH");

for (const [bucket, index] of [
  [s3, elasticsearch],
  [s3, openSearch],
  [folder, elasticsearch],
  [folder, openSearch],
  [s3, local],
] as const) {
  const open = async (): Promise<Backends> => {
    const [bucketPart, indexPart] = await Promise.all([bucket.open(), index.open()]);
    return {
      ...bucketPart,
      ...indexPart,
      close: async () => {
        await Promise.all([bucketPart.close(), indexPart.close()]);
      },
    };
  };
  const skip = bucket.skip || index.skip;
  uploadContract(`${bucket.name} and ${index.name}`, open, skip === false ? {} : { skip });
}

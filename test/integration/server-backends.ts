// Every bucket with every index of the integration tests, where at least one of the two is a real server.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderBucket } from "../../sync/buckets/folder.ts";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
import { createElasticIndex } from "../../sync/indexes/elastic.ts";
import { connectElastic } from "../../sync/indexes/elastic-connection.ts";
import { createLocalIndex } from "../../sync/indexes/local.ts";
import type { Backends } from "../contracts/upload.ts";
import { makeTestBucket, s3Skip } from "./s3-server.ts";

const { signal } = new AbortController();

type Opened<T> = T & { readonly close: () => Promise<void> };
type BucketPart = Opened<Pick<Backends, "bucket" | "bucketFolder">>;
type IndexPart = Opened<Pick<Backends, "index">>;
type Choice<T> = { readonly name: string; readonly skip: string | false; readonly open: () => Promise<T> };

function s3Choice(optionsOf: () => ReturnType<typeof makeTestBucket>): Choice<BucketPart> {
  return {
    name: "s3://",
    skip: s3Skip,
    open: async () => {
      const bucket = createS3Bucket(await optionsOf());
      return { bucket, bucketFolder: `rows/${randomBytes(4).toString("hex")}`, close: () => bucket.close() };
    },
  };
}

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

function serverChoice(name: string, variable: string): Choice<IndexPart> {
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

export type ServerBackends = {
  readonly name: string;
  /** Why it cannot be opened; undefined when it can. */
  readonly skip: string | undefined;
  /** Gives an empty index, and an empty place in the bucket. */
  readonly open: () => Promise<Backends>;
};

/** The pairs that are tested. */
export function serverBackends(): readonly ServerBackends[] {
  // One S3 bucket for all: each opening has a folder of its own in it.
  let testBucket: ReturnType<typeof makeTestBucket> | null = null;
  const s3 = s3Choice(() => {
    testBucket ??= makeTestBucket();
    return testBucket;
  });
  const elasticsearch = serverChoice("Elasticsearch", "OUTRIDER_TEST_ELASTICSEARCH");
  const openSearch = serverChoice("OpenSearch", "OUTRIDER_TEST_OPENSEARCH");
  return [
    pair(s3, elasticsearch),
    pair(s3, openSearch),
    pair(folder, elasticsearch),
    pair(folder, openSearch),
    pair(s3, local),
  ];
}

function pair(bucket: Choice<BucketPart>, index: Choice<IndexPart>): ServerBackends {
  return {
    name: `${bucket.name} and ${index.name}`,
    skip: bucket.skip || index.skip || undefined,
    open: async () => {
      const [bucketPart, indexPart] = await Promise.all([bucket.open(), index.open()]);
      return {
        ...bucketPart,
        ...indexPart,
        close: async () => {
          await Promise.all([bucketPart.close(), indexPart.close()]);
        },
      };
    },
  };
}

// The bucket and the label index of one verb, opened together from the configuration, tried again where a failure may pass.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { createPackedBucket } from "../sync/shards/packed-bucket.ts";
import {
  AddressError,
  backendOptions,
  bucketsByName,
  openBucket,
  openLabelIndex,
  resolveIndexAddress,
} from "./backends.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import { retryingBucket, retryingIndex } from "./retrying.ts";

export type OpenBackendsOptions = {
  readonly config: Pick<Config, "data" | "sync">;
  /** `--index` as it was given: an address, or the name of an index on the configured server. */
  readonly index?: string;
  /** false: labels only, no bucket is opened. */
  readonly bucket: boolean;
  readonly env: Environment;
  readonly log: Log;
  readonly clock: Pick<Clock, "sleep">;
  /** Gives [0, 1). */
  readonly random: () => number;
};

/** What a verb works with. Nothing has been sent yet. */
export type Backends = {
  readonly index: LabelIndex;
  readonly bucket: Bucket | null;
  /** Folder in the bucket that everything goes under; "" for none. */
  readonly bucketFolder: string;
  /** The bucket a label's address begins with; null when it cannot be opened. */
  readonly bucketNamed: (name: string) => Bucket | null;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** Opens what the configuration names. @throws AddressError and CredentialsError */
export function openBackends(given: OpenBackendsOptions): Backends {
  const options = backendOptions(given);
  const index = retryingIndex(openLabelIndex(indexAddress(given), options), given);
  if (!given.bucket)
    return { index, bucket: null, bucketFolder: "", bucketNamed: () => null, close: () => index.close() };
  const address = given.config.sync.bucket;
  if (address === null)
    throw new AddressError("No bucket is configured: give --bucket folder:DIR or --bucket s3://NAME");
  const opened = openBucket(address, options);
  const buckets = bucketsByName(opened, options);
  return {
    index,
    bucket: createPackedBucket(retryingBucket(opened.bucket, given)),
    bucketFolder: opened.folder,
    bucketNamed: (name) => {
      const bucket = buckets.named(name);
      return bucket === null ? null : createPackedBucket(retryingBucket(bucket, given));
    },
    close: async () => {
      await Promise.all([index.close(), buckets.close()]);
    },
  };
}

/** The index address that configuration and `--index` come to. @throws AddressError */
export function indexAddress({ config, index }: Pick<OpenBackendsOptions, "config" | "index">): string {
  const address = resolveIndexAddress(index, config.sync.index ?? "");
  if (address === "")
    throw new AddressError(
      "No label index is configured: give --index local:DIR or --index http://HOST:9200/NAME",
    );
  return address;
}

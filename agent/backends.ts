// Opens the bucket and the label index that an address names: folder:, s3://, local:, http(s)://.
import { resolve } from "node:path";
import type { Log } from "../device/log.ts";
import type { Pace } from "../sync/bandwidth.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import { createFolderBucket } from "../sync/buckets/folder.ts";
import { createS3Bucket, type S3BucketOptions } from "../sync/buckets/s3.ts";
import { createElasticIndex } from "../sync/indexes/elastic.ts";
import type { ElasticOptions } from "../sync/indexes/elastic-connection.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { createLocalIndex } from "../sync/indexes/local.ts";
import type { Config } from "./config.ts";
import { type Environment, readIndexUser, readS3Credentials } from "./credentials.ts";
import { bucketFolder, indexFolder } from "./folders.ts";
import { splitBucket } from "./picture-address.ts";

/** An address that names no bucket or index. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}

/** What opening needs beside the address. */
export type BackendOptions = {
  /** The data folder, for `folder:` and `local:` without a place. */
  readonly data: string;
  /** S3 server other than AWS; null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  /** PEM file of the authority that signed the servers' certificates; null: the public ones. */
  readonly caFile: string | null;
  /** Read again for every request, so that keys may change while we run. */
  readonly env: Environment;
  readonly log: Log;
  /** How fast bodies go out; not given: as fast as the link takes them. */
  readonly pace?: Pace;
  /** Told how far the clock of a bucket's server is ahead of ours, ms. */
  readonly onClockSkew?: (bucket: string, offsetMs: number) => void;
  /** How large objects go to an S3 bucket, by its identity (server included); not given: in one piece. */
  readonly multipart?: (identity: string) => NonNullable<S3BucketOptions["multipart"]>;
};

/** What opening needs, from the configuration. */
export function backendOptions(
  given: Pick<BackendOptions, "env" | "log" | "pace" | "onClockSkew" | "multipart"> & {
    readonly config: Pick<Config, "data" | "sync">;
  },
): BackendOptions {
  const { data, sync } = given.config;
  const { endpoint, region, caFile } = sync;
  const { env, log, pace, onClockSkew, multipart } = given;
  return {
    data,
    endpoint,
    region,
    caFile,
    env,
    log,
    ...(pace === undefined ? {} : { pace }),
    ...(onClockSkew === undefined ? {} : { onClockSkew }),
    ...(multipart === undefined ? {} : { multipart }),
  };
}

/** A bucket, and the folder in it that everything goes under ("" for none). */
export type OpenedBucket = { readonly bucket: Bucket; readonly folder: string };

/** The name the existing tools give the index where nobody names one. */
export const defaultIndexName = "patate-db";

/** Whether an address of a bucket is on an S3 server: everything that is no folder is. */
export function isS3Address(address: string): boolean {
  return !address.startsWith("folder:");
}

/**
 * Opens a bucket; nothing is sent yet. `folder:DIR` (`folder:` alone is the data folder's), `s3://NAME[/FOLDER]`, or NAME[/FOLDER] as the existing
 * tools take it.
 * @throws AddressError, and CredentialsError for S3 without credentials.
 */
export function openBucket(address: string, options: BackendOptions): OpenedBucket {
  if (!isS3Address(address)) {
    const place = address.slice("folder:".length);
    return {
      bucket: createFolderBucket({ directory: place === "" ? bucketFolder(options.data) : resolve(place) }),
      folder: "",
    };
  }
  const scheme = /^([a-z0-9+.-]+):/i.exec(address)?.[1];
  if (scheme !== undefined && scheme !== "s3") throw new AddressError(bucketRule(address));
  const [name, folder] = splitBucket(address.replace(/^s3:\/\//, ""));
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$/.test(name)) throw new AddressError(bucketRule(address));
  return { bucket: openS3(name, options), folder };
}

/**
 * Opens buckets by the name that labels' addresses begin with: the given one, and with S3 any other that the same account may read.
 * A folder may have been renamed since, so it answers to every name.
 */
export function bucketsByName(
  opened: OpenedBucket,
  options: BackendOptions,
): { readonly named: (name: string) => Bucket | null; readonly close: () => Promise<void> } {
  const others = new Map<string, Bucket>();
  return {
    named: (name) => {
      const { bucket } = opened;
      if (name === bucket.name || bucket.url.startsWith("folder:")) return bucket;
      const other = others.get(name) ?? openS3(name, options);
      others.set(name, other);
      return other;
    },
    close: async () => {
      await Promise.all([opened.bucket.close(), ...[...others.values()].map((bucket) => bucket.close())]);
    },
  };
}

function openS3(
  bucket: string,
  { endpoint, region, caFile, env, pace, onClockSkew, multipart }: BackendOptions,
): Bucket {
  // Asked once now, so that a missing key is said before anything is done.
  readS3Credentials(env);
  return createS3Bucket({
    bucket,
    region,
    ...(endpoint === null ? {} : { endpoint }),
    ...(caFile === null ? {} : { caFile }),
    ...(pace === undefined ? {} : { pace }),
    ...(onClockSkew === undefined
      ? {}
      : { onClockSkew: (offsetMs: number) => onClockSkew(`s3://${bucket}`, offsetMs) }),
    ...(multipart === undefined ? {} : { multipart: multipart(`${endpoint ?? region}/${bucket}`) }),
    credentials: async () => readS3Credentials(env),
  });
}

/**
 * Opens a label index; nothing is sent yet. `local:DIR` (`local:` alone is the data folder's), `http(s)://HOST:PORT[/INDEX]`.
 * Without a user in the environment it warns and asks anonymously.
 * @throws AddressError
 */
export function openLabelIndex(address: string, options: BackendOptions): LabelIndex {
  const { data, env, log } = options;
  if (address.startsWith("local:")) {
    const place = address.slice("local:".length);
    return createLocalIndex({ directory: place === "" ? indexFolder(data) : resolve(place), log });
  }
  const { server, index, hasUser } = parseIndexAddress(address);
  if (readIndexUser(env) === null && !hasUser)
    log.warn(
      { index: withoutPassword(address) },
      "no user for the label index (PATATE_ES_USER_ID, PATATE_ES_USER_PWD): trying without",
    );
  return createElasticIndex({ ...elasticOptionsOf(server, options), index });
}

/** How to reach the server at `server` as the environment's user; a user in the address serves when there is none. */
export function elasticOptionsOf(server: string, { caFile, env, pace }: BackendOptions): ElasticOptions {
  return {
    url: server,
    ...(caFile === null ? {} : { caFile }),
    ...(pace === undefined ? {} : { pace }),
    authorization: async () => {
      const user = readIndexUser(env);
      return user === null ? null : { kind: "basic", ...user };
    },
  };
}

/** Takes an index address apart. @throws AddressError */
export function parseIndexAddress(address: string): {
  readonly server: string;
  readonly index: string;
  readonly hasUser: boolean;
} {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) throw new AddressError(indexRule(address));
  const url = new URL(address);
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  const index = segments.pop() ?? defaultIndexName;
  if (url.search !== "" || url.hash !== "" || !isIndexName(index)) throw new AddressError(indexRule(address));
  const hasUser = url.username !== "";
  url.pathname = segments.join("/");
  return { server: url.href.replace(/\/+$/, ""), index, hasUser };
}

/**
 * What `--index` means: an address, or as in the existing tools the name of another index on the configured server.
 * @throws AddressError
 */
export function resolveIndexAddress(given: string | undefined, configured: string): string {
  if (given === undefined || /^(local:|https?:\/\/)/.test(given)) return given ?? configured;
  if (!/^https?:\/\//.test(configured) || !isIndexName(given)) throw new AddressError(indexRule(given));
  const { server } = parseIndexAddress(configured);
  return `${server}/${given}`;
}

/** As Elasticsearch has it: lower case, and none of the characters a path or a pattern gives a meaning. */
function isIndexName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,254}$/.test(name);
}

function bucketRule(address: string): string {
  return `Expected the bucket as folder:DIR, s3://NAME[/FOLDER] or NAME[/FOLDER], got "${withoutPassword(address)}"`;
}

function indexRule(address: string): string {
  return `Expected the index as local:DIR, http(s)://HOST:PORT[/INDEX], or the name of an index (lower case) on a configured server, got "${withoutPassword(address)}"`;
}

function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/@]*@/, "//…@");
}

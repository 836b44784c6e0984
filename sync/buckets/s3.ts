// An S3 bucket (AWS or any server that speaks S3). The only importer of the S3 client, which is loaded at first use.
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import type { GetObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { sha256Hex } from "../../device/store/frames.ts";
import { SyncError } from "../errors.ts";
import type { Bucket, ObjectHead, PutOptions, PutOutcome } from "./bucket.ts";
import { type ConditionalOutcome, createPutIfAbsent } from "./if-absent.ts";
import { checkObjectKey } from "./object-key.ts";
import { asS3Error, codeOf, entityTag, isClockSkew, isUnknownCondition, statusOf } from "./s3-errors.ts";

/** A key pair. `expiresAt` (ms since 1970) lets the client keep it until five minutes before. */
export type S3Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: number;
};

/** How to reach one bucket. */
export type S3BucketOptions = {
  readonly bucket: string;
  readonly region: string;
  /** A server other than AWS, e.g. "https://s3.example.org:9000": path-style addresses, checksums only where S3 demands them. */
  readonly endpoint?: string;
  /** Asked for every request unless `expiresAt` says otherwise, so that keys may change while we run. */
  readonly credentials: () => Promise<S3Credentials>;
  /** PEM file of the authority that signed the server's certificate, when it is not a public one. */
  readonly caFile?: string;
  /** Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Longest silence on an open connection; default 60 000. */
  readonly idleTimeoutMs?: number;
  /** Longest time until an answer begins, sending included; default 600 000. */
  readonly requestTimeoutMs?: number;
  /** Connections at once; default 16. */
  readonly maxConnections?: number;
};

type ClientModule = typeof import("@aws-sdk/client-s3");
/** What is told of one request beside its input: who stops it, and the SHA-256 of its body where that is known. */
type Remark = { readonly signal: AbortSignal; readonly sha256?: string };
type Opened = { readonly client: S3Client; readonly sdk: ClientModule };

/** Opens a bucket; nothing is sent before the first call. Retrying is the caller's: each call is one request (a clock correction excepted). */
export function createS3Bucket(options: S3BucketOptions): Bucket {
  const { bucket: Bucket, endpoint } = options;
  const url = `s3://${Bucket}`;
  const where = endpoint === undefined ? url : `${url} at ${withoutUserInfo(endpoint)}`;
  let opened: Promise<Opened> | null = null;
  let closed = false;
  const open = (): Promise<Opened> => {
    if (closed) throw new SyncError("permanent", `${url} was closed`);
    opened ??= openClient(options).catch((cause: unknown) => {
      opened = null;
      throw cause;
    });
    return opened;
  };
  /** Sends one request; a second one when the server has just told its time to a machine with a wrong clock. */
  const request = async <T>(
    doing: string,
    signal: AbortSignal,
    send: (opened: Opened) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    try {
      const ready = await open();
      return await send(ready).catch((cause: unknown) => {
        // The machine's own clock and no other: it is the one that the client signs with.
        if (isClockSkew(cause, Date.now())) return send(ready);
        throw cause;
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw asS3Error(cause, doing);
    }
  };

  // AWS honours If-None-Match since August 2024.
  const putIfAbsent = createPutIfAbsent(endpoint === undefined ? "honoured" : "unknown");
  const write = (key: string, bytes: Uint8Array, given: PutOptions, condition: boolean) =>
    request(`put ${key} in ${where}`, given.signal, async ({ client, sdk }): Promise<ConditionalOutcome> => {
      const hash = given.sha256 ?? sha256Hex(bytes);
      const command = new sdk.PutObjectCommand({
        Bucket,
        Key: key,
        Body: bytes,
        ContentLength: bytes.byteLength,
        Metadata: { sha256: hash },
        ...(given.mediaType === undefined ? {} : { ContentType: given.mediaType }),
        ...(condition ? { IfNoneMatch: "*" } : {}),
      });
      try {
        const answer = await client.send(remarked(command, { signal: given.signal, sha256: hash }));
        return { outcome: "created", etag: entityTag(answer.ETag, `put ${key} in ${where}`) };
      } catch (cause) {
        if (condition && statusOf(cause) === 412) return { outcome: "exists", etag: null };
        if (condition && isUnknownCondition(cause)) return { outcome: "unsupported" };
        throw cause;
      }
    });
  const head = (key: string, signal: AbortSignal): Promise<ObjectHead | null> =>
    request(`look for ${key} in ${where}`, signal, async ({ client, sdk }) => {
      try {
        const found = await client.send(
          remarked(new sdk.HeadObjectCommand({ Bucket, Key: key }), { signal }),
        );
        return {
          key,
          size: found.ContentLength ?? 0,
          etag: entityTag(found.ETag, `look for ${key} in ${where}`),
        };
      } catch (cause) {
        if (statusOf(cause) === 404) return null;
        const silent = codeOf(cause) === null && statusOf(cause) !== null && !isClockSkew(cause, Date.now());
        throw silent ? await refusalInWords(key, signal, cause) : cause;
      }
    });
  /** An answer to HEAD has no words, so that a wrong secret looks like a missing right: the same is asked with GET, which has. */
  const refusalInWords = async (key: string, signal: AbortSignal, refusal: unknown): Promise<unknown> => {
    const { client, sdk } = await open();
    try {
      const first = new sdk.GetObjectCommand({ Bucket, Key: key, Range: "bytes=0-0" });
      const answer = await client.send(remarked(first, { signal }));
      await answer.Body?.transformToByteArray();
      return refusal;
    } catch (inWords) {
      return codeOf(inWords) === null || codeOf(inWords) === "NoSuchKey" ? refusal : inWords;
    }
  };

  return {
    url,
    name: Bucket,
    put: async (key, bytes, given) => {
      checkObjectKey(key);
      const replace = async (): Promise<PutOutcome> => (await write(key, bytes, given, false)) as PutOutcome;
      if (!given.ifAbsent) return replace();
      return putIfAbsent({
        create: () => write(key, bytes, given, true),
        replace,
        look: () => head(key, given.signal),
        size: bytes.byteLength,
      });
    },
    get: async (key, signal) => {
      checkObjectKey(key);
      const doing = `get ${key} from ${where}`;
      return request(doing, signal, async ({ client, sdk }) => {
        try {
          const answer = await client.send(
            remarked(new sdk.GetObjectCommand({ Bucket, Key: key }), { signal }),
          );
          return await wholeBody(answer, doing, signal);
        } catch (cause) {
          if (codeOf(cause) === "NoSuchKey") return null;
          throw cause;
        }
      });
    },
    head: async (key, signal) => {
      checkObjectKey(key);
      return head(key, signal);
    },
    remove: async (key, signal) => {
      checkObjectKey(key);
      // DeleteObject answers 204 whether or not there was something.
      if ((await head(key, signal)) === null) return false;
      await request(`remove ${key} from ${where}`, signal, ({ client, sdk }) =>
        client.send(remarked(new sdk.DeleteObjectCommand({ Bucket, Key: key }), { signal })),
      );
      return true;
    },
    list: async function* (prefix, signal) {
      let ContinuationToken: string | undefined;
      do {
        const page = await request(`list ${prefix || "everything"} in ${where}`, signal, ({ client, sdk }) =>
          client.send(
            remarked(new sdk.ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken }), { signal }),
          ),
        );
        for (const found of page.Contents ?? []) {
          if (found.Key === undefined) continue;
          yield { key: found.Key, size: found.Size ?? 0, etag: found.ETag?.replaceAll('"', "") ?? null };
        }
        ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
    },
    probe: async (signal) => {
      // Listing one key proves the name, the credentials and the clock; HeadBucket would say "403" without words.
      await request(`open ${where}`, signal, ({ client, sdk }) =>
        client.send(remarked(new sdk.ListObjectsV2Command({ Bucket, MaxKeys: 1 }), { signal })),
      );
    },
    close: async () => {
      closed = true;
      const was = opened;
      opened = null;
      (await was?.catch(() => null))?.client.destroy();
    },
  };
}

async function openClient(options: S3BucketOptions): Promise<Opened> {
  const sdk = await import("@aws-sdk/client-s3");
  const { endpoint, caFile, maxConnections: maxSockets = 16 } = options;
  const ca = caFile === undefined ? undefined : await readFile(caFile);
  const client = new sdk.S3Client({
    region: options.region,
    credentials: async () => {
      const { expiresAt = 0, ...keys } = await options.credentials();
      return { ...keys, expiration: new Date(expiresAt) };
    },
    // Without it every request builds the client's chain of forty middlewares anew, a tenth of what it costs.
    cacheMiddleware: true,
    // Our own outbox retries; the client's retries would only hide what happens.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? 10_000,
      socketTimeout: options.idleTimeoutMs ?? 60_000,
      requestTimeout: options.requestTimeoutMs ?? 600_000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets },
      httpsAgent: ca === undefined ? { maxSockets } : new Agent({ keepAlive: true, maxSockets, ca }),
    },
    // The newer trailing checksums break many servers that are not AWS; the signature covers the body's SHA-256 anyway.
    ...(endpoint === undefined
      ? {}
      : {
          endpoint,
          forcePathStyle: true,
          requestChecksumCalculation: "WHEN_REQUIRED" as const,
          responseChecksumValidation: "WHEN_REQUIRED" as const,
        }),
  });
  readRemarks(client);
  return { client, sdk };
}

/** The client keeps its chain only for requests without options, so signal and body hash travel on the command itself. */
function readRemarks({ middlewareStack, config }: S3Client): void {
  const remarkOf = (args: object): Remark => {
    const { remark } = args as { remark?: Remark };
    // A client that lost it would send what nobody can stop.
    if (remark === undefined)
      throw new Error("Expected the S3 client to hand on what a command was sent with");
    return remark;
  };
  middlewareStack.add(
    (next) => (args) => {
      const { sha256 } = remarkOf(args);
      // The signature covers it, so the server compares; the client would hash the body a second time.
      if (sha256 !== undefined)
        (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] ??= sha256;
      return next(args);
    },
    { step: "build", priority: "low", name: "knownBodyHash" },
  );
  middlewareStack.add(
    () => (args) =>
      config.requestHandler.handle(args.request as never, { abortSignal: remarkOf(args).signal }) as never,
    { step: "deserialize", priority: "low", name: "sendUntilAborted" },
  );
}

/** The command, ready to be sent. */
function remarked<C extends object>(command: C, remark: Remark): C {
  return Object.assign(command, { remark });
}

/** The bytes, compared with the SHA-256 that was kept beside them. */
async function wholeBody(
  answer: GetObjectCommandOutput,
  doing: string,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  entityTag(answer.ETag, doing);
  const body = answer.Body as (typeof answer.Body & { destroy?: () => void }) | undefined;
  if (body === undefined) return new Uint8Array();
  const stop = (): void => body.destroy?.();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const bytes = await body.transformToByteArray();
    const expected = answer.Metadata?.sha256;
    if (/^[0-9a-f]{64}$/.test(expected ?? "") && expected !== sha256Hex(bytes))
      throw new SyncError(
        "retryable",
        `${doing}: expected bytes with SHA-256 ${expected}, got ${sha256Hex(bytes)}`,
      );
    return bytes;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function withoutUserInfo(endpoint: string): string {
  const address = new URL(endpoint);
  return `${address.protocol}//${address.host}`;
}

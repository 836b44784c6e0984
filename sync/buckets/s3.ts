// An S3 bucket (AWS or any server that speaks S3).
import { sha256Hex } from "../../device/store/frames.ts";
import { SyncError } from "../errors.ts";
import type { Bucket, LargeSource, ObjectHead, PutOptions, PutOutcome } from "./bucket.ts";
import { type ConditionalOutcome, createPutIfAbsent } from "./if-absent.ts";
import { createMultipart, type MultipartOptions } from "./multipart.ts";
import { checkObjectKey } from "./object-key.ts";
import { createS3Caller, type OpenedS3, remarked, type S3Answer, type S3ClientOptions } from "./s3-client.ts";
import { codeOf, entityTag, isClockSkew, isUnknownCondition, statusOf } from "./s3-errors.ts";
import { createS3Multipart } from "./s3-multipart.ts";

/** How to reach one bucket. */
export type S3BucketOptions = S3ClientOptions & {
  readonly bucket: string;
  /** How large objects go in parts; not given: in one piece. */
  readonly multipart?: Omit<MultipartOptions, "requests"> & {
    /** Objects from this size on go in parts. */
    readonly fromBytes: number;
  };
};

/** Opens a bucket; nothing is sent before the first call. Retrying is the caller's: each call is one request (a clock correction excepted). */
export function createS3Bucket(options: S3BucketOptions): Bucket {
  const { bucket: Bucket, endpoint } = options;
  const url = `s3://${Bucket}`;
  const where = endpoint === undefined ? url : `${url} at ${withoutUserInfo(endpoint)}`;
  const { request, close } = createS3Caller(options, url);

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
        throw silent ? await refusalInWords({ client, sdk }, key, signal, cause) : cause;
      }
    });
  /** An answer to HEAD has no words, so that a wrong secret looks like a missing right: the same is asked with GET, which has. */
  const refusalInWords = async (
    { client, sdk }: OpenedS3,
    key: string,
    signal: AbortSignal,
    refusal: unknown,
  ): Promise<unknown> => {
    try {
      const first = new sdk.GetObjectCommand({ Bucket, Key: key, Range: "bytes=0-0" });
      const answer = await client.send(remarked(first, { signal }));
      await answer.Body?.transformToByteArray();
      return refusal;
    } catch (inWords) {
      return codeOf(inWords) === null || codeOf(inWords) === "NoSuchKey" ? refusal : inWords;
    }
  };

  const putWhole = async (key: string, bytes: Uint8Array, given: PutOptions): Promise<PutOutcome> => {
    const replace = async (): Promise<PutOutcome> => (await write(key, bytes, given, false)) as PutOutcome;
    if (!given.ifAbsent) return replace();
    return putIfAbsent({
      create: () => write(key, bytes, given, true),
      replace,
      look: () => head(key, given.signal),
      size: bytes.byteLength,
    });
  };
  const parted =
    options.multipart === undefined
      ? null
      : createMultipart({
          ...options.multipart,
          requests: createS3Multipart({ request, bucket: Bucket, where, head }),
        });
  const fromBytes = options.multipart?.fromBytes ?? Number.POSITIVE_INFINITY;

  return {
    url,
    name: Bucket,
    put: async (key, bytes, given) => {
      checkObjectKey(key);
      if (parted === null || bytes.byteLength < fromBytes) return putWhole(key, bytes, given);
      return parted.put(key, sourceOf(bytes, given.sha256), given);
    },
    putLarge: async (key, source, given) => {
      checkObjectKey(key);
      if (parted !== null && source.size >= fromBytes) return parted.put(key, source, given);
      const bytes = await source.read(0, source.size, given.signal);
      return putWhole(key, bytes, { ...given, ...(source.sha256 === null ? {} : { sha256: source.sha256 }) });
    },
    getRange: async (key, start, length, signal) => {
      checkObjectKey(key);
      if (length === 0) return (await head(key, signal)) === null ? null : new Uint8Array();
      const doing = `get ${length} bytes at ${start} of ${key} from ${where}`;
      return request(doing, signal, async ({ client, sdk }) => {
        const Range = `bytes=${start}-${start + length - 1}`;
        try {
          const answer = await client.send(
            remarked(new sdk.GetObjectCommand({ Bucket, Key: key, Range }), { signal }),
          );
          return await rangeBody(answer, length, doing, signal);
        } catch (cause) {
          if (codeOf(cause) === "NoSuchKey") return null;
          throw cause;
        }
      });
    },
    sweepUploads: async (isWanted, signal) => (parted === null ? 0 : parted.sweep(isWanted, signal)),
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
    close,
  };
}

/** The bytes, compared with the SHA-256 that was kept beside them. */
async function wholeBody(answer: S3Answer, doing: string, signal: AbortSignal): Promise<Uint8Array> {
  entityTag(answer.ETag, doing);
  const bytes = await bodyOf(answer, signal);
  const expected = answer.Metadata?.sha256;
  if (/^[0-9a-f]{64}$/.test(expected ?? "") && expected !== sha256Hex(bytes))
    throw new SyncError(
      "retryable",
      `${doing}: expected bytes with SHA-256 ${expected}, got ${sha256Hex(bytes)}`,
    );
  return bytes;
}

/** The bytes of a part of an object. A server that does not know ranges would send all of it. */
async function rangeBody(
  answer: S3Answer,
  length: number,
  doing: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  entityTag(answer.ETag, doing);
  if (answer.ContentLength !== length) {
    (answer.Body as { destroy?: () => void } | undefined)?.destroy?.();
    throw new SyncError("permanent", `${doing}: the server offers ${answer.ContentLength} bytes`);
  }
  return bodyOf(answer, signal);
}

async function bodyOf(answer: S3Answer, signal: AbortSignal): Promise<Uint8Array> {
  const body = answer.Body as (typeof answer.Body & { destroy?: () => void }) | undefined;
  if (body === undefined) return new Uint8Array();
  const stop = (): void => body.destroy?.();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await body.transformToByteArray();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function sourceOf(bytes: Uint8Array, sha256: string | undefined): LargeSource {
  return {
    size: bytes.byteLength,
    sha256: sha256 ?? sha256Hex(bytes),
    read: async (start, end) => bytes.subarray(start, end),
  };
}

function withoutUserInfo(endpoint: string): string {
  const address = new URL(endpoint);
  return `${address.protocol}//${address.host}`;
}

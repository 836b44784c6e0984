// The requests of an upload in parts, as S3 has them.
import { sha256Hex } from "../../device/store/frames.ts";
import type { ObjectHead } from "./bucket.ts";
import type { MultipartRequests } from "./multipart.ts";
import { remarked, type S3Caller } from "./s3-client.ts";
import { codeOf, entityTag, isUnknownCondition, statusOf } from "./s3-errors.ts";
import type { UploadedPart } from "./upload-book.ts";

export type S3MultipartOptions = {
  readonly request: S3Caller["request"];
  readonly bucket: string;
  /** The bucket in messages. */
  readonly where: string;
  readonly head: (key: string, signal: AbortSignal) => Promise<ObjectHead | null>;
};

/** Codes with which a server says that it does not have the parts we name. */
const refusals = new Set(["InvalidPart", "InvalidPartOrder", "EntityTooSmall"]);

export function createS3Multipart(options: S3MultipartOptions): MultipartRequests {
  const { request, bucket: Bucket, where, head } = options;
  /** Whether `If-None-Match` may be said at the end of an upload; a server that does not know it says so. */
  let knowsCondition = true;

  return {
    head,
    create: (key, sha256, { mediaType, signal }) =>
      request(`begin the upload of ${key} to ${where}`, signal, async ({ client, sdk }) => {
        const command = new sdk.CreateMultipartUploadCommand({
          Bucket,
          Key: key,
          ...(sha256 === null ? {} : { Metadata: { sha256 } }),
          ...(mediaType === undefined ? {} : { ContentType: mediaType }),
        });
        const { UploadId } = await client.send(remarked(command, { signal }));
        if (UploadId === undefined || UploadId === "")
          throw new Error("the answer has no upload id, so no object store gave it (a captive portal?)");
        return UploadId;
      }),
    putPart: ({ key, uploadId, number, bytes }, signal) => {
      const doing = `put part ${number} of ${key} to ${where}`;
      return request(doing, signal, async ({ client, sdk }) => {
        const command = new sdk.UploadPartCommand({
          Bucket,
          Key: key,
          UploadId: uploadId,
          PartNumber: number,
          Body: bytes,
          ContentLength: bytes.byteLength,
        });
        try {
          const answer = await client.send(remarked(command, { signal, sha256: sha256Hex(bytes) }));
          return entityTag(answer.ETag, doing);
        } catch (cause) {
          if (isUnknownUpload(cause)) return null;
          throw cause;
        }
      });
    },
    parts: async (key, uploadId, signal) => {
      const parts: UploadedPart[] = [];
      for (let marker: string | undefined; ; ) {
        const page = await request(
          `ask which parts of ${key} are in ${where}`,
          signal,
          async ({ client, sdk }) => {
            const command = new sdk.ListPartsCommand({
              Bucket,
              Key: key,
              UploadId: uploadId,
              ...(marker === undefined ? {} : { PartNumberMarker: marker }),
            });
            try {
              const answer = await client.send(remarked(command, { signal }));
              if (answer.UploadId !== uploadId) throw new Error("the answer is not about this upload");
              return answer;
            } catch (cause) {
              if (isUnknownUpload(cause)) return null;
              throw cause;
            }
          },
        );
        if (page === null) return null;
        for (const { PartNumber: number, Size: size, ETag: etag } of page.Parts ?? [])
          if (number !== undefined && size !== undefined && etag !== undefined)
            parts.push({ number, size, etag: etag.replaceAll('"', "") });
        if (page.IsTruncated !== true || page.NextPartNumberMarker === undefined) return parts;
        marker = page.NextPartNumberMarker;
      }
    },
    complete: ({ key, uploadId, parts }, { ifAbsent, signal }) => {
      const doing = `put the parts of ${key} together in ${where}`;
      return request(doing, signal, async ({ client, sdk }) => {
        const send = (condition: boolean) =>
          client.send(
            remarked(
              new sdk.CompleteMultipartUploadCommand({
                Bucket,
                Key: key,
                UploadId: uploadId,
                MultipartUpload: {
                  Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag })),
                },
                ...(condition ? { IfNoneMatch: "*" } : {}),
              }),
              { signal },
            ),
          );
        try {
          const answer = await send(ifAbsent && knowsCondition).catch((cause: unknown) => {
            if (!isUnknownCondition(cause)) throw cause;
            knowsCondition = false;
            return send(false);
          });
          return { outcome: "created", etag: entityTag(answer.ETag, doing) };
        } catch (cause) {
          if (statusOf(cause) === 412) return { outcome: "exists", etag: null };
          if (isUnknownUpload(cause)) return { outcome: "unknown" };
          if (refusals.has(codeOf(cause) ?? "")) return { outcome: "refused" };
          throw cause;
        }
      });
    },
    abort: (key, uploadId, signal) =>
      request(`give up the upload of ${key} to ${where}`, signal, async ({ client, sdk }) => {
        const command = new sdk.AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId });
        await client.send(remarked(command, { signal })).catch((cause: unknown) => {
          if (!isUnknownUpload(cause)) throw cause;
        });
      }),
    // One page: all uploads of one key are ours, and of those there is one, or a few that a power cut orphaned.
    uploadsOf: (key, signal) =>
      request(`list the uploads of ${key} in ${where}`, signal, async ({ client, sdk }) => {
        const command = new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: key });
        const { Uploads = [] } = await client.send(remarked(command, { signal }));
        return Uploads.flatMap(({ Key, UploadId }) => (Key === key && UploadId ? [UploadId] : []));
      }),
  };
}

/** Completed, aborted or expired. Ceph says NoSuchKey of the parts of an upload that was completed. */
function isUnknownUpload(thrown: unknown): boolean {
  return ["NoSuchUpload", "NoSuchKey"].includes(codeOf(thrown) ?? "");
}

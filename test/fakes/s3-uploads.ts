// The part of the small S3 server that takes objects in parts.
import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type Answer, type StoredObject, s3Error, tag } from "./s3.ts";

export type FakeUpload = {
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly parts: Map<number, Buffer>;
};

/** One request, as far as uploads need it. */
export type UploadRequest = {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
};

const minPartBytes = 5 * 1024 * 1024;

export function createUploads(objects: Map<string, StoredObject>) {
  const uploads = new Map<string, FakeUpload>();
  const begin = ({ key, headers }: UploadRequest): Answer => {
    const id = randomBytes(8).toString("hex");
    const metadata = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith("x-amz-meta-") ? [[name, String(value)]] : [],
      ),
    );
    uploads.set(id, { key, metadata, parts: new Map() });
    return xml(
      `<InitiateMultipartUploadResult><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  };
  const complete = (id: string, upload: FakeUpload, { headers, bytes }: UploadRequest): Answer => {
    if (headers["if-none-match"] === "*" && objects.has(upload.key))
      return s3Error(412, "PreconditionFailed", "The key is taken");
    const asked = [...bytes.toString().matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => ({
      number: Number(/<PartNumber>(\d+)/.exec(part)?.[1]),
      etag: /<ETag>(.*?)<\/ETag>/.exec(part)?.[1]?.replaceAll(/&quot;|"/g, ""),
    }));
    const parts = asked.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      return part !== undefined && tag(part) === `"${etag}"` ? part : null;
    });
    if (parts.length === 0 || parts.includes(null))
      return s3Error(400, "InvalidPart", "One or more of the specified parts could not be found.");
    const found = parts as Buffer[];
    if (found.slice(0, -1).some((part) => part.length < minPartBytes))
      return s3Error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum");
    const digests = Buffer.concat(found.map((part) => createHash("md5").update(part).digest()));
    const etag = `"${createHash("md5").update(digests).digest("hex")}-${found.length}"`;
    objects.set(upload.key, { bytes: Buffer.concat(found), metadata: upload.metadata, etag });
    uploads.delete(id);
    return xml(
      `<CompleteMultipartUploadResult><Key>${upload.key}</Key><ETag>${etag.replaceAll('"', "&quot;")}</ETag></CompleteMultipartUploadResult>`,
    );
  };
  const ofUpload = (id: string, request: UploadRequest): Answer => {
    const upload = uploads.get(id);
    if (upload === undefined) return s3Error(404, "NoSuchUpload", "The specified upload does not exist.");
    if (request.method === "PUT") {
      upload.parts.set(Number(request.query.get("partNumber")), request.bytes);
      return { status: 200, headers: { etag: tag(request.bytes), "x-amz-request-id": "fake" } };
    }
    if (request.method === "POST") return complete(id, upload, request);
    if (request.method === "DELETE") {
      uploads.delete(id);
      return { status: 204 };
    }
    const after = Number(request.query.get("part-number-marker") ?? 0);
    const later = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
    const page = later.slice(0, 2);
    const listed = page.map(
      ([number, part]) =>
        `<Part><PartNumber>${number}</PartNumber><Size>${part.length}</Size><ETag>${tag(part).replaceAll('"', "&quot;")}</ETag></Part>`,
    );
    const next =
      later.length > page.length
        ? `<IsTruncated>true</IsTruncated><NextPartNumberMarker>${page.at(-1)![0]}</NextPartNumberMarker>`
        : "<IsTruncated>false</IsTruncated>";
    return xml(`<ListPartsResult><UploadId>${id}</UploadId>${listed.join("")}${next}</ListPartsResult>`);
  };
  return {
    uploads,
    /** null: the request is about no upload. */
    answer: (request: UploadRequest): Answer | null => {
      const { query, method } = request;
      const id = query.get("uploadId");
      if (id !== null) return ofUpload(id, request);
      if (!query.has("uploads")) return null;
      if (method === "POST") return begin(request);
      const found = [...uploads].filter(([, { key }]) => key.startsWith(query.get("prefix") ?? ""));
      const listed = found.map(
        ([uploadId, { key }]) => `<Upload><Key>${key}</Key><UploadId>${uploadId}</UploadId></Upload>`,
      );
      return xml(`<ListMultipartUploadsResult>${listed.join("")}</ListMultipartUploadsResult>`);
    },
  };
}

function xml(text: string): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/xml", "x-amz-request-id": "fake" },
    body: `<?xml version="1.0"?>${text}`,
  };
}

// A small S3 server in this process: objects in memory, no signatures checked. For what a real server will not do on demand.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createUploads, type FakeUpload } from "./s3-uploads.ts";

/** One object in memory. */
export type StoredObject = {
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  /** With quotes; not given: the MD5 of the bytes. */
  readonly etag?: string;
};

/** What the server may be told to do. */
export type FakeS3Options = {
  /** honoured: 412 when the key is taken. ignored: overwrites. refused: 501 NotImplemented. Default honoured. */
  readonly ifNoneMatch?: "honoured" | "ignored" | "refused";
};

/** An answer given instead of the server's own. */
export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** A running server. `requests` lists "PUT /bucket/key" in order; `override` answers in its place where it gives something. */
export type FakeS3 = {
  readonly endpoint: string;
  readonly objects: Map<string, StoredObject>;
  readonly requests: string[];
  /** Uploads in parts under way, by id. */
  readonly uploads: Map<string, FakeUpload>;
  override: ((request: IncomingMessage) => Answer | null) | null;
  readonly close: () => Promise<void>;
};

/** An S3 error document. */
export function s3Error(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/xml", "x-amz-request-id": "fake", ...headers },
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}

/** Starts the server on loopback. Every bucket exists. */
export async function startFakeS3(options: FakeS3Options = {}): Promise<FakeS3> {
  const objects = new Map<string, StoredObject>();
  const requests: string[] = [];
  const parted = createUploads(objects);
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
    const [bucket = "", ...segments] = decodeURIComponent(pathname.slice(1)).split("/");
    const key = segments.join("/");
    requests.push(`${request.method} /${bucket}/${key}`);
    const given =
      fake.override?.(request) ??
      parted.answer({
        method: request.method ?? "",
        headers: request.headers,
        key,
        query: searchParams,
        bytes: Buffer.concat(chunks),
      }) ??
      (searchParams.get("list-type") === "2"
        ? list(objects, searchParams)
        : operate(objects, key, request, Buffer.concat(chunks), options.ifNoneMatch ?? "honoured"));
    response.writeHead(given.status, given.headers);
    response.end(request.method === "HEAD" ? undefined : given.body);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const fake: FakeS3 = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    uploads: parted.uploads,
    override: null,
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function operate(
  objects: Map<string, StoredObject>,
  key: string,
  request: IncomingMessage,
  bytes: Buffer,
  ifNoneMatch: string,
): Answer {
  const found = objects.get(key);
  if (request.method === "PUT") {
    if (request.headers["if-none-match"] === "*") {
      if (ifNoneMatch === "refused")
        return s3Error(501, "NotImplemented", "If-None-Match is not implemented");
      if (ifNoneMatch === "honoured" && found !== undefined)
        return s3Error(
          412,
          "PreconditionFailed",
          "At least one of the pre-conditions you specified did not hold",
        );
    }
    const metadata = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        name.startsWith("x-amz-meta-") ? [[name, String(value)]] : [],
      ),
    );
    objects.set(key, { bytes, metadata });
    return { status: 200, headers: { etag: tag(bytes), "x-amz-request-id": "fake" } };
  }
  if (request.method === "DELETE") {
    objects.delete(key);
    return { status: 204 };
  }
  if (found === undefined) return s3Error(404, "NoSuchKey", "The specified key does not exist.");
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (range !== null && Number(range[1]) >= found.bytes.length)
    return s3Error(416, "InvalidRange", "The requested range is not satisfiable");
  const body = range === null ? found.bytes : found.bytes.subarray(Number(range[1]), Number(range[2]) + 1);
  const headers = {
    etag: found.etag ?? tag(found.bytes),
    "content-length": String(body.length),
    ...found.metadata,
  };
  return { status: range === null ? 200 : 206, headers, body };
}

function list(objects: Map<string, StoredObject>, query: URLSearchParams): Answer {
  const keys = [...objects.keys()]
    .filter(
      (key) => key.startsWith(query.get("prefix") ?? "") && key > (query.get("continuation-token") ?? ""),
    )
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const page = keys.slice(0, 3);
  const contents = page.map((key) => {
    const { bytes } = objects.get(key)!;
    return `<Contents><Key>${escapeXml(key)}</Key><Size>${bytes.length}</Size><ETag>${escapeXml(tag(bytes))}</ETag></Contents>`;
  });
  const next =
    keys.length > page.length
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${escapeXml(page.at(-1)!)}</NextContinuationToken>`
      : "<IsTruncated>false</IsTruncated>";
  const body = `<?xml version="1.0"?><ListBucketResult>${contents.join("")}${next}</ListBucketResult>`;
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}

export function tag(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

// Addresses of pictures as S3 presigns them: anybody who holds one may read, for a day.
import { createHmac } from "node:crypto";
import type { Answer, Call } from "./call.ts";
import type { Route } from "./router.ts";

const lifetimeS = 86_400;

export function presignedUrl(origin: string, bucket: string, key: string, nowMs = Date.now()): string {
  const expires = Math.floor(nowMs / 1000) + lifetimeS;
  const query = new URLSearchParams({
    AWSAccessKeyId: "fake",
    Signature: signatureOf(bucket, key, expires),
    Expires: String(expires),
  });
  return `${origin}/${bucket}/${key}?${query}`;
}

function signatureOf(bucket: string, key: string, expires: number): string {
  return createHmac("sha1", "presigned").update(`${bucket}/${key} ${expires}`).digest("base64");
}

export type PictureStore = {
  /** undefined: there is none of this name. */
  readonly load: (bucket: string, key: string) => Buffer | undefined;
  /** Every address is refused, as after its day. */
  readonly dead: () => boolean;
};

/** Where the addresses lead; as S3 answers. */
export function pictureRoute({ load, dead }: PictureStore): Route<never> {
  return {
    method: "GET",
    path: "/{bucket}/{rest}",
    admit: null,
    handle: ({ params, query }) => {
      const { bucket, rest } = params as { bucket: string; rest: string };
      const expires = Number(query.get("Expires"));
      const signed = query.get("Signature") === signatureOf(bucket, rest, expires);
      if (!signed || dead() || expires * 1000 < Date.now()) return s3Error(403, "AccessDenied");
      const bytes = load(bucket, rest);
      if (bytes === undefined) return s3Error(404, "NoSuchKey");
      // What S3 calls a body of which nobody said what it is.
      return { status: 200, contentType: "binary/octet-stream", body: bytes };
    },
  };
}

function s3Error(status: number, code: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;
  return { status, contentType: "application/xml", body };
}

/** `/status` of both services. */
export function statusRoute(): Route<never> {
  const body = '{"status":"ok"}';
  return {
    method: "GET",
    path: "/status",
    admit: null,
    handle: (_call: Call) => ({ status: 200, contentType: "application/json", body }),
  };
}

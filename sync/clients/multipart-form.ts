// A multipart form as one piece of bytes, so that its size is known and a cap on bandwidth can send it in pieces. (RFC 7578)
import { randomUUID } from "node:crypto";

export type FormFile = {
  /** Name of the part. */
  readonly name: string;
  readonly fileName: string;
  /** Media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
};

/** Fields first, then files, each in the given order. `type` is the content type with the boundary. */
export function encodeMultipart(
  fields: Readonly<Record<string, string>>,
  files: readonly FormFile[],
): { readonly body: Uint8Array; readonly type: string } {
  const boundary = `----form-${randomUUID()}`;
  const head = (name: string, more = ""): Buffer =>
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${more}\r\n\r\n`);
  const end = Buffer.from("\r\n");
  const body = Buffer.concat([
    ...Object.entries(fields).flatMap(([name, value]) => [head(name), Buffer.from(value), end]),
    ...files.flatMap(({ name, fileName, type, bytes }) => [
      head(name, `; filename="${quoted(fileName)}"\r\ncontent-type: ${type}`),
      bytes,
      end,
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}

/** As browsers do. (RFC 7578, 4.2; WHATWG HTML, multipart/form-data encoding algorithm) */
function quoted(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}

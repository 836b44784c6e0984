// Pictures behind signed addresses: plain GETs without an account, of a size that is known to be a picture's.
import { SyncError } from "../errors.ts";
import { createHttpClient } from "../http.ts";
import { printable } from "../printable.ts";
import { withinLimit } from "../within-limit.ts";
import { isWhole, pictureTypeOf } from "./picture-type.ts";
import type { ServiceTimeouts } from "./service-connection.ts";
import { explainRefusal } from "./service-errors.ts";

export type PictureDownloadOptions = {
  readonly caFile?: string;
  readonly timeouts?: ServiceTimeouts;
  /** Connections at once to one server; default 8. */
  readonly maxConnections?: number;
};

/** Nothing is retried; methods throw SyncError. */
export type PictureDownload = {
  /** A JPEG or PNG of at most 32 MiB. Redirects are not followed. A link that is dead (403, 404) is permanent. */
  readonly picture: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

const maxPictureBytes = 33_554_432;
const defaultWholeMs = 300_000;

export function createPictureDownload(options: PictureDownloadOptions): PictureDownload {
  const { connectMs, idleMs, wholeMs = defaultWholeMs } = options.timeouts ?? {};
  const http = createHttpClient({
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
    ...(connectMs === undefined ? {} : { connectTimeoutMs: connectMs }),
    ...(idleMs === undefined ? {} : { idleTimeoutMs: idleMs }),
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    maxResponseBytes: maxPictureBytes,
    explain: (body, status) =>
      [401, 403, 404, 410].includes(status)
        ? { words: `a dead link, or one that has expired: ${explainRefusal(body).words}`, kind: "permanent" }
        : explainRefusal(body),
  });

  return {
    picture: async (url, signal) => {
      const name = nameOf(url);
      const fetch = (inner: AbortSignal) => http.request({ method: "GET", url, signal: inner });
      const answer = await withinLimit(fetch, { limitMs: wholeMs, doing: `GET ${name}`, signal });
      return checked(answer.bytes, name);
    },
    close: () => http.close(),
  };
}

/** An address without its signature. @throws SyncError permanent when it is none of the web. */
function nameOf(url: string): string {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null || !["http:", "https:"].includes(address.protocol))
    throw new SyncError(
      "permanent",
      `picture: expected an address that begins with http:// or https://, got "${printable(url, 40)}"`,
    );
  return `${address.origin}${address.pathname}`;
}

/** A web page in its place is a captive portal's; a picture cut short came over a bad link. Both pass. */
function checked(bytes: Uint8Array, name: string): Uint8Array {
  const type = pictureTypeOf(bytes);
  if (type !== null && isWhole(bytes)) return bytes;
  if (type !== null)
    throw new SyncError(
      "permanent",
      `GET ${name}: expected a whole picture, got ${bytes.length} bytes without its end`,
    );
  const start = Buffer.from(bytes.subarray(0, 200)).toString("latin1");
  if (/^\s*<(!doctype|html)/i.test(start))
    throw new SyncError("retryable", `GET ${name}: expected a picture, got ${explainRefusal(start).words}`);
  throw new SyncError(
    "permanent",
    `GET ${name}: expected a JPEG or PNG, got ${bytes.length} bytes of something else`,
  );
}

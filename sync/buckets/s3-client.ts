// The S3 client: opened at first use, one request a call, its clock corrected by the server's. The only importer of the S3 package.
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Pace } from "../bandwidth.ts";
import { SyncError } from "../errors.ts";
import { asS3Error, isClockSkew, serverTimeMs } from "./s3-errors.ts";

/** A key pair. `expiresAt` (ms since 1970) lets the client keep it until five minutes before. */
export type S3Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: number;
};

/** How to reach a server. */
export type S3ClientOptions = {
  readonly region: string;
  /** A server other than AWS, e.g. "https://s3.example.org:9000": path-style addresses, checksums only where S3 demands them. */
  readonly endpoint?: string;
  /** Asked for every request unless `expiresAt` says otherwise, so that keys may change while we run. */
  readonly credentials: () => Promise<S3Credentials>;
  /** PEM file of the authority that signed the server's certificate, when it is not a public one. */
  readonly caFile?: string;
  /** Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Longest silence on an open connection, in either direction; default 55 000: the last bytes of a body leave a slow link unseen. */
  readonly idleTimeoutMs?: number;
  /** Longest time until an answer begins, beside the sending of a body at 1 kB/s; default 600 000. */
  readonly requestTimeoutMs?: number;
  /** Connections at once; default 16. */
  readonly maxConnections?: number;
  /** Told when a server refused a request for its time: how far its clock is ahead of this machine's, ms. */
  readonly onClockSkew?: (offsetMs: number) => void;
  /** How fast a body may go out; not given: as fast as the link takes it. */
  readonly pace?: Pace;
};

type ClientModule = typeof import("@aws-sdk/client-s3");
/** What a request is sent with. */
export type OpenedS3 = { readonly client: S3Client; readonly sdk: ClientModule };
/** The answer to a GET. */
export type S3Answer = import("@aws-sdk/client-s3").GetObjectCommandOutput;
/** What is told of one request beside its input: who stops it, and the SHA-256 of its body where that is known. */
type Remark = { readonly signal: AbortSignal; readonly sha256?: string };

/** Requests to one server. */
export type S3Caller = {
  /** Sends one request; a second one when the server has just told its time to a machine with a wrong clock. @throws SyncError */
  readonly request: <T>(
    doing: string,
    signal: AbortSignal,
    send: (opened: OpenedS3) => Promise<T>,
  ) => Promise<T>;
  readonly close: () => Promise<void>;
};

/**
 * Loads the client. The first request does it, too, but that holds the loop for a second on a small board: whoever records meanwhile
 * loads it before.
 */
export async function loadS3Client(): Promise<void> {
  await importSdk();
}

const importSdk = (): Promise<ClientModule> => import("@aws-sdk/client-s3");

/** Nothing is loaded or sent before the first request. @param url said when somebody calls after `close` */
export function createS3Caller(options: S3ClientOptions, url: string): S3Caller {
  let opened: Promise<OpenedS3> | null = null;
  let closed = false;
  const open = (): Promise<OpenedS3> => {
    if (closed) throw new SyncError("permanent", `${url} was closed`);
    opened ??= openClient(options).catch((cause: unknown) => {
      opened = null;
      throw cause;
    });
    return opened;
  };
  return {
    request: async (doing, signal, send) => {
      signal.throwIfAborted();
      try {
        const ready = await open();
        return await send(ready).catch((cause: unknown) => {
          // The machine's own clock and no other: it is the one that the client signs with.
          const nowMs = Date.now();
          if (!isClockSkew(cause, nowMs)) throw cause;
          const serverMs = serverTimeMs(cause);
          if (serverMs !== null) options.onClockSkew?.(serverMs - nowMs);
          return send(ready);
        });
      } catch (cause) {
        signal.throwIfAborted();
        throw asS3Error(cause, doing);
      }
    },
    close: async () => {
      closed = true;
      const was = opened;
      opened = null;
      (await was?.catch(() => null))?.client.destroy();
    },
  };
}

const defaultRequestTimeoutMs = 600_000;
/** A link that is slower than 1 kB/s does not count as one. */
const slowestBytesPerMs = 1;

async function openClient(options: S3ClientOptions): Promise<OpenedS3> {
  const sdk = await importSdk();
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
      socketTimeout: options.idleTimeoutMs ?? 55_000,
      requestTimeout: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets },
      httpsAgent: ca === undefined ? { maxSockets } : new Agent({ keepAlive: true, maxSockets, ca }),
    },
    // The signature covers the body's SHA-256. The newer checksums break many servers that are not AWS, and would have every part's
    // own kept for the end of an upload in parts.
    requestChecksumCalculation: "WHEN_REQUIRED",
    ...(endpoint === undefined
      ? {}
      : { endpoint, forcePathStyle: true, responseChecksumValidation: "WHEN_REQUIRED" as const }),
  });
  readRemarks(client, options);
  return { client, sdk };
}

/** The client keeps its chain only for requests without options, so signal and body hash travel on the command itself. */
function readRemarks({ middlewareStack, config }: S3Client, options: S3ClientOptions): void {
  const { requestTimeoutMs = defaultRequestTimeoutMs, pace } = options;
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
    () => (args) => {
      const request = args.request as { headers: Record<string, string>; body?: unknown };
      const { headers, body } = request;
      const { signal } = remarkOf(args);
      // A part on a slow link takes many minutes and is no stall: silence is what the idle time-out watches.
      const sendingMs = Number(headers["content-length"] ?? 0) / slowestBytesPerMs;
      // It is signed already, so the pieces it goes in are nobody's business.
      const pieces = body instanceof Uint8Array ? (pace?.(body, signal) ?? null) : null;
      if (pieces !== null) request.body = Readable.from(pieces, { objectMode: false });
      return config.requestHandler.handle(args.request as never, {
        abortSignal: signal,
        requestTimeout: requestTimeoutMs + sendingMs,
      }) as never;
    },
    { step: "deserialize", priority: "low", name: "sendUntilAborted" },
  );
}

/** The command, ready to be sent. */
export function remarked<C extends object>(command: C, remark: Remark): C {
  return Object.assign(command, { remark });
}

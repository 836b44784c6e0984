// Plays request/response cases that were recorded on the real services against a contract server, and compares the answers.
// Not compared: the digits of times the server made (their spelling is), hosts, ports, the name of the platform's server in a bucket's
// name, hashes and times in names of objects, signatures and expiry of presigned addresses, tokens, all of a traceback but its last line.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { presignedUrl } from "../../../../agent/bench/contract-server/pictures.ts";

export type RecordedCase = {
  readonly case: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly json?: unknown;
    readonly data?: Readonly<Record<string, string | number>>;
    readonly params?: Readonly<Record<string, string | number | boolean>>;
    readonly files?: Readonly<Record<string, readonly [name: string, size: string, type: string]>>;
  };
  readonly response: {
    readonly status: number;
    readonly content_type: string | null;
    readonly location: string | null;
    readonly body: unknown;
  };
};

export function readCases(file: string): readonly RecordedCase[] {
  const path = join(import.meta.dirname, "../../../fixtures/pyronear", file);
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RecordedCase);
}

/** Wall clock of the recording, a little later at every look. */
export function recordedClock(): () => number {
  let ms = Date.parse("2026-11-20T23:39:09.500Z");
  return () => (ms += 1.001);
}

/** A picture of the size the recording names, and of the kind its name and size say. */
function fileOf(name: string, size: string): Buffer {
  const bytes = Number(/\d+/.exec(size)![0]);
  if (name === "x.jpg") return Buffer.from("not an image".slice(0, bytes));
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    Buffer.alloc(bytes - 6),
    Buffer.from([0xff, 0xd9]),
  ]);
}

type Body = { readonly body?: RequestInit["body"]; readonly type?: string };

function bodyOf(
  { json, data, files }: RecordedCase["request"],
  origin: string,
  given: ReadonlyMap<string, string>,
): Body {
  if (json !== undefined)
    return { body: rehosted(JSON.stringify(json), origin, given), type: "application/json" };
  const fields = Object.entries(data ?? {}).map(([name, value]) => [name, String(value)] as const);
  if (files === undefined)
    return data === undefined ? {} : { body: new URLSearchParams(Object.fromEntries(fields)) };
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  for (const [name, [fileName, size, type]] of Object.entries(files))
    form.append(name, new Blob([new Uint8Array(fileOf(fileName, size))], { type }), fileName);
  return { body: form };
}

/** Addresses that the recording was given become those that we were given, or at least lead to our bucket. */
function rehosted(text: string, origin: string, given: ReadonlyMap<string, string>): string {
  return text.replaceAll(/http:\/\/127\.0\.0\.1:54566\/([\w-]+)\/([^?"]+)[^"]*/g, (address, bucket, key) => {
    return given.get(address) ?? presignedUrl(origin, bucket, key);
  });
}

/** Plays cases against the server at a base address; what one was given, a later one may use. */
export function createPlayer(url: string): (recorded: RecordedCase, token: string | null) => Promise<void> {
  const given = new Map<string, string>();
  return (recorded, token) => playCase(recorded, { url, token, given });
}

type Stage = {
  readonly url: string;
  /** null: none is shown. */
  readonly token: string | null;
  /** Presigned addresses by those of the recording. */
  readonly given: Map<string, string>;
};

async function playCase(recorded: RecordedCase, { url, token, given }: Stage): Promise<void> {
  const { request, response } = recorded;
  const prefix = request.path === "/status" ? "" : "/api/v1";
  const query = new URLSearchParams(
    Object.fromEntries(Object.entries(request.params ?? {}).map(([name, value]) => [name, String(value)])),
  );
  const { body, type } = bodyOf(request, url, given);
  const answer = await fetch(`${url}${prefix}${request.path}${query.size === 0 ? "" : `?${query}`}`, {
    method: request.method,
    redirect: "manual",
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(type === undefined ? {} : { "content-type": type }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const kind = answer.headers.get("content-type");
  const said: unknown = kind === "application/json" && text !== "" ? JSON.parse(text) : text;
  assert.deepEqual(
    {
      status: answer.status,
      content_type: kind,
      location: plain(answer.headers.get("location")),
      body: plain(said),
    },
    { ...response, location: plain(response.location), body: plain(response.body) },
  );
  const [recordedUrl, ourUrl] = [response.body, said].map((one) => (one as { url?: string } | null)?.url);
  if (recordedUrl !== undefined && ourUrl !== undefined) given.set(recordedUrl, ourUrl);
}

/** Without what differs from run to run. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return plainText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

function plainText(value: string): string {
  const lastLine = /^<text\/plain traceback \(DEBUG on\)>; last line: (.*)$/s.exec(value)?.[1];
  if (lastLine !== undefined) return `Traceback: ${lastLine}`;
  if (value.startsWith("Traceback ")) return `Traceback: ${value.trimEnd().split("\n").at(-1)}`;
  if (/^<jwt>$|^[\w-]+\.[\w-]+\.[\w-]{43}$/.test(value)) return "a token";
  return value
    .replaceAll(/^(2026-11-20[T ])23:\d\d:\d\d\.\d{6}(Z|\+00:00)?$/g, "$1##:##:##.######$2")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d{2,}/g, "http://HOST")
    .replaceAll(/\/\w+-alert-api-(\d+)\//g, "/SERVER-alert-api-$1/")
    .replaceAll(/(\d+)-20261120\d{6}-[0-9a-f]{8}\./g, "$1-TIME-SHA.")
    .replaceAll(/(_det\d+)_[0-9a-f]{8}/g, "$1_SHA")
    .replaceAll(/\?AWSAccessKeyId=\w+&Signature=[\w%]+&Expires=\d+$/g, "?PRESIGNED");
}

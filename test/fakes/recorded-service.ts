// A server that answers with what a real service was recorded to answer, one case after the other, and compares what it is asked.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type SeenRequest, startHttpServer } from "./http-server.ts";

/** One exchange with a real service; of an uploaded file only its name, size and media type were kept. */
export type RecordedCase = {
  readonly case: string;
  readonly request: {
    readonly method: string;
    /** Behind `/api/v1`; `/status` stands beside it. */
    readonly path: string;
    readonly auth: boolean;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly json?: unknown;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly files?: Readonly<Record<string, readonly [name: string, bytes: string, type: string]>>;
  };
  readonly response: {
    readonly status: number;
    readonly content_type: string | null;
    readonly location: string | null;
    readonly body: unknown;
  };
};

export function readRecorded(service: "annotation" | "platform"): readonly RecordedCase[] {
  const file = join(import.meta.dirname, "../fixtures/pyronear", `${service}-cases.jsonl`);
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedCase);
}

/** The first of this name. */
export function recordedCase(service: "annotation" | "platform", name: string): RecordedCase {
  const found = readRecorded(service).find((one) => one.case === name);
  assert.ok(found !== undefined, `no case "${name}"`);
  return found;
}

export type RecordedService = {
  readonly url: string;
  /** What was asked, without logins. */
  readonly seen: readonly SeenRequest[];
};

/** Answers logins with a token and the rest with the cases in their order; whatever comes after them, with a 599. */
export async function startRecorded(
  t: TestContext,
  cases: readonly RecordedCase[],
): Promise<RecordedService> {
  const seen: SeenRequest[] = [];
  const server = await startHttpServer((request) => {
    const isLogin = /\/(auth\/login|login\/creds)$/.test(request.path);
    if (isLogin && !cases.some((one) => request.path.endsWith(one.request.path)))
      return { body: { access_token: "token", token_type: "bearer" } };
    seen.push(request);
    const recorded = cases[seen.length - 1];
    if (recorded === undefined) return { status: 599, body: { detail: "nothing more was recorded" } };
    const { status, body, content_type, location } = recorded.response;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return {
      status,
      headers: {
        ...(content_type === null ? {} : { "content-type": content_type }),
        ...(location === null ? {} : { location }),
      },
      ...(status === 204 ? {} : { body: text }),
    };
  });
  t.after(server.close);
  return { url: server.url, seen };
}

/** Whether a request is the recorded one: method, address, account, encoding and every field. */
export async function assertRecorded(
  request: SeenRequest | undefined,
  recorded: RecordedCase,
): Promise<void> {
  assert.ok(request !== undefined, `${recorded.case}: nothing was sent`);
  const { method, path, auth, params, json, data, files } = recorded.request;
  const address = new URL(request.path, "http://service");
  const wanted = new URL(`http://service${path === "/status" ? "" : "/api/v1"}${path}`);
  for (const [name, value] of Object.entries(params ?? {})) wanted.searchParams.set(name, String(value));
  const said = {
    method: request.method,
    path: address.pathname,
    query: Object.fromEntries(address.searchParams),
    account: request.headers.authorization !== undefined,
    body: await bodyOf(request),
  };
  const queryText = Object.fromEntries(
    [...wanted.searchParams].map(([name, value]) => [
      name,
      /^(True|False)$/.test(value) ? value.toLowerCase() : value,
    ]),
  );
  const body =
    files !== undefined
      ? { multipart: plain(data), files: filesOf(files) }
      : data !== undefined
        ? { form: plain(data) }
        : json !== undefined
          ? { json }
          : null;
  assert.deepEqual(
    said,
    { method, path: wanted.pathname, query: queryText, account: auth, body },
    recorded.case,
  );
}

async function bodyOf({ headers, body }: SeenRequest): Promise<unknown> {
  const type = String(headers["content-type"] ?? "");
  if (body.length === 0) return null;
  if (type === "application/json") return { json: JSON.parse(body.toString("utf8")) };
  if (type === "application/x-www-form-urlencoded")
    return { form: plain(Object.fromEntries(new URLSearchParams(body.toString("utf8")))) };
  // The runtime's own reader, so that ours is not held to itself.
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  const parts = [...form];
  return {
    multipart: plain(Object.fromEntries(parts.filter(([, value]) => typeof value === "string"))),
    files: Object.fromEntries(
      parts.flatMap(([name, value]) => (typeof value === "string" ? [] : [[name, [value.name, value.type]]])),
    ),
  };
}

/** Numbers and JSON in text are compared by what they say: `44.0` is `44`. */
function plain(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const text = String(value);
      if (/^[[{]/.test(text) && name !== "bboxes") return [name, JSON.parse(text)];
      return [name, /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text];
    }),
  );
}

function filesOf(files: NonNullable<RecordedCase["request"]["files"]>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(files).map(([name, [fileName, , type]]) => [name, [fileName, type]]),
  );
}

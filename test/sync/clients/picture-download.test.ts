import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createPictureDownload } from "../../../sync/clients/picture-download.ts";
import { type Answerer, startHttpServer } from "../../fakes/http-server.ts";
import { makeJpegs } from "../../fakes/pictures.ts";

const { signal } = new AbortController();
const [jpeg] = await makeJpegs(1);

async function open(t: TestContext, answerer: Answerer, wholeMs = 60_000) {
  const server = await startHttpServer(answerer);
  const download = createPictureDownload({ timeouts: { wholeMs } });
  t.after(server.close);
  t.after(download.close);
  return { server, fetch: (path: string) => download.picture(server.url + path, signal) };
}

test("picture() gives the bytes, whatever their media type, and shows nobody's account", async (t) => {
  const { server, fetch } = await open(t, () => ({
    headers: { "content-type": "binary/octet-stream" },
    body: Buffer.from(jpeg!),
  }));
  assert.deepEqual(Buffer.from(await fetch("/bucket/a.jpg?Signature=s3cret")), Buffer.from(jpeg!));
  assert.equal(server.seen[0]?.headers.authorization, undefined);
});

test("picture() tells a dead link, a portal, a cut picture and something else apart, without the signature", async (t) => {
  const denied = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
  const cases: readonly (readonly [ReturnType<Answerer>, string, RegExp])[] = [
    [
      { status: 403, body: denied },
      "permanent",
      /HTTP 403 a dead link, or one that has expired: AccessDenied: Request has expired/,
    ],
    [{ status: 404, body: "" }, "permanent", /HTTP 404 a dead link/],
    [{ status: 503, body: "" }, "retryable", /HTTP 503/],
    [
      { status: 302, headers: { location: "http://elsewhere/" } },
      "retryable",
      /sent to http:\/\/elsewhere\//,
    ],
    [
      { body: "<!DOCTYPE html><title>Log in</title>" },
      "retryable",
      /expected a picture, got a web page: Log in/,
    ],
    [{ body: "{}" }, "permanent", /expected a JPEG or PNG, got 2 bytes of something else/],
    [{ body: "" }, "permanent", /got 0 bytes/],
    [{ body: Buffer.from(jpeg!.subarray(0, 500)) }, "permanent", /expected a whole picture, got 500 bytes/],
    [null, "offline", /GET http/],
  ];
  for (const [answer, kind, words] of cases) {
    const { fetch } = await open(t, () => answer as never);
    await assert.rejects(fetch("/b/a.jpg?Signature=s3cret"), (error: Error & { kind: string }) => {
      assert.equal(error.kind, kind);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
});

test("picture() refuses addresses that are not the web's, and what is larger than a picture", async (t) => {
  const download = createPictureDownload({});
  t.after(download.close);
  for (const url of ["file:///etc/passwd", "ftp://host/a.jpg", "a.jpg", "", "\u001b[2Ja\nb"])
    await assert.rejects(download.picture(url, signal), {
      kind: "permanent",
      message: /expected an address [^\p{Cc}]*$/u,
    });
  const { fetch } = await open(t, () => ({ body: Buffer.alloc(33_554_433) }));
  await assert.rejects(fetch("/large"), { kind: "permanent", message: /at most 33554432 bytes/ });
});

test("picture() gives up on a server that says nothing", async (t) => {
  const { fetch } = await open(t, () => "hang", 200);
  await assert.rejects(fetch("/a.jpg"), { kind: "offline", message: /not done within 1 s/ });
});

// Servers whose certificate no public authority signed: refused, unless the file of their own authority is given.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openServices } from "../../agent/import/open-services.ts";
import { readImportOptions } from "../../agent/import/options.ts";
import type { Again } from "../../agent/import/patience.ts";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
import { SyncError } from "../../sync/errors.ts";
import { createHttpClient } from "../../sync/http.ts";
import { createElasticIndex } from "../../sync/indexes/elastic.ts";

const skip = spawnSync("openssl", ["version"]).status !== 0 && "openssl is not there to make a certificate";

describe("caFile", { skip }, () => {
  const { signal } = new AbortController();
  let directory: string;
  let server: Server;
  let url: string;
  let caFile: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "outrider-tls-"));
    caFile = join(directory, "cert.pem");
    const keyFile = join(directory, "key.pem");
    const request =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
    const names = [
      "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout",
      keyFile,
      "-out",
      caFile,
    ];
    execFileSync("openssl", [...request.split(" "), ...names], { stdio: "ignore" });
    server = createServer(
      { key: await readFile(keyFile), cert: await readFile(caFile) },
      (request, response) => {
        request.resume();
        response.setHeader("etag", '"tag"');
        const page = { items: [], total: 0, pages: 0 };
        const answer = { version: { number: "8.15.0" }, status: "ok", access_token: "token", ...page };
        response.end(JSON.stringify(answer));
      },
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  const distrusted = (error: unknown): boolean => {
    // Not permanent: a wrong clock and a captive portal look the same, and both pass.
    return error instanceof SyncError && error.kind === "retryable" && /certificate/i.test(error.message);
  };

  test("createHttpClient() trusts the authority it is given, and no other", async () => {
    const [stranger, friend] = [createHttpClient(), createHttpClient({ caFile })];
    await assert.rejects(stranger.request({ method: "GET", url, signal }), distrusted);
    assert.equal((await friend.request({ method: "GET", url, signal })).status, 200);
    await Promise.all([stranger.close(), friend.close()]);
  });

  test("createElasticIndex() passes the authority on", async () => {
    const index = createElasticIndex({ url, index: "labels", caFile });
    await index.probe(signal);
    await index.close();
  });

  test("an import passes the authority of the configuration on", async () => {
    const flags = { dateFrom: "2026-07-01", skipPlatformFetch: true, urlApiAnnotation: url };
    const again: Again = (_doing, act) => act();
    const opened: { readonly close: () => Promise<void> }[] = [];
    const open = (given: string | null) =>
      openServices({
        options: readImportOptions(flags, Date.parse("2026-07-02T00:00:00Z")).options!,
        accounts: { platform: null, annotation: { username: "a", password: "b" }, cloned: null },
        caFile: given,
        maxConnections: 1,
        again,
        quick: again,
        add: (part) => {
          opened.push(part);
          return part;
        },
        person: { progress: () => ({ step: () => undefined, end: () => undefined }) },
        signal,
      });
    await assert.rejects(open(null), /certificate/i);
    assert.equal((await open(caFile)).api?.url, url);
    for (const part of opened) await part.close();
  });

  test("createS3Bucket() trusts the authority it is given, and no other", async () => {
    const credentials = async () => ({ accessKeyId: "A", secretAccessKey: "B" });
    const options = { bucket: "b", region: "r", endpoint: url, credentials };
    const [stranger, friend] = [createS3Bucket(options), createS3Bucket({ ...options, caFile })];
    const put = { ifAbsent: false, signal };
    await assert.rejects(stranger.put("k", Buffer.from("x"), put), distrusted);
    assert.deepEqual(await friend.put("k", Buffer.from("x"), put), { outcome: "created", etag: "tag" });
    await Promise.all([stranger.close(), friend.close()]);
  });

  test("a caFile that cannot be read is named", async () => {
    const client = createHttpClient({ caFile: join(directory, "missing.pem") });
    await assert.rejects(client.request({ method: "GET", url, signal }), (error: unknown) => {
      return error instanceof SyncError && /missing\.pem/.test(error.message);
    });
    await client.close();
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { createSystemClock } from "../../device/clock.ts";
import { createBandwidth } from "../../sync/bandwidth.ts";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
import { createHttpClient } from "../../sync/http.ts";
import { createManualClock } from "../fakes/manual-clock.ts";

const { signal } = new AbortController();

test("waitMs() is 0 without a cap, and after it as long as the debt takes", async () => {
  const clock = createManualClock();
  const bandwidth = createBandwidth(clock, null);
  bandwidth.charge("a", 1e9);
  assert.deepEqual([bandwidth.waitMs("a"), bandwidth.isCapped()], [0, false]);
  assert.equal(bandwidth.pace(new Uint8Array(9), signal), null);
  bandwidth.setCap(1000);
  assert.equal(bandwidth.waitMs("a"), 0, "what went before the cap is not charged");
  bandwidth.charge("a", 3000);
  await clock.advance(1000);
  assert.ok(Math.abs(bandwidth.waitMs("a") - 2000) < 150);
  bandwidth.setCap(100);
  assert.ok(Math.abs(bandwidth.waitMs("a") - 20_000) < 1500, "the debt stays, the pace is new");
  await clock.advance(3_600_000);
  assert.equal(bandwidth.waitMs("a"), 0);
  bandwidth.charge("a", 1000);
  assert.ok(bandwidth.waitMs("a") > 9000, "nothing is saved up in an hour of silence");
});

test("pace() hands on every byte in order, as slowly as the cap wants, also to several at once", async () => {
  const clock = createManualClock();
  const bandwidth = createBandwidth(clock, 10_000);
  const bytes = Uint8Array.from({ length: 30_000 }, (_, at) => at % 251);
  let arrived = 0;
  const read = async (): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of bandwidth.pace(bytes, signal)!) {
      arrived += piece.byteLength;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  };
  const both = Promise.all([read(), read()]);
  await clock.advance(3000);
  assert.ok(arrived >= 28_000 && arrived <= 33_000, `${arrived} bytes in 3 s at 10 kB/s`);
  await clock.advance(4000);
  for (const whole of await both) assert.deepEqual(whole, Buffer.from(bytes));
});

test("pace() stops with its signal, in the middle of a wait", async () => {
  const clock = createManualClock();
  const stop = new AbortController();
  const pieces = createBandwidth(clock, 100).pace(new Uint8Array(10_000), stop.signal)!;
  const reading = (async () => {
    for await (const _ of pieces);
  })();
  await clock.advance(1000);
  stop.abort(new Error("enough"));
  await assert.rejects(reading, /enough/);
});

/** A server that keeps what came. */
async function startReader(t: TestContext): Promise<{ url: string; bodies: Buffer[] }> {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks));
    response.setHeader("etag", '"e"').end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

test("a large body to S3 or over HTTP goes out in pieces, whole, and no faster than the cap", async (t) => {
  const { url, bodies } = await startReader(t);
  const bandwidth = createBandwidth(createSystemClock(), 200_000);
  const { pace } = bandwidth;
  const bytes = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7) % 256);
  const bucket = createS3Bucket({
    bucket: "b",
    region: "us-east-1",
    endpoint: url,
    credentials: async () => ({ accessKeyId: "k", secretAccessKey: "s" }),
    pace,
  });
  /** Whatever else the machine does makes it longer, never shorter. */
  const assertSlow = async (what: string, send: () => Promise<unknown>): Promise<void> => {
    const startedMs = performance.now();
    await send();
    const ms = performance.now() - startedMs;
    assert.ok(ms > 700, `200 kB at 200 kB/s ${what} took ${ms} ms`);
  };
  await assertSlow("to S3", () => bucket.put("key", bytes, { ifAbsent: false, signal }));
  const http = createHttpClient({ pace });
  const body = "é".repeat(100_000);
  await assertSlow("over HTTP", () => http.request({ method: "POST", url: `${url}/x`, body, signal }));
  bandwidth.setCap(null);
  await http.request({ method: "POST", url: `${url}/x`, body: bytes, signal });
  await Promise.all([bucket.close(), http.close()]);
  assert.deepEqual(bodies[0]!, Buffer.from(bytes));
  assert.equal(bodies[1]!.toString("utf8"), body);
  assert.deepEqual(bodies[2]!, Buffer.from(bytes));
});

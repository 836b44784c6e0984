// Waiting: how long, for what, and until when.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SyncError } from "../../sync/errors.ts";
import { backoffMs, parseRetryAfter, retry, retryAfterOf } from "../../sync/retry.ts";

const highest = (): number => 1 - Number.EPSILON;

test("backoffMs() doubles its bound up to five minutes", () => {
  const bounds = [1, 2, 3, 9, 10, 1000].map((failures) => backoffMs(failures, { random: highest }) + 1);
  assert.deepEqual(bounds, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
  assert.equal(backoffMs(5, { random: () => 0 }), 0, "full jitter: from nothing at all");
  assert.equal(backoffMs(3, { random: () => 0.5, baseMs: 10, capMs: 30 }), 15);
});

test("backoffMs() never waits less than Retry-After, nor more than a day", () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat(600_000),
      (failures, random, asked) => {
        const waitMs = backoffMs(failures, { random: () => random, retryAfterMs: asked });
        assert.ok(waitMs >= asked && waitMs <= asked + 1_000);
        assert.ok(backoffMs(failures, { random: () => random }) <= 300_000);
      },
    ),
  );
  assert.ok(backoffMs(1, { random: () => 0, retryAfterMs: 1e12 }) <= 86_400_000);
});

test("retryAfterOf() counts a date from the server's own clock, not from ours, which may be wrong by years", () => {
  const headers = {
    "retry-after": "Thu, 01 Jan 2026 00:01:30 GMT",
    date: "Thu, 01 Jan 2026 00:00:00 GMT",
  };
  assert.equal(retryAfterOf(headers, 0), 90_000);
  assert.equal(retryAfterOf({ "retry-after": headers["retry-after"] }, Date.UTC(2026, 0, 1)), 90_000);
  assert.equal(retryAfterOf({ "retry-after": "7", date: "nonsense" }, 0), 7000);
  assert.equal(retryAfterOf(undefined, 0), null);
});

test("parseRetryAfter() reads seconds and dates, and nothing else", () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(parseRetryAfter("120", now), 120_000);
  assert.equal(parseRetryAfter(" 0 ", now), 0);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:01:30 GMT", now), 90_000);
  assert.equal(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  for (const odd of [undefined, "", "soon", "-1", "7.5", "1e3"])
    assert.equal(parseRetryAfter(odd, now), null, String(odd));
});

/** A clock whose sleep takes no time and is written down. */
function fakeClock() {
  const waits: number[] = [];
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    waits.push(ms);
  };
  return { waits, sleep };
}

/** Fails with each error in turn, then gives "done". */
function failing(...errors: unknown[]): () => Promise<string> {
  return async () => {
    if (errors.length > 0) throw errors.shift();
    return "done";
  };
}

test("retry() tries offline and retryable failures again, waiting longer", async () => {
  const clock = fakeClock();
  const { signal } = new AbortController();
  const act = failing(
    new SyncError("offline", "away"),
    new SyncError("retryable", "busy", { retryAfterMs: 7_000 }),
  );
  assert.equal(await retry(act, { clock, random: () => 0.5, attempts: 3, signal }), "done");
  assert.deepEqual(clock.waits, [500, 8_000]);
});

test("retry() gives up on permanent failures, on what is no failure of a server, and after its attempts", async () => {
  const clock = fakeClock();
  const options = { clock, random: () => 0, attempts: 2, signal: new AbortController().signal };
  await assert.rejects(retry(failing(new SyncError("permanent", "refused")), options), /refused/);
  await assert.rejects(retry(failing(new TypeError("our own mistake")), options), /our own mistake/);
  assert.deepEqual(clock.waits, []);
  const act = failing(
    new SyncError("offline", "first"),
    new SyncError("offline", "second"),
    new SyncError("offline", "third"),
  );
  await assert.rejects(retry(act, options), /second/);
});

test("retry() stops waiting when told to", async () => {
  const controller = new AbortController();
  const clock = fakeClock();
  const onWait = (): void => controller.abort(new Error("shutting down"));
  const act = failing(new SyncError("offline", "away"));
  await assert.rejects(
    retry(act, { clock, random: () => 0, attempts: 9, signal: controller.signal, onWait }),
    /shutting down/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPatience, type PatienceOptions } from "../../../agent/import/patience.ts";
import { silentLog } from "../../../device/log.ts";
import { SyncError } from "../../../sync/errors.ts";

const refused = new SyncError("offline", "refused", {
  cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
});
const broken = new SyncError("offline", "broken", {
  cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }),
});
const busy = new SyncError("retryable", "busy", { status: 503 });
const crash = new SyncError("retryable", "crash", { status: 500 });

/** Fails so, one after the other, then works. @returns how many calls it took, or what was thrown. */
async function attemptsOf(
  failures: readonly Error[],
  options: Partial<PatienceOptions> = {},
): Promise<number | string> {
  let calls = 0;
  const again = createPatience({
    clock: { sleep: async () => undefined, monotonicNs: () => 0 },
    random: () => 0.5,
    log: silentLog,
    signal: new AbortController().signal,
    onRetry: () => undefined,
    ...options,
  });
  const act = async (): Promise<number> => {
    const failure = failures[calls];
    calls += 1;
    if (failure !== undefined) throw failure;
    return calls;
  };
  return again("look", act).catch((error: SyncError) => `${error.kind} ${error.message} after ${calls}`);
}

test("createPatience() gives up soon on a service that is not there, not on one that answers badly", async () => {
  const quick = { attemptsUnreachable: 3 };
  assert.equal(await attemptsOf([refused, refused, refused], quick), "offline refused after 3");
  assert.equal(await attemptsOf([refused, busy, refused, refused, broken], quick), 6);
  assert.equal(await attemptsOf([broken, broken, broken, broken], quick), 5);
  assert.equal(await attemptsOf([refused, refused, refused]), 4);
});

test("createPatience() waits some minutes where a service asks for them, and hours for none", async () => {
  const waits: number[] = [];
  const clock = { sleep: async (ms: number) => void waits.push(ms), monotonicNs: () => 0 };
  const asking = (retryAfterMs: number): SyncError =>
    new SyncError("retryable", "later", { status: 429, retryAfterMs });
  assert.equal(await attemptsOf([asking(240_000)], { clock }), 2);
  assert.equal(await attemptsOf([asking(7_200_000)], { clock }), "retryable later after 1");
  assert.deepEqual(waits, [240_250]);
});

test("createPatience() takes a 500 that stays for what we sent, and tells other failures as what they are", async () => {
  assert.equal(await attemptsOf([crash, busy, crash]), 4);
  assert.equal(await attemptsOf([crash, crash, crash, crash]), "permanent crash after 3");
  assert.equal(await attemptsOf([busy, busy, busy], { attempts: 3 }), "retryable busy after 3");
  const bug = new TypeError("not a failure of the way");
  assert.equal(await attemptsOf([bug]), "undefined not a failure of the way after 1");
});

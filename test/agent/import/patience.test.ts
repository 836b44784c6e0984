import assert from "node:assert/strict";
import { test } from "node:test";
import { createPatience } from "../../../agent/import/patience.ts";
import { silentLog } from "../../../device/log.ts";
import { type FailureKind, SyncError } from "../../../sync/errors.ts";

/** Fails with these kinds, one after the other, then works. @returns how many calls it took, or what was thrown. */
async function attemptsOf(kinds: readonly FailureKind[], attemptsOffline: number): Promise<number | string> {
  let calls = 0;
  const again = createPatience({
    clock: { sleep: async () => undefined, monotonicNs: () => 0 },
    random: () => 0.5,
    log: silentLog,
    signal: new AbortController().signal,
    attemptsOffline,
    onRetry: () => undefined,
  });
  const act = async (): Promise<number> => {
    const kind = kinds[calls];
    calls += 1;
    if (kind !== undefined) throw new SyncError(kind, kind);
    return calls;
  };
  return again("look", act).catch((error: SyncError) => `${error.message} after ${calls}`);
}

test("createPatience() gives up soon on a service that is not there, not on one that answers badly", async () => {
  assert.equal(await attemptsOf(["offline", "offline", "offline"], 3), "offline after 3");
  assert.equal(await attemptsOf(["offline", "retryable", "offline", "retryable", "retryable"], 3), 6);
  assert.equal(await attemptsOf(["offline", "offline", "offline"], 8), 4);
});

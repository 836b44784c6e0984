import assert from "node:assert/strict";
import { test } from "node:test";
import { patientApi } from "../../../sync/annotation/patient-api.ts";
import type { AnnotationApi } from "../../../sync/clients/annotation-api.ts";
import { SyncError } from "../../../sync/errors.ts";

const { signal } = new AbortController();

/** Calls that fail as told, one after the other, and then succeed. */
function failing(failures: readonly SyncError[]) {
  const waits: number[] = [];
  let asked = 0;
  const calls: Partial<AnnotationApi> = {
    deleteSequence: async () => {
      const failure = failures[asked];
      asked += 1;
      if (failure !== undefined) throw failure;
      return true;
    },
  };
  const clock = { sleep: async (ms: number) => void waits.push(ms) };
  const api = patientApi(calls as AnnotationApi, { clock, random: () => 0.5 });
  return { api, waits, asked: () => asked };
}

const busy = (retryAfterMs: number | null): SyncError =>
  new SyncError("retryable", "busy", { status: 429, retryAfterMs });

test("patientApi() tries a call again where its failure may pass, four times in all", async () => {
  const { api, waits } = failing([busy(null), busy(2000), new SyncError("offline", "cut")]);
  assert.equal(await api.deleteSequence(1, signal), true);
  assert.deepEqual(waits, [250, 2500, 1000]);
  const lost = failing(Array.from({ length: 9 }, () => busy(null)));
  await assert.rejects(lost.api.deleteSequence(1, signal), /busy/);
  assert.equal(lost.asked(), 4);
});

test("patientApi() does not wait where the server asks for long: the target rests, and wakes when it is told to", async () => {
  const { api, waits, asked } = failing([busy(3_600_000)]);
  await assert.rejects(api.deleteSequence(1, signal), { status: 429, retryAfterMs: 3_600_000 });
  assert.deepEqual([asked(), waits], [1, []]);
});

test("patientApi() leaves a 500 to who knows what caused it", async () => {
  const { api, asked } = failing([new SyncError("retryable", "broken", { status: 500 })]);
  await assert.rejects(api.deleteSequence(1, signal), { status: 500 });
  assert.equal(asked(), 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { retryingBucket, retryingIndex } from "../../agent/retrying.ts";
import type { Bucket } from "../../sync/buckets/bucket.ts";
import { SyncError } from "../../sync/errors.ts";
import type { LabelIndex, PutLabelOutcome } from "../../sync/indexes/label-index.ts";
import { labelOf } from "../fakes/labelled-pictures.ts";
import { createMemoryLabelIndex } from "../fakes/memory-label-index.ts";

const { signal } = new AbortController();
const waits: number[] = [];
const options = {
  clock: {
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  },
  random: () => 0.5,
};
const documents = [0, 1, 2].map((n) => labelOf(n));

test("retryingBucket() tries again what may pass and nothing else", async () => {
  let calls = 0;
  const failing = (kind: "offline" | "retryable" | "permanent", times: number) =>
    retryingBucket(
      {
        get: async () => {
          calls += 1;
          if (calls <= times) throw new SyncError(kind, kind);
          return new Uint8Array([1]);
        },
      } as unknown as Bucket,
      options,
    );
  waits.length = 0;
  assert.deepEqual(await failing("offline", 2).get("k", signal), new Uint8Array([1]));
  assert.deepEqual([calls, waits], [3, [250, 500]]);
  calls = 0;
  await assert.rejects(failing("permanent", 9).get("k", signal), /permanent/);
  assert.equal(calls, 1);
  calls = 0;
  await assert.rejects(failing("retryable", 9).get("k", signal), /retryable/);
  assert.equal(calls, 4);
});

/** An index whose put answers with the next of `answers`, or throws it. */
function scripted(answers: (readonly PutLabelOutcome[] | SyncError)[]): {
  index: LabelIndex;
  sizes: number[];
} {
  const sizes: number[] = [];
  return {
    sizes,
    index: {
      ...createMemoryLabelIndex(),
      put: async (given) => {
        sizes.push(given.length);
        const next = answers.shift()!;
        if (next instanceof SyncError) throw next;
        return next;
      },
    },
  };
}

const created: PutLabelOutcome = { outcome: "created" };
const busy: PutLabelOutcome = { outcome: "failed", error: new SyncError("retryable", "429") };
const poison: PutLabelOutcome = { outcome: "failed", error: new SyncError("permanent", "400") };

test("retryingIndex() puts again only the labels that may go another time", async () => {
  const { index, sizes } = scripted([[created, busy, poison], [busy], [created]]);
  const outcomes = await retryingIndex(index, options).put(documents, { overwrite: false, signal });
  assert.deepEqual(outcomes, [created, created, poison]);
  assert.deepEqual(sizes, [3, 1, 1]);
});

test("retryingIndex() gives the outcomes it has when attempts are used up", async () => {
  const { index } = scripted([[created, busy, created], [busy], [busy], [busy]]);
  assert.deepEqual(await retryingIndex(index, options).put(documents, { overwrite: false, signal }), [
    created,
    busy,
    created,
  ]);
});

test("retryingIndex() keeps what was taken when the server then goes away", async () => {
  const gone = new SyncError("offline", "ECONNREFUSED");
  const { index } = scripted([[created, busy, created], gone, gone, gone]);
  const outcomes = await retryingIndex(index, options).put(documents, { overwrite: false, signal });
  assert.deepEqual(outcomes, [created, { outcome: "failed", error: gone }, created]);
});

test("retryingIndex() throws when the server never answered", async () => {
  const gone = new SyncError("offline", "ECONNREFUSED");
  const { index, sizes } = scripted([gone, gone, gone, gone]);
  await assert.rejects(retryingIndex(index, options).put(documents, { overwrite: false, signal }), gone);
  assert.equal(sizes.length, 4);
});

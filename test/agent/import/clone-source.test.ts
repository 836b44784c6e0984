import assert from "node:assert/strict";
import { test } from "node:test";
import { createCloneSource } from "../../../agent/import/clone-source.ts";
import { readImportOptions } from "../../../agent/import/options.ts";
import { createPatience } from "../../../agent/import/patience.ts";
import { silentLog } from "../../../device/log.ts";
import type { AnnotationApi } from "../../../sync/clients/annotation-api.ts";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { SyncError } from "../../../sync/errors.ts";
import { createFastClock } from "../../fakes/fast-clock.ts";
import { startImport } from "../../fakes/import.ts";

test("finish() marks the annotation at an older server, which cannot park alerts, and leaves a person's alone", async (t) => {
  const { annotation, run } = await startImport(t, { annotation: { olderStages: true } });
  await run({ maxSequences: "3" });
  annotation.work("pyronear_french 1", "needs_manual");
  const { username, password, url } = annotation;
  const api = createAnnotationApi({ url, login: async () => ({ username, password }) });
  t.after(() => api.close());
  const { signal } = t;
  const from: AnnotationApi = {
    ...api,
    // What a server without the call answers.
    skipAlert: async () => {
      throw new SyncError("permanent", "POST /sequences/alert/skip: HTTP 405", { status: 405 });
    },
  };
  const { options } = readImportOptions({ sourceAnnotationUrl: url, cloneProcessingStage: "all" }, 0);
  const clock = createFastClock(100);
  const source = createCloneSource({
    from,
    download: async () => new Uint8Array(),
    options: options!,
    again: createPatience({ clock, random: Math.random, log: silentLog, signal, onRetry: () => undefined }),
    signal,
  });
  const { found } = await source.list();
  const told = await Promise.all(found.map((each) => source.finish(each)));
  const stages = annotation.state().map(({ annotation: made }) => made?.processing_stage);
  assert.equal(stages.filter((stage) => stage === "under_annotation").length, 2);
  assert.equal(stages.filter((stage) => stage === "needs_manual").length, 1);
  assert.equal(told.filter((problem) => problem !== null).length, 1);
  assert.deepEqual(annotation.humanChanges(), []);
});

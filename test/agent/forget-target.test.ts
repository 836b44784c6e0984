import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { configuredTargets } from "../../agent/configured-targets.ts";
import { examineOwed } from "../../agent/doctor/disk.ts";
import { storeFolder } from "../../agent/folders.ts";
import { describeForget, forgetTarget, owedTargets } from "../../agent/forget-target.ts";
import { collectStats, describeStats } from "../../agent/stats.ts";
import { openTargets } from "../../agent/targets.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { fingerprint, frameEntry, frameId, openTestStore, temporaryFolder } from "../fakes/store.ts";

const old = "s3://old-bucket/cars";
const here = "folder:/b";
const signal = new AbortController().signal;

/** Five frames that wait for two targets; one of them the old one has refused, and one is held back. */
async function openOwingStore(t: TestContext, directory: string): Promise<Store> {
  const store = openTestStore(t, { directory });
  const tomorrowUs = (Date.now() + 86_400_000) * 1000;
  for (let n = 0; n < 5; n += 1) {
    const notBeforeUs = n === 4 ? tomorrowUs : null;
    await store.keep(frameEntry(n, { pictureTargets: [old, here], notBeforeUs }));
  }
  await store.commit(() => {
    const [entry] = store.outbox.take(old, "labelled", { limit: 1, skip: () => false, nowUs: 0 });
    store.outbox.settle({ entry: entry!, result: "parked", reason: "no such bucket" });
  });
  return store;
}

test("configuredTargets() are named as the opened targets are, without any key", async (t) => {
  const env = {
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    ES_USER_ID: "a",
    ES_USER_PWD: "b",
  };
  const base = { data: temporaryFolder(t), mqtt: { url: null } };
  for (const sync of [
    {},
    { bucket: "s3://cars/north", index: "https://search.example:9200/labels" },
    { bucket: "cars", index: "http://me:word@search.example:9200" },
    { bucket: null, index: null },
  ]) {
    const config = parseConfig({ ...base, sync }, "test");
    const store = openTestStore(t);
    const opened = openTargets({
      config,
      store,
      clock: createSystemClock(),
      log: silentLog,
      env,
      events: null,
    });
    t.after(opened.close);
    assert.deepEqual(
      [...(await configuredTargets(config))],
      opened.list.map(({ name }) => name),
    );
  }
  const linked = parseConfig({ device: "car-7", mqtt: { url: "embedded:", base: "fleet" } }, "test");
  assert.ok((await configuredTargets(linked)).has("mqtt:fleet/car-7"));
});

test("forgetTarget() counts first, then takes out what waits, was refused or is held back, and frees the frames", async (t) => {
  const store = await openOwingStore(t, temporaryFolder(t));
  const options = { target: old, configured: new Set([here]), signal };
  const dry = await forgetTarget(store, { ...options, dryRun: true });
  assert.equal(describeForget(dry), `would forget 4 waiting and 1 refused entries for ${old}; --yes does it`);
  assert.deepEqual(owedTargets(store).get(old), { waiting: 4, parked: 1 });
  const done = await forgetTarget(store, { ...options, dryRun: false });
  assert.match(describeForget(done), /^forgot 4 waiting and 1 refused entries/);
  assert.deepEqual([...owedTargets(store)], [[here, { waiting: 5, parked: 0 }]]);
  for (let n = 0; n < 5; n += 1) {
    assert.equal(store.outbox.isWaiting("picture", frameId(n), old), false);
    assert.ok(store.frames.picture(frameId(n)) !== null);
    assert.ok(store.labels.get(fingerprint(n)) !== null);
  }
  assert.deepEqual(store.journal.newest(1)[0]?.act, "target.forgotten");
});

test("forgetTarget() takes out more than one commit's worth", async (t) => {
  const store = openTestStore(t);
  await store.commit(() => {
    for (let n = 0; n < 2500; n += 1)
      store.outbox.enqueue({
        target: old,
        lane: n % 2 === 0 ? "alert" : "telemetry",
        kind: "event",
        operation: "put",
        id: `e${n}`,
        imgId: null,
        bytes: 10,
        notBeforeUs: null,
        event: { type: "mark", body: {} },
      });
  });
  const result = await forgetTarget(store, { target: old, configured: new Set(), dryRun: false, signal });
  assert.equal(result.waiting, 2500);
  assert.equal(owedTargets(store).size, 0);
});

test("forgetTarget() refuses a target that is configured, and one that nothing waits for", async (t) => {
  const store = await openOwingStore(t, temporaryFolder(t));
  const options = { configured: new Set([here]), dryRun: false, signal };
  await assert.rejects(
    forgetTarget(store, { ...options, target: here }),
    /no longer configured, got "folder/,
  );
  await assert.rejects(
    forgetTarget(store, { ...options, target: "s3://typo" }),
    /\(s3:\/\/old-bucket\/cars\), got "s3:\/\/typo"/,
  );
  assert.equal(owedTargets(store).size, 2);
});

test("examineOwed() and describeStats() point at targets that are not configured", async (t) => {
  const data = temporaryFolder(t);
  const config = parseConfig({ data, sync: { bucket: here }, mqtt: { url: null } }, "test");
  assert.deepEqual(await examineOwed(config, createSystemClock()), []);
  const store = await openOwingStore(t, storeFolder(data));
  const configured = await configuredTargets(config);
  const disk = { freeBytes: 1, totalBytes: 2 };
  const text = describeStats(collectStats(store, { disk, nowUs: Date.now() * 1000, configured }));
  assert.match(text, /^target {4}s3:\/\/old-bucket\/cars: .*parked 1 \(not configured\)$/m);
  assert.match(text, /^target {4}folder:\/b: .*parked 0$/m);
  await store.close();
  const [finding, ...others] = await examineOwed(config, createSystemClock());
  assert.deepEqual(others, []);
  assert.equal(finding?.state, "warning");
  assert.match(finding!.found, /^5 entries wait for s3:\/\/old-bucket\/cars, which is not configured/);
  assert.match(finding!.fix!, /outrider sync forget s3:\/\/old-bucket\/cars/);
  const wrong = parseConfig({ data: join(data), sync: { bucket: "ftp://x" } }, "test");
  assert.deepEqual(await examineOwed(wrong, createSystemClock()), []);
});

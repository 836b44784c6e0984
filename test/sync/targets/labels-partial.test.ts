// A batch of labels of which a server takes some: exactly the others are tried again, parked, or known to be there, through the outbox.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { createDrain } from "../../../sync/drain.ts";
import { createElasticIndex } from "../../../sync/indexes/elastic.ts";
import { createLabelTarget } from "../../../sync/targets/labels.ts";
import { createFastClock } from "../../fakes/fast-clock.ts";
import { startHttpServer } from "../../fakes/http-server.ts";
import { fingerprint, frameEntry, openTestStore } from "../../fakes/store.ts";

type Item = { readonly status: number; readonly type?: string };

/** An index whose answer to each label a test decides. */
async function openIndex(itemFor: (id: string, attempt: number) => Item) {
  const asked: string[][] = [];
  const attempts = new Map<string, number>();
  const server = await startHttpServer((request) => {
    if (!request.path.includes("_bulk")) return {};
    const text = (
      request.headers["content-encoding"] === "gzip" ? gunzipSync(request.body) : request.body
    ).toString();
    const ids = [...text.matchAll(/^\{"create":\{"_id":"([^"]+)"/gm)].map(([, id]) => id!);
    asked.push(ids);
    const items = ids.map((id) => {
      const attempt = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, attempt);
      const { status, type } = itemFor(id, attempt);
      const error = type === undefined ? {} : { error: { type, reason: `because of ${type}` } };
      return { create: { _id: id, status, ...error } };
    });
    return { body: { errors: true, items } };
  });
  return { server, asked, index: createElasticIndex({ url: server.url, index: "labels" }) };
}

async function drainTwelve(
  t: Parameters<typeof openTestStore>[0],
  itemFor: (id: string, attempt: number) => Item,
  attempts = 4,
) {
  const { server, asked, index } = await openIndex(itemFor);
  const store = openTestStore(t);
  const target = createLabelTarget({ index, store, pictures: null, clock: createSystemClock() });
  for (let n = 0; n < 12; n += 1) await store.keep(frameEntry(n, { labelTargets: [target.name] }));
  const clock = createFastClock(100);
  const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: () => 0.5 });
  const [status] = await drain.run({ follow: false, attempts, signal: new AbortController().signal });
  await target.close();
  await server.close();
  const has = (n: number): boolean => store.outbox.receipt("label", fingerprint(n), target.name) !== null;
  return { store, asked, status: status!, has, target };
}

test("of a batch, 429 is tried again alone, 400 is parked with its words, 409 is done", async (t) => {
  const { store, asked, status, has } = await drainTwelve(t, (id, attempt) => {
    const n = Number(id.split("-")[1]);
    if (n === 3) return { status: 400, type: "mapper_parsing_exception" };
    if (n === 5) return { status: 409, type: "version_conflict_engine_exception" };
    if (n >= 8 && attempt < 3) return { status: 429, type: "es_rejected_execution_exception" };
    return { status: 201 };
  });
  assert.equal(asked[0]?.length, 12);
  assert.equal(new Set(asked[0]).size, 12);
  for (const again of asked.slice(1))
    assert.ok(
      again.every((id) => Number(id.split("-")[1]) >= 8),
      `asked again for ${again.join()}`,
    );
  assert.deepEqual([status.delivered, status.already, status.parked], [11, 1, 1]);
  assert.match(store.outbox.parked()[0]!.reason, /mapper_parsing_exception/);
  assert.ok([0, 5, 8, 11].every(has));
  assert.equal(has(3), false);
});

test("a word on who we are or on the index parks nothing, though it comes label by label", async (t) => {
  for (const item of [
    { status: 403, type: "security_exception" },
    { status: 404, type: "index_not_found_exception" },
  ]) {
    const { store, status, target } = await drainTwelve(t, () => item);
    assert.equal(store.outbox.parked().length, 0);
    assert.equal(store.outbox.waiting()[target.name]?.labelled.entries, 12);
    assert.match(status.problem ?? "", new RegExp(item.type));
  }
  const full = await drainTwelve(t, () => ({ status: 403, type: "cluster_block_exception" }), 2);
  assert.equal(full.store.outbox.parked().length, 0, "a full disk passes");
});

// All matches of a query, page after page, past the 10 000 that one request may reach.
import type { LabelDocument } from "../../device/label.ts";
import type { LabelQuery } from "../../device/query.ts";
import { SyncError } from "../errors.ts";
import type { ElasticConnection } from "./elastic-connection.ts";
import { elasticQuery } from "./elastic-query.ts";

/** A search being paged through. */
type Place = { readonly index: string; readonly pageSize: number };

/** A point in time: the index as it was when the search began. `close` needs its newest id. */
type PointInTime = { id: string };

type Hit = { readonly _source?: LabelDocument; readonly sort?: readonly unknown[] };

const keepAlive = "2m";
/** 9999-12-31 in ms since 1970. Without it a missing date sorts as 2^63-1, which JSON numbers cannot carry back to the server. */
const noTimestampMs = 253_402_214_400_000;
const sort = [
  { timestamp: { order: "asc", missing: noTimestampMs, unmapped_type: "date" } },
  { label_fingerprint: { order: "asc", unmapped_type: "keyword" } },
];

/**
 * Yields every match in order of timestamp, then fingerprint (which is unique, so that pages meet without a gap). Where the server
 * has points in time the answer is that of one moment; where not, what is written meanwhile may or may not be in it.
 */
export async function* searchLabels(
  connection: ElasticConnection,
  { index, pageSize }: Place,
  query: LabelQuery,
  signal: AbortSignal,
): AsyncGenerator<LabelDocument> {
  signal.throwIfAborted();
  let moment = await openPointInTime(connection, index, signal);
  /** The sort values of the last hit; empty before the first page. */
  let after: readonly unknown[] = [];
  try {
    for (;;) {
      const body = {
        query: elasticQuery(query),
        sort,
        size: pageSize,
        track_total_hits: false,
        ...(moment === null ? {} : { pit: { id: moment.id, keep_alive: keepAlive } }),
        ...(after.length === 0 ? {} : { search_after: after }),
      };
      const { status, body: answer } = await connection.request({
        method: "POST",
        path: moment === null ? `/${encodeURIComponent(index)}/_search` : "/_search",
        body,
        // 404 with a point in time: it is lost (a node was restarted); the page is asked again without it.
        accept: moment === null ? [] : [404],
        signal,
      });
      if (status === 404) {
        moment = null;
        after = after.slice(0, sort.length);
        continue;
      }
      const page = pageOf(answer, connection.url);
      if (moment !== null && page.pointInTime !== null) moment.id = page.pointInTime;
      for (const { _source } of page.hits) if (_source !== undefined) yield _source;
      const last = page.hits.at(-1);
      if (page.hits.length < pageSize || last?.sort === undefined) return;
      after = last.sort;
    }
  } finally {
    if (moment !== null) await closePointInTime(connection, moment, signal);
  }
}

/** null where the server has none (Elasticsearch without its licensed part, or before 7.10; OpenSearch before 2.4) or does not let us. */
async function openPointInTime(
  connection: ElasticConnection,
  index: string,
  signal: AbortSignal,
): Promise<PointInTime | null> {
  const { product } = await connection.dialect(signal);
  const name = encodeURIComponent(index);
  const path = product === "opensearch" ? `/${name}/_search/point_in_time` : `/${name}/_pit`;
  const { status, body } = await connection.request({
    method: "POST",
    path: `${path}?keep_alive=${keepAlive}`,
    accept: [400, 403, 404, 405, 429, 501],
    signal,
  });
  if (status >= 300) return null;
  const { id, pit_id } = (body ?? {}) as { id?: string; pit_id?: string };
  return { id: pit_id ?? id ?? "" };
}

async function closePointInTime(
  connection: ElasticConnection,
  { id }: PointInTime,
  signal: AbortSignal,
): Promise<void> {
  const { product } = await connection.dialect(signal);
  const request =
    product === "opensearch"
      ? { path: "/_search/point_in_time", body: { pit_id: [id] } }
      : { path: "/_pit", body: { id } };
  try {
    // Its own signal: the search may end because the caller's has fired.
    await connection.request({
      method: "DELETE",
      ...request,
      accept: [404],
      signal: AbortSignal.timeout(2_000),
    });
  } catch {
    // Only housekeeping: it ends by itself after keep_alive.
  }
}

function pageOf(answer: unknown, url: string): { hits: readonly Hit[]; pointInTime: string | null } {
  const { hits, pit_id, timed_out, _shards } = (answer ?? {}) as {
    hits?: { hits?: readonly Hit[] };
    pit_id?: string;
    timed_out?: boolean;
    _shards?: { failed?: number; failures?: readonly { reason?: { reason?: string } }[] };
  };
  if (timed_out === true || (_shards?.failed ?? 0) > 0 || hits?.hits === undefined)
    // Some of the hits would be missing, and nobody would notice.
    throw new SyncError(
      "retryable",
      `POST ${url}/_search: expected the hits of all shards, got ${_shards?.failed ?? 0} failed: ${_shards?.failures?.[0]?.reason?.reason ?? "no reason"}`,
    );
  return { hits: hits.hits, pointInTime: pit_id ?? null };
}

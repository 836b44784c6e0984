// The label index on an Elasticsearch (7 to 9) or OpenSearch server.
import type { LabelDocument } from "../../device/label.ts";
import { SyncError } from "../errors.ts";
import { type BulkItem, bulk } from "./elastic-bulk.ts";
import { connectElastic, type ElasticOptions } from "./elastic-connection.ts";
import { itemError } from "./elastic-errors.ts";
import { elasticQuery } from "./elastic-query.ts";
import { searchLabels } from "./elastic-search.ts";
import type { LabelIndex, PutLabelOutcome } from "./label-index.ts";
import { labelIndexBody } from "./mapping.ts";

/** How to reach one index. */
export type ElasticIndexOptions = ElasticOptions & {
  /** The index, or an alias of one index. */
  readonly index: string;
  /** Labels per page of a search; default 2 000. */
  readonly pageSize?: number;
};

/** At most this many ids in one mget. */
const maxIds = 1_000;
/** The servers' limit for an id, bytes of UTF-8. They refuse a whole batch for one that is longer, or empty. */
const maxIdBytes = 512;

/** Opens a label index; nothing is sent before the first call. */
export function createElasticIndex(options: ElasticIndexOptions): LabelIndex {
  const { index, pageSize = 2_000 } = options;
  const connection = connectElastic(options);
  const url = `${connection.url}/${index}`;
  const path = `/${encodeURIComponent(index)}`;
  let present = false;

  const exists = async (signal: AbortSignal): Promise<boolean> => {
    const { status } = await connection.request({ method: "HEAD", path, accept: [404], signal });
    return status === 200;
  };
  /** A write to a missing index would make one without our mapping, where the servers' default allows it. */
  const requireIndex = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (present) return;
    if (!(await exists(signal)))
      throw new SyncError(
        "permanent",
        `There is no index ${url}; create it first (outrider index create -i ${index})`,
      );
    present = true;
  };

  return {
    url,
    put: async (documents, { overwrite, signal }) => {
      if (documents.length === 0) return [];
      await requireIndex(signal);
      const action = overwrite ? ("index" as const) : ("create" as const);
      const actions = documents
        .map((document) => ({ action, id: document.label_fingerprint, document }))
        .filter(({ id }) => isUsable(id));
      const answers = await bulk(connection, index, actions, signal);
      const refusal = answers
        .map((item) => refusalOfUs(item, `label to ${url}`))
        .find((each) => each !== null);
      if (refusal) {
        // The index may have been taken away: looked for again.
        present = false;
        throw refusal;
      }
      const items = answers.values();
      return documents.map(({ label_fingerprint: id }): PutLabelOutcome => {
        if (!isUsable(id)) return { outcome: "failed", error: unusable(id, url) };
        return outcomeOf(items.next().value!, `label ${id} to ${url}`);
      });
    },
    get: async (fingerprints, signal) => {
      signal.throwIfAborted();
      const found = new Map<string, LabelDocument>();
      const usable = fingerprints.filter(isUsable);
      for (let at = 0; at < usable.length; at += maxIds) {
        const ids = usable.slice(at, at + maxIds);
        const { body } = await connection.request({
          method: "POST",
          path: `${path}/_mget`,
          body: { ids },
          signal,
        });
        for (const document of documentsOf(body, url)) found.set(document.label_fingerprint, document);
      }
      return found;
    },
    remove: async (fingerprints, signal) => {
      if (fingerprints.length === 0) return [];
      await requireIndex(signal);
      const actions = fingerprints.filter(isUsable).map((id) => ({ action: "delete" as const, id }));
      const items = (await bulk(connection, index, actions, signal)).values();
      return fingerprints.map(
        (id) => isUsable(id) && wasThere(items.next().value!, `remove label ${id} from ${url}`),
      );
    },
    search: (query, signal) => searchLabels(connection, { index, pageSize }, query, signal),
    count: async (query, signal) => {
      signal.throwIfAborted();
      const body = { query: elasticQuery(query) };
      const answer = await connection.request({ method: "POST", path: `${path}/_count`, body, signal });
      const { count } = answer.body as { count?: unknown };
      if (typeof count !== "number")
        throw new SyncError("retryable", `count in ${url}: expected a number, got none`);
      return count;
    },
    refresh: async (signal) => {
      await connection.request({ method: "POST", path: `${path}/_refresh`, signal });
    },
    create: async (signal) => {
      if (await exists(signal)) return false;
      const { status } = await connection.request({
        method: "PUT",
        path,
        body: labelIndexBody(),
        accept: [400],
        signal,
      });
      // 400 also says that somebody else made it in the meantime.
      if (status === 400 && !(await exists(signal)))
        await connection.request({ method: "PUT", path, body: labelIndexBody(), signal });
      return status !== 400;
    },
    probe: async (signal) => {
      await connection.dialect(signal);
      await requireIndex(signal);
    },
    close: () => connection.close(),
  };
}

/** A label from a damaged file may carry anything here. */
function isUsable(id: unknown): boolean {
  return typeof id === "string" && id !== "" && Buffer.byteLength(id) <= maxIdBytes;
}

function unusable(id: unknown, url: string): SyncError {
  const got = JSON.stringify(id)?.slice(0, 80) ?? String(id);
  return new SyncError(
    "permanent",
    `label to ${url}: expected label_fingerprint of 1 to ${maxIdBytes} bytes, got ${got}`,
  );
}

/** What is said of one label and holds for all of them, because it is a word on who we are or on the index; null: it is on the label. */
function refusalOfUs(item: BulkItem, doing: string): SyncError | null {
  if (![401, 403, 404].includes(item.status)) return null;
  const error = itemError(item, doing);
  return error.kind === "permanent" ? error : null;
}

function outcomeOf(item: BulkItem, doing: string): PutLabelOutcome {
  if (item.status === 201) return { outcome: "created" };
  if (item.status === 200) return { outcome: "replaced" };
  if (item.status === 409) return { outcome: "exists" };
  return { outcome: "failed", error: itemError(item, doing) };
}

function wasThere(item: BulkItem, doing: string): boolean {
  if (item.status === 200) return true;
  if (item.status === 404 && item.error === undefined) return false;
  throw itemError(item, doing);
}

function documentsOf(body: unknown, url: string): readonly LabelDocument[] {
  const { docs } = (body ?? {}) as {
    docs?: readonly { found?: boolean; _source?: LabelDocument; error?: unknown }[];
  };
  if (docs === undefined) throw new SyncError("retryable", `get from ${url}: expected documents, got none`);
  return docs.flatMap(({ found, _source, error }) => {
    if (error !== undefined) throw itemError({ status: 500, error }, `get from ${url}`);
    return found === true && _source !== undefined ? [_source] : [];
  });
}

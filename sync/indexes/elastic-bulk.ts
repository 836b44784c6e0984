// Many documents in few requests: batches of bounded size, halved where a server finds them too large, one outcome per document.
import { SyncError } from "../errors.ts";
import type { ElasticConnection } from "./elastic-connection.ts";

/** One action of a batch. `create` never replaces, `index` does. */
export type BulkAction = {
  readonly action: "create" | "index" | "delete";
  readonly id: string;
  /** Absent for delete. */
  readonly document?: object;
};

/** The server's word on one action: 200, 201, 404, 409, or a failure with `error`. */
export type BulkItem = { readonly status: number; readonly error?: unknown };

/** 5 MiB: within what every hosted server takes (the smallest limit is 10 MiB), and large enough to be quick. */
const maxBatchBytes = 5_242_880;
const maxBatchActions = 2_000;

/** Performs the actions on `index`, in order, and gives one item for each. @throws SyncError when a whole request fails. */
export async function bulk(
  connection: ElasticConnection,
  index: string,
  actions: readonly BulkAction[],
  signal: AbortSignal,
): Promise<readonly BulkItem[]> {
  const items: BulkItem[] = [];
  for (const batch of batchesOf(actions.map(linesOf)))
    items.push(...(await sendBatch(connection, index, batch, signal)));
  return items;
}

function linesOf({ action, id, document }: BulkAction): string {
  const head = `${JSON.stringify({ [action]: { _id: id } })}\n`;
  return document === undefined ? head : `${head}${JSON.stringify(document)}\n`;
}

function* batchesOf(lines: readonly string[]): Generator<readonly string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line);
    if (batch.length > 0 && (bytes + size > maxBatchBytes || batch.length === maxBatchActions)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function sendBatch(
  connection: ElasticConnection,
  index: string,
  batch: readonly string[],
  signal: AbortSignal,
): Promise<readonly BulkItem[]> {
  const { status, body } = await connection.request({
    method: "POST",
    path: `/${encodeURIComponent(index)}/_bulk`,
    body: batch.join(""),
    accept: [413],
    signal,
  });
  if (status === 413) {
    if (batch.length === 1) {
      const size = Buffer.byteLength(batch[0]!);
      return [
        { status, error: { type: "too_large", reason: `the server takes no document of ${size} bytes` } },
      ];
    }
    const middle = Math.ceil(batch.length / 2);
    const first = await sendBatch(connection, index, batch.slice(0, middle), signal);
    return [...first, ...(await sendBatch(connection, index, batch.slice(middle), signal))];
  }
  return itemsOf(body, batch.length, connection.url);
}

/** Each item is an object with one entry, named after its action. */
function itemsOf(body: unknown, expected: number, url: string): readonly BulkItem[] {
  const { items } = (body ?? {}) as { items?: unknown };
  if (!Array.isArray(items) || items.length !== expected)
    throw new SyncError(
      "retryable",
      `POST ${url}/_bulk: expected ${expected} items in the answer, got ${Array.isArray(items) ? items.length : "none"}`,
    );
  return items.map((item) => Object.values(item as Record<string, BulkItem>)[0]!);
}

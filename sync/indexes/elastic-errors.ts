// The refusals of Elasticsearch and OpenSearch, of a request or of one document of a batch, in their own words.
import { type FailureKind, kindOfStatus, SyncError } from "../errors.ts";

/** The `error` of an answer or of one item. */
type ElasticError = {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: ElasticError;
  readonly root_cause?: readonly ElasticError[];
};

/** Statuses mislead here: a full disk makes an index read-only (403), and a shard that moves is 404 or 503; both pass. */
const passing = new Set([
  "cluster_block_exception",
  "es_rejected_execution_exception",
  "rejected_execution_exception",
  "unavailable_shards_exception",
  "process_cluster_event_timeout_exception",
  "circuit_breaking_exception",
]);

/** Words and kind of a refused request; for HttpOptions.explain. */
export function explainElastic(
  body: string,
  status: number,
): { readonly words?: string; readonly kind?: FailureKind } {
  const error = errorOf(body);
  if (error === null) return {};
  return { words: wordsOf(error), kind: kindOf(error, status) };
}

/** The failure of one document in a batch. */
export function itemError(
  item: { readonly status: number; readonly error?: unknown },
  doing: string,
): SyncError {
  const error = (
    typeof item.error === "object" && item.error !== null ? item.error : { reason: String(item.error) }
  ) as ElasticError;
  return new SyncError(kindOf(error, item.status), `${doing}: ${wordsOf(error)} (status ${item.status})`);
}

function errorOf(body: string): ElasticError | null {
  try {
    const { error } = JSON.parse(body) as { error?: ElasticError | string };
    if (typeof error === "string") return { reason: error };
    return error ?? null;
  } catch {
    // No JSON: a proxy spoke, and its text is the best there is.
    return null;
  }
}

function kindOf(error: ElasticError, status: number): FailureKind {
  return passing.has(error.type ?? "") ? "retryable" : kindOfStatus(status);
}

/** "type: reason: the reason below it …"; a search tells the real one only in its root cause. */
function wordsOf(error: ElasticError): string {
  const root = error.root_cause?.[0] ?? error;
  const said: string[] = [root.type ?? error.type ?? "error"];
  for (
    let at: ElasticError | undefined = root, depth = 0;
    at !== undefined && depth < 4;
    at = at.caused_by, depth += 1
  )
    if (at.reason !== undefined && !said.includes(at.reason)) said.push(at.reason);
  return said.join(": ");
}

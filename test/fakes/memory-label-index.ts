// A label index in memory: equality, existence and dates as text are all it understands. Refresh is needed, as on a server.
import type { LabelDocument } from "../../device/label.ts";
import type { Condition, LabelQuery } from "../../device/query.ts";
import { SyncError } from "../../sync/errors.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";

export type MemoryLabelIndex = LabelIndex & {
  readonly documents: Map<string, LabelDocument>;
  /** Every query that was asked. */
  readonly asked: LabelQuery[];
  /** Set: `put` fails with it from now on. */
  failure: SyncError | null;
  /** Fingerprints that are refused one by one. */
  readonly refuse: Set<string>;
};

export function createMemoryLabelIndex(): MemoryLabelIndex {
  const documents = new Map<string, LabelDocument>();
  let visible = new Map<string, LabelDocument>();
  const asked: LabelQuery[] = [];
  const matches = function* (query: LabelQuery): Iterable<LabelDocument> {
    asked.push(query);
    const hits = [...visible.values()].filter((document) =>
      query.conditions.every((condition) => holds(document, condition)),
    );
    yield* hits.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  };
  const index: MemoryLabelIndex = {
    url: "memory:",
    documents,
    asked,
    failure: null,
    refuse: new Set(),
    put: async (given, { overwrite }) => {
      if (index.failure !== null) throw index.failure;
      return given.map((document) => {
        const { label_fingerprint: fingerprint } = document;
        if (index.refuse.has(fingerprint))
          return { outcome: "failed", error: new SyncError("permanent", "mapper_parsing_exception") };
        const there = documents.has(fingerprint);
        if (there && !overwrite) return { outcome: "exists" };
        documents.set(fingerprint, JSON.parse(JSON.stringify(document)));
        return { outcome: there ? "replaced" : "created" };
      });
    },
    get: async (fingerprints) =>
      new Map(fingerprints.flatMap((one) => (documents.has(one) ? [[one, documents.get(one)!]] : []))),
    remove: async (fingerprints) => fingerprints.map((one) => documents.delete(one)),
    search: async function* (query) {
      yield* matches(query);
    },
    count: async (query) => [...matches(query)].length,
    refresh: async () => {
      visible = new Map(documents);
    },
    create: async () => false,
    probe: async () => undefined,
    close: async () => undefined,
  };
  return index;
}

function orderOf(document: LabelDocument): string {
  return `${document.timestamp ?? ""} ${document.label_fingerprint}`;
}

function holds(document: LabelDocument, { field, type, clause, parameters }: Condition): boolean {
  const values = valuesAt(document, field.replace(/\.keyword$/, "").split("."));
  const wanted = parameters.value ?? parameters.query;
  const held = type === "exists" ? values.length > 0 : values.some((value) => value === wanted);
  return clause === "must_not" ? !held : held;
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, path));
  if (value === null || value === undefined) return [];
  if (path.length === 0) return [value];
  return typeof value === "object"
    ? valuesAt((value as Record<string, unknown>)[path[0]!], path.slice(1))
    : [];
}

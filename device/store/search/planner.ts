// Answers filters from the index: cheap and narrow ones first, each later one only where something is left to decide.

import { openBytes } from "../codec.ts";
import { type ColumnTable, createColumnReader, readColumnRange } from "./columns.ts";
import type { QueryFilter } from "./conditions.ts";
import type { DocSet } from "./doc-set.ts";
import { addTo, documentsOf, intersect, isEmpty, sizeOf, subtract, unite } from "./doc-set.ts";
import { liveNumber } from "./field-table.ts";
import type { DateRange, Filter, TermScan } from "./filter.ts";
import type { PostingTerm } from "./postings.ts";
import {
  addContainer,
  type LongTermTable,
  type PostingKey,
  type PostingTable,
  readPosting,
} from "./postings.ts";

/** What the planner reads. */
export type IndexReader = {
  readonly postings: PostingTable;
  readonly longTerms: LongTermTable;
  readonly columns: ColumnTable;
  /** The terms that a document has in a field; empty when it cannot be read. */
  readonly termsOf: (document: number, field: number) => Iterable<PostingTerm>;
};

// Walking terms on disk is some eight times as fast as reading and analysing documents.
const termsPerDocument = 8;
const minTermsWalked = 1000;
const maxDatesLookedUp = 1000;

/** The documents that a query finds, among those that are there. */
export function findDocuments(reader: IndexReader, query: QueryFilter): DocSet {
  const live = readPosting(reader.postings, liveNumber, true, null);
  if (query.wanted.type === "none") return new Map();
  const found = query.wanted.type === "all" ? live : intersect(evaluate(reader, query.wanted, null), live);
  if (query.unwanted.type === "none" || isEmpty(found)) return found;
  return subtract(found, evaluate(reader, query.unwanted, found));
}

/** The documents of a filter. What lies outside `within` (null: everything) may be left out or not: the caller intersects. */
function evaluate(reader: IndexReader, filter: Filter, within: DocSet | null): DocSet {
  switch (filter.type) {
    case "none":
      return new Map();
    case "all":
      return within === null ? readPosting(reader.postings, liveNumber, true, null) : copyOf(within);
    case "term":
      return readPosting(reader.postings, filter.field, filter.term, within?.keys() ?? null);
    case "scan":
      return scan(reader, filter, within);
    case "dates":
      return findDates(reader, filter, within);
    case "and":
      return evaluateAll(reader, filter.filters, within);
    case "or":
      return evaluateAtLeast(reader, filter.filters, filter.least, within);
  }
}

/** Single terms first, which cost microseconds; then what walks over dates or terms, each within what the others left. */
function evaluateAll(reader: IndexReader, filters: readonly Filter[], within: DocSet | null): DocSet {
  let found: DocSet | null = null;
  for (const filter of [...filters].sort((a, b) => costOf(a) - costOf(b))) {
    const next = evaluate(reader, filter, found ?? within);
    found = found === null ? next : intersect(next, found);
    if (isEmpty(found)) break;
  }
  return found ?? new Map();
}

function costOf(filter: Filter): number {
  if (filter.type === "and") return Math.min(...filter.filters.map(costOf));
  if (filter.type === "or") return Math.max(...filter.filters.map(costOf));
  return { none: 0, term: 1, all: 2, dates: 3, scan: 4 }[filter.type];
}

/** `counted[n]` holds the documents that fulfil more than n of the filters seen so far. */
function evaluateAtLeast(
  reader: IndexReader,
  filters: readonly Filter[],
  least: number,
  within: DocSet | null,
): DocSet {
  const counted: DocSet[] = Array.from({ length: least }, () => new Map());
  for (const filter of filters) {
    const next = evaluate(reader, filter, within);
    for (let level = least - 1; level > 0; level -= 1) {
      unite(counted[level]!, intersect(copyOf(counted[level - 1]!), next));
    }
    unite(counted[0]!, next);
  }
  return counted[least - 1]!;
}

/** Walks the column, or looks only at the documents in question when they are few. */
function findDates(reader: IndexReader, filter: DateRange, within: DocSet | null): DocSet {
  if (within === null || sizeOf(within) > maxDatesLookedUp)
    return readColumnRange(reader.columns, filter.field, filter.lowMs, filter.highMs);
  const dateOf = createColumnReader(reader.columns, filter.field);
  const found: DocSet = new Map();
  for (const document of documentsOf(within)) {
    const ms = dateOf(document);
    if (ms >= filter.lowMs && ms <= filter.highMs) addTo(found, document);
  }
  return found;
}

/** Walks the terms of a field; when that takes longer than reading the documents in question would, reads those instead. */
function scan(reader: IndexReader, filter: TermScan, within: DocSet | null): DocSet {
  const found: DocSet = new Map();
  let left =
    within === null ? Number.POSITIVE_INFINITY : Math.max(minTermsWalked, sizeOf(within) * termsPerDocument);
  let lastTerm: PostingTerm | null = null;
  let lastHash = "";
  let lastAccepted = false;
  // Numbers sort before text, and text is last of all, so a walk over text ends with the field.
  const end: PostingKey =
    typeof filter.from === "number" ? [filter.field, Number.POSITIVE_INFINITY] : [filter.field + 1];
  for (const { key, value } of walk(reader.postings, { start: [filter.field, filter.from], end }, filter)) {
    left -= 1;
    if (left < 0) return verify(reader, filter, within!);
    const term = key[1] as PostingTerm;
    if (term === true) continue;
    if (filter.isPast(term)) break;
    const hash = key.length === 4 ? (key[2] as string) : "";
    if (term !== lastTerm || hash !== lastHash) {
      lastTerm = term;
      lastHash = hash;
      lastAccepted = filter.accepts(hash === "" ? term : readLongTerm(reader, hash));
    }
    if (!lastAccepted) continue;
    const chunk = key.at(-1) as number;
    if (within === null || within.has(chunk)) addContainer(found, chunk, value ?? reader.postings.get(key)!);
  }
  return found;
}

type WalkedEntry = { readonly key: PostingKey; readonly value: Buffer | null };

/** The entries of a range; with keys alone, which is twice as fast, where few sets will be read. */
function walk(
  table: PostingTable,
  range: { start: PostingKey; end: PostingKey },
  { isSparse }: TermScan,
): Iterable<WalkedEntry> {
  if (!isSparse) return table.getRange(range);
  return table.getKeys(range).map((key) => ({ key, value: null }));
}

function readLongTerm(reader: IndexReader, hash: string): string {
  const sealed = reader.longTerms.get(hash);
  return sealed === undefined ? "" : Buffer.from(openBytes(sealed)).toString("utf8");
}

/** Asks the documents themselves. */
function verify(reader: IndexReader, filter: TermScan, within: DocSet): DocSet {
  const found: DocSet = new Map();
  for (const document of documentsOf(within)) {
    for (const term of reader.termsOf(document, filter.field)) {
      if (term !== true && typeof term === typeof filter.from && filter.accepts(term)) {
        addTo(found, document);
        break;
      }
    }
  }
  return found;
}

function copyOf(set: DocSet): DocSet {
  return new Map([...set].map(([chunk, bitmap]) => [chunk, bitmap.slice()]));
}

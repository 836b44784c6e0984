// What a query asks of the index, once fields and values are understood: sets of terms to find and how to combine them.
import type { PostingTerm } from "./postings.ts";
import type { Term } from "./values.ts";

/** A test of documents. `field` is a field's number on disk. */
export type Filter =
  | { readonly type: "none" }
  | { readonly type: "all" }
  | { readonly type: "term"; readonly field: number; readonly term: PostingTerm }
  | TermScan
  | DateRange
  | { readonly type: "and"; readonly filters: readonly Filter[] }
  /** At least `least` of the filters. */
  | { readonly type: "or"; readonly filters: readonly Filter[]; readonly least: number };

/** Documents with a term between `from` and the first that is `past`, that is accepted. */
export type TermScan = {
  readonly type: "scan";
  readonly field: number;
  /** Where to begin; at most as long as a key's start. */
  readonly from: Term;
  /** Whether no term from here on can be accepted; judged on a key's start. */
  readonly isPast: (term: Term) => boolean;
  readonly accepts: (term: Term) => boolean;
  /** Whether few of the terms walked will be accepted, so that reading the sets of those alone is faster. */
  readonly isSparse: boolean;
};

/** Documents with a date in lowMs…highMs, both inclusive. */
export type DateRange = {
  readonly type: "dates";
  readonly field: number;
  readonly lowMs: number;
  readonly highMs: number;
};

/** All of the filters. */
export function allOf(filters: readonly Filter[]): Filter {
  if (filters.some((filter) => filter.type === "none")) return { type: "none" };
  const rest = filters.filter((filter) => filter.type !== "all");
  if (rest.length === 0) return { type: "all" };
  return rest.length === 1 ? rest[0]! : { type: "and", filters: rest };
}

/** At least `least` (1 when not given) of the filters. */
export function anyOf(filters: readonly Filter[], least = 1): Filter {
  if (least <= 0) return { type: "all" };
  const rest = filters.filter((filter) => filter.type !== "none");
  if (rest.length < least) return { type: "none" };
  if (rest.length === 1) return rest[0]!;
  return rest.length === least ? allOf(rest) : { type: "or", filters: rest, least };
}

// Understands a query against the fields there are. The rules are those of the servers, so that one query file gives the same hits everywhere.
import { type Condition, type LabelQuery, QueryError } from "../../query.ts";
import { dateFormats, parseDate } from "./dates.ts";
import type { FieldTable } from "./field-table.ts";
import { allOf, anyOf, type Filter } from "./filter.ts";
import { type Bounds, datesFilter, rangeFilter } from "./range-filters.ts";
import { findTarget, hasWords, isTextual, type Target } from "./target.ts";
import {
  foldedFilter,
  keywordFilter,
  type MatchOptions,
  matchFilter,
  phraseFilter,
  prefixFilter,
  wildcardFilter,
} from "./text-filters.ts";
import { asBoolean, asNumber, asText, type Scalar } from "./values.ts";

/** What a label must fulfil, and what it must not. */
export type QueryFilter = { readonly wanted: Filter; readonly unwanted: Filter };

// Parameters that this index understands, or that change scores only; another one would change the hits, so it is refused.
const scoring = ["boost", "_name"];
const understood: Readonly<Record<Condition["type"], readonly string[]>> = {
  match: ["query", "operator", "minimum_should_match", "zero_terms_query"],
  match_phrase: ["query", "slop", "zero_terms_query"],
  term: ["value", "case_insensitive"],
  terms: ["values"],
  range: ["gte", "gt", "lte", "lt"],
  wildcard: ["value", "case_insensitive", "rewrite"],
  prefix: ["value", "case_insensitive", "rewrite"],
  exists: [],
};

/**
 * The filters of a query.
 * @throws QueryError with every condition that cannot be answered.
 */
export function filterOf(query: LabelQuery, fields: FieldTable): QueryFilter {
  const problems: string[] = [];
  const filters = (clauses: readonly Condition["clause"][]): Filter[] =>
    query.conditions
      .filter((condition) => clauses.includes(condition.clause))
      .map((condition) => conditionFilter(condition, fields, problems));
  const required = filters(["must", "filter"]);
  const optional = filters(["should"]);
  const unwanted = filters(["must_not"]);
  if (problems.length > 0) throw new QueryError(problems);
  const wanted = allOf(optional.length === 0 ? required : [...required, anyOf(optional)]);
  return { wanted, unwanted: anyOf(unwanted) };
}

function conditionFilter(condition: Condition, fields: FieldTable, problems: string[]): Filter {
  const known = [...understood[condition.type], ...scoring];
  for (const [name, value] of Object.entries(condition.parameters)) {
    if (!known.includes(name) || (name === "slop" && Number(value) !== 0))
      problems.push(
        `${condition.field}.${name}: the local index cannot do this for "${condition.type}", got ${JSON.stringify(value)}`,
      );
  }
  if (condition.type === "exists") return existsFilter(condition.field, fields);
  const target = findTarget(fields, condition.field);
  const asksNothing = condition.type === "terms" && (condition.parameters.values as unknown[]).length === 0;
  if (target === null || asksNothing) return { type: "none" };
  if (target.kind === "stored") {
    problems.push(
      `${target.name}: this field is kept in the label but not indexed, so it cannot be asked for`,
    );
    return { type: "none" };
  }
  return leafFilter(condition, target, problems);
}

function leafFilter(condition: Condition, target: Target, problems: string[]): Filter {
  const { type, parameters } = condition;
  const ignoreCase = parameters.case_insensitive === true || parameters.case_insensitive === "true";
  const value = (parameters.query ?? parameters.value ?? "") as Scalar;
  switch (type) {
    case "match":
      if (!hasWords(target.kind)) return termFilter(target, value, problems);
      return matchFilter(target, asText(value), matchOptions(condition, problems));
    case "match_phrase":
      if (!hasWords(target.kind)) return termFilter(target, value, problems);
      return phraseFilter(target, asText(value), withoutWords(condition, problems));
    case "term":
      if (ignoreCase && isTextual(target.kind)) return foldedFilter(target, asText(value));
      return termFilter(target, value, problems);
    case "terms": {
      const values = parameters.values as readonly Scalar[];
      return anyOf(values.map((each) => termFilter(target, each, problems)));
    }
    case "range":
      return rangeFilter(target, parameters as Bounds, problems);
    case "wildcard":
    case "prefix":
      if (!isTextual(target.kind)) {
        problems.push(`${target.name}: "${type}" asks for text, this field holds ${nounOf(target)}`);
        return { type: "none" };
      }
      return (type === "prefix" ? prefixFilter : wildcardFilter)(target, asText(value), ignoreCase);
    default:
      return { type: "none" };
  }
}

/** Documents that have a field, or any field of an object. */
function existsFilter(name: string, fields: FieldTable): Filter {
  const target = findTarget(fields, name);
  const numbers = fields.under(`${name}.`).map((field) => field.number);
  if (target !== null) numbers.push(target.number);
  return anyOf(numbers.map((field) => ({ type: "term", field, term: true })));
}

/** Documents with exactly this value; for a date without a time, any of its day. */
function termFilter(target: Target, value: Scalar, problems: string[]): Filter {
  const refuse = (wanted: string): Filter => {
    problems.push(`${target.name}: expected ${wanted}, got ${JSON.stringify(value)}`);
    return { type: "none" };
  };
  if (isTextual(target.kind)) return keywordFilter(target, asText(value));
  if (target.kind === "date") {
    const span = parseDate(value);
    return span === null
      ? refuse(`a date as ${dateFormats}`)
      : datesFilter(target, span.firstMs, span.lastMs);
  }
  const term = target.kind === "boolean" ? asBoolean(value) : asNumber(target.kind, value);
  if (term === null) return refuse(nounOf(target));
  return { type: "term", field: target.number, term };
}

function matchOptions(condition: Condition, problems: string[]): MatchOptions {
  const { operator = "or", minimum_should_match: least } = condition.parameters;
  const lower = String(operator).toLowerCase();
  if (lower !== "or" && lower !== "and")
    problems.push(`${condition.field}.operator: expected and or or, got ${JSON.stringify(operator)}`);
  return {
    operator: lower === "and" ? "and" : "or",
    least: leastWords(condition.field, least, problems),
    withoutWords: withoutWords(condition, problems),
  };
}

/** minimum_should_match as a number or a percentage; negative: how many may be missing. */
function leastWords(field: string, least: unknown, problems: string[]): (count: number) => number {
  if (least === undefined) return () => 0;
  const found = /^(-?\d+)(%?)$/.exec(String(least));
  if (found === null) {
    problems.push(
      `${field}.minimum_should_match: expected a number or a percentage such as 2 or "75%", got ${JSON.stringify(least)}`,
    );
    return () => 0;
  }
  return (count) => {
    const asked = found[2] === "%" ? Math.trunc((count * Number(found[1])) / 100) : Number(found[1]);
    return asked < 0 ? count + asked : asked;
  };
}

function withoutWords(condition: Condition, problems: string[]): "none" | "all" {
  const asked = condition.parameters.zero_terms_query ?? "none";
  if (asked !== "none" && asked !== "all")
    problems.push(`${condition.field}.zero_terms_query: expected none or all, got ${JSON.stringify(asked)}`);
  return asked === "all" ? "all" : "none";
}

function nounOf(target: Target): string {
  if (target.kind === "date") return "a date";
  return target.kind === "boolean" ? "true or false" : "a number";
}

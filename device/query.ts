// The query file: a JSON object from field path to condition, as the existing search tool reads it.

/** How a condition counts. `should`: at least one of all should-conditions must hold. */
export type Clause = "must" | "filter" | "must_not" | "should";

/** Leaf queries that both the local index and the servers understand. */
export const queryTypes = [
  "match",
  "term",
  "terms",
  "range",
  "wildcard",
  "prefix",
  "exists",
  "match_phrase",
] as const;
export type QueryType = (typeof queryTypes)[number];

/** One condition on one field. */
export type Condition = {
  /** Dotted path in the label document, e.g. `label.label_direction` or `event`; a sub-field is appended: `event.keyword`. */
  readonly field: string;
  readonly type: QueryType;
  readonly clause: Clause;
  /** The rest of the condition, as the server takes it: range `gte gt lte lt`, match `query`, wildcard/term/prefix `value`, terms `values`. */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** A parsed query; no condition matches everything. */
export type LabelQuery = { readonly conditions: readonly Condition[] };

/** Thrown with every problem of a query file at once. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The query cannot be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const clauseNames: Readonly<Record<string, Clause>> = {
  match: "must",
  must: "must",
  filter: "filter",
  must_not: "must_not",
  should: "should",
};
const rangeBounds = new Set(["gte", "gt", "lte", "lt"]);

/**
 * Parses the content of a query file. A field whose `type` is missing or "" is left out, so that a template with blanks is a valid query.
 * @throws QueryError
 */
export function parseQuery(json: unknown): LabelQuery {
  const problems: string[] = [];
  const conditions: Condition[] = [];
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new QueryError([`expected an object from field to condition, got ${describe(json)}`]);
  }
  for (const [field, raw] of Object.entries(json)) {
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
      problems.push(`${field}: expected an object with "type", got ${describe(raw)}`);
      continue;
    }
    const condition = parseCondition(field, raw as Record<string, unknown>, problems);
    if (condition !== null) conditions.push(condition);
  }
  if (problems.length > 0) throw new QueryError(problems);
  return { conditions };
}

function parseCondition(field: string, raw: Record<string, unknown>, problems: string[]): Condition | null {
  const { type, field: subField, bool, ...rest } = raw;
  if (type === undefined || type === "" || type === null) return null;
  if (!queryTypes.includes(type as QueryType)) {
    problems.push(`${field}.type: expected one of ${queryTypes.join(", ")}, got ${describe(type)}`);
    return null;
  }
  const clause = bool === undefined || bool === "" ? "must" : clauseNames[String(bool)];
  if (clause === undefined)
    problems.push(`${field}.bool: expected match, must, filter, must_not or should, got ${describe(bool)}`);
  if (subField !== undefined && typeof subField !== "string")
    problems.push(`${field}.field: expected text, got ${describe(subField)}`);
  const before = problems.length;
  const parameters = parseParameters(field, type as QueryType, rest, problems);
  if (clause === undefined || parameters === null || problems.length > before) return null;
  return {
    field: subField ? `${field}.${String(subField)}` : field,
    type: type as QueryType,
    clause,
    parameters,
  };
}

function parseParameters(
  field: string,
  type: QueryType,
  rest: Record<string, unknown>,
  problems: string[],
): Record<string, unknown> | null {
  const scalar = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);
  const need = (name: string): Record<string, unknown> | null => {
    // Elasticsearch accepts both words for match, term, wildcard and prefix; one is kept inside.
    const value = rest[name] ?? rest.query ?? rest.value ?? rest[type];
    if (!scalar(value)) {
      problems.push(
        `${field}.${name}: expected text, a number or true/false for "${type}", got ${describe(value)}`,
      );
      return null;
    }
    const { query: _query, value: _value, [type]: _same, ...others } = rest;
    return { ...others, [name]: value };
  };
  if (type === "exists") return {};
  if (type === "match" || type === "match_phrase") return need("query");
  if (type === "term" || type === "wildcard" || type === "prefix") return need("value");
  if (type === "terms") {
    const values = rest.values ?? rest.value ?? rest.query ?? rest.terms;
    if (!Array.isArray(values) || !values.every(scalar)) {
      problems.push(`${field}.values: expected a list of values for "terms", got ${describe(values)}`);
      return null;
    }
    return { values };
  }
  const bounds = Object.entries(rest).filter(
    ([name, value]) => rangeBounds.has(name) && value !== "" && value !== null,
  );
  if (bounds.length === 0) {
    problems.push(`${field}: expected at least one of gte, gt, lte, lt for "range", got ${describe(rest)}`);
    return null;
  }
  for (const [name, value] of bounds) {
    if (!["string", "number"].includes(typeof value))
      problems.push(`${field}.${name}: expected a number or a date, got ${describe(value)}`);
  }
  return Object.fromEntries(bounds);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

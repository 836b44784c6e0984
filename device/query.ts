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

const clauseNames = new Map<unknown, Clause>([
  [undefined, "must"],
  [null, "must"],
  ["", "must"],
  ["match", "must"],
  ["must", "must"],
  ["filter", "filter"],
  ["must_not", "must_not"],
  ["should", "should"],
]);

/** The one word kept for the value, and the other words in which query files give it. */
const valueWords: Readonly<Record<Exclude<QueryType, "range" | "exists">, readonly string[]>> = {
  match: ["query", "value", "match"],
  match_phrase: ["query", "value", "match_phrase"],
  term: ["value", "query", "term"],
  terms: ["values", "value", "query", "terms"],
  wildcard: ["value", "query", "wildcard"],
  prefix: ["value", "query", "prefix"],
};
const lowerBounds = ["gte", "gt"];
const upperBounds = ["lte", "lt"];

/**
 * Parses the content of a query file. A field whose `type` is missing or "" is left out, and so is a parameter that is "" beside one
 * that is not, so that a template with blanks is a valid query.
 * @throws QueryError
 */
export function parseQuery(json: unknown): LabelQuery {
  if (!isObject(json)) {
    throw new QueryError([`expected an object from field to condition, got ${describe(json)}`]);
  }
  const problems: string[] = [];
  const conditions: Condition[] = [];
  for (const [field, raw] of Object.entries(json)) {
    if (!isObject(raw)) {
      problems.push(`${field}: expected an object with "type", got ${describe(raw)}`);
      continue;
    }
    const { type } = raw;
    if (type === undefined || type === null || type === "") continue;
    const before = problems.length;
    const condition = parseCondition(field, raw, problems);
    if (problems.length === before) conditions.push(condition);
  }
  if (problems.length > 0) throw new QueryError(problems);
  return { conditions };
}

/** The condition, which is of no use when problems were found. */
function parseCondition(
  field: string,
  raw: Readonly<Record<string, unknown>>,
  problems: string[],
): Condition {
  const { type, field: subField, bool, ...rest } = raw;
  if (field === "") problems.push(`"": expected the name of a field, got ""`);
  if (!isQueryType(type))
    problems.push(`${field}.type: expected one of ${queryTypes.join(", ")}, got ${describe(type)}`);
  const clause = clauseNames.get(bool);
  if (clause === undefined)
    problems.push(`${field}.bool: expected match, must, filter, must_not or should, got ${describe(bool)}`);
  if (subField !== undefined && subField !== null && typeof subField !== "string")
    problems.push(
      `${field}.field: expected the name of a sub-field such as "keyword", got ${describe(subField)}`,
    );
  return {
    field: subField ? `${field}.${subField}` : field,
    type: isQueryType(type) ? type : "exists",
    clause: clause ?? "must",
    parameters: isQueryType(type) ? parseParameters(field, type, rest, problems) : {},
  };
}

function parseParameters(
  field: string,
  type: QueryType,
  rest: Readonly<Record<string, unknown>>,
  problems: string[],
): Record<string, unknown> {
  if (type === "exists") return {};
  if (type === "range") return parseRange(field, rest, problems);
  const words = valueWords[type];
  const given = words.filter((word) => !isBlank(rest[word]));
  // A text of no letters is a value too, when nothing else is given.
  const word = given[0] ?? words.find((each) => rest[each] === "");
  const value = word === undefined ? undefined : rest[word];
  const name = words[0]!;
  if (given.length > 1)
    problems.push(`${field}: expected one of ${words.join(", ")} for "${type}", got ${given.join(" and ")}`);
  else if (type === "terms" && !(Array.isArray(value) && value.every(isScalar)))
    problems.push(
      `${field}.${name}: expected a list of texts, numbers, true or false for "terms", got ${describe(value)}`,
    );
  else if (type !== "terms" && !isScalar(value))
    problems.push(
      `${field}.${name}: expected text, a number, true or false for "${type}", got ${describe(value)}`,
    );
  return { ...withoutBlanks(rest, words), [name]: value };
}

function parseRange(
  field: string,
  rest: Readonly<Record<string, unknown>>,
  problems: string[],
): Record<string, unknown> {
  const parameters = withoutBlanks(rest, []);
  const bounds = [lowerBounds, upperBounds].map((names) =>
    names.filter((name) => Object.hasOwn(parameters, name)),
  );
  if (bounds.flat().length === 0)
    problems.push(`${field}: expected at least one of gte, gt, lte, lt for "range", got ${describe(rest)}`);
  for (const names of bounds) {
    if (names.length > 1) problems.push(`${field}: expected one of ${names.join(" and ")}, got both`);
    for (const name of names) {
      const value = parameters[name];
      if (typeof value !== "string" && typeof value !== "number")
        problems.push(`${field}.${name}: expected a number, a date or text, got ${describe(value)}`);
    }
  }
  return parameters;
}

/** All parameters but the blank ones and those of `names`: whatever else a condition says is passed on to the index. */
function withoutBlanks(
  rest: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => !isBlank(value) && !names.includes(name)),
  );
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isQueryType(type: unknown): type is QueryType {
  return queryTypes.includes(type as QueryType);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

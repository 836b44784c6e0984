// A label query in the words of Elasticsearch and OpenSearch, which are the same for these leaves.
import type { Condition, LabelQuery } from "../../device/query.ts";

type Json = Readonly<Record<string, unknown>>;

/** The `query` of a search or count request. */
export function elasticQuery(query: LabelQuery): Json {
  if (query.conditions.length === 0) return { match_all: {} };
  const clauses: Record<string, unknown> = {};
  for (const clause of ["must", "filter", "must_not", "should"] as const) {
    const leaves = query.conditions.filter((condition) => condition.clause === clause).map(leaf);
    if (leaves.length > 0) clauses[clause] = leaves;
  }
  // Beside a must or filter the server would take should as a wish only.
  if (clauses.should !== undefined) clauses.minimum_should_match = 1;
  return { bool: clauses };
}

function leaf({ type, field, parameters }: Condition): Json {
  if (type === "exists") return { exists: { field } };
  if (type === "terms") return { terms: { [field]: parameters.values } };
  return { [type]: { [field]: parameters } };
}

// Reads a query file: JSON from field to condition.
import { readFileSync } from "node:fs";
import { type LabelQuery, parseQuery, QueryError } from "../device/query.ts";
import { elasticQuery } from "../sync/indexes/elastic-query.ts";

/** Reads and parses. @throws Error naming the file, with every problem of the query. */
export function readQueryFile(path: string): LabelQuery {
  const json = readJson(path);
  try {
    return parseQuery(json);
  } catch (cause) {
    if (!(cause instanceof QueryError)) throw cause;
    const problems = cause.problems.map((problem) => `\n  ${problem}`).join("");
    throw new Error(`The query ${path} cannot be used:${problems}`);
  }
}

/** The query as Elasticsearch and OpenSearch are asked it, for a person to see. */
export function describeQuery(query: LabelQuery): string {
  return JSON.stringify({ query: elasticQuery(query) }, null, 2);
}

/** The file's JSON as it stands. @throws Error naming the file. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(`The query ${path} cannot be read${missing ? ": the file does not exist" : ""}`, {
      ...(missing ? {} : { cause }),
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`Expected JSON in ${path}`, { cause });
  }
}

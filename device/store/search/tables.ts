// The tables of a label index on disk and its schema version.
import type { Database, Environment } from "../environment.ts";
import type { ColumnTable } from "./columns.ts";
import type { LongTermTable, PostingTable } from "./postings.ts";

/** Raised when what is on disk changes its meaning; an index of a newer version is refused. */
const indexSchemaVersion = 1;

/** Everything a label index keeps. Documents are the truth; the index proper can be rebuilt from them. */
export type Tables = {
  /** Document number → sealed JSON. */
  readonly documents: Database<Buffer, number>;
  /** Fingerprint → sealed document number. */
  readonly numbers: Database<Buffer, string>;
  /** Document number → what could not be read, as it was. */
  readonly damaged: Database<Buffer, number>;
  /** Schema version (plain text, so that any version can read it) and the next document number. */
  readonly meta: Database<Buffer, string>;
  readonly fields: Database<Buffer, string>;
  readonly postings: PostingTable;
  readonly longTerms: LongTermTable;
  readonly columns: ColumnTable;
};

/** An index written by a newer version of this program. */
export class NewerIndex extends Error {
  override readonly name = "NewerIndex";
}

/**
 * Opens the tables, marking a new index with the present schema version.
 * @returns also whether the index was made just now.
 * @throws NewerIndex
 */
export async function openTables(environment: Environment): Promise<{ tables: Tables; created: boolean }> {
  const meta = environment.table<string>("meta");
  const created = await environment.write(() => {
    const version = meta.get("schema")?.toString("utf8");
    if (version === undefined) {
      void meta.put("schema", Buffer.from(String(indexSchemaVersion)));
      return true;
    }
    if (!(Number(version) <= indexSchemaVersion)) {
      throw new NewerIndex(
        `label index in ${environment.directory}: expected schema version ${indexSchemaVersion} or older, got ${version}; ` +
          "it was written by a newer version of this program: use that one, or another folder",
      );
    }
    return false;
  });
  const tables: Tables = {
    documents: environment.table("documents"),
    numbers: environment.table("numbers"),
    damaged: environment.table("damaged"),
    meta,
    fields: environment.table("fields"),
    postings: environment.table("postings"),
    longTerms: environment.table("long-terms"),
    columns: environment.table("columns"),
  };
  return { tables, created };
}

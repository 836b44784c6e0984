// The tables of a label index on disk and its schema version.
import { schemaVersion } from "../codec.ts";
import type { Database, Environment } from "../environment.ts";
import type { ColumnTable } from "./columns.ts";
import type { LongTermTable, PostingTable } from "./postings.ts";

/** Raised when keys or sets on disk change their meaning. */
const indexVersion = 1;

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
  const ours = `${indexVersion}.${schemaVersion}`;
  const created = await environment.write(() => {
    const theirs = meta.get("schema")?.toString("utf8");
    if (theirs !== undefined) refuseNewer(environment.directory, theirs);
    if (theirs !== ours) void meta.put("schema", Buffer.from(ours));
    return theirs === undefined;
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

/** A version is that of the index and that of the values in it, "1.1". */
function refuseNewer(directory: string, theirs: string): void {
  const [index = Number.NaN, values = Number.NaN] = theirs.split(".").map(Number);
  if (index <= indexVersion && values <= schemaVersion) return;
  const expected = `expected schema version ${indexVersion}.${schemaVersion} or older`;
  throw newerIndex(directory, `${expected}, got ${JSON.stringify(theirs)}`);
}

/** Says what a person can do about it. */
export function newerIndex(directory: string, what: string): NewerIndex {
  return new NewerIndex(
    `label index in ${directory}: ${what}; it was written by a newer version of this program: use that one, or another folder`,
  );
}

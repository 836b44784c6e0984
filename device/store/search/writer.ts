// Writes documents and their index entries; every function here runs inside one write transaction of the environment.
import type { LabelDocument } from "../../label.ts";
import { DamagedValue, NewerValue, openJson, sealJson } from "../codec.ts";
import { createColumnChanges } from "./columns.ts";
import { type Entries, entriesOf } from "./entries.ts";
import { liveNumber, readFieldTable } from "./field-table.ts";
import { createPostingChanges } from "./postings.ts";
import type { Tables } from "./tables.ts";

/** A document with its name, checked. */
export type NamedDocument = { readonly fingerprint: string; readonly document: object };

/** What came of writing one document. */
export type WriteOutcome = "created" | "exists" | "replaced";

/** A document set aside because it could not be read. */
export type SetAside = {
  readonly number: number;
  readonly fingerprint: string | null;
  readonly reason: string;
};

/** Gathers changes of one transaction. Life: put, remove… → finish once. */
export type IndexWriter = {
  readonly put: (named: NamedDocument, overwrite: boolean) => WriteOutcome;
  readonly remove: (fingerprint: string) => boolean;
  /** Indexes a document under the number it has. */
  readonly index: (document: number, named: NamedDocument) => void;
  /** Moves an unreadable document out of the way, with its bytes. */
  readonly setAside: (document: number, reason: string) => void;
  /** Writes what was gathered. @returns what was set aside. */
  readonly finish: () => readonly SetAside[];
};

/** Begins a transaction's work. */
export function createIndexWriter(tables: Tables): IndexWriter {
  const fields = readFieldTable(tables.fields);
  const postings = createPostingChanges(tables.postings, tables.longTerms);
  const columns = createColumnChanges(tables.columns);
  const stage = (number: number, { terms, dates }: Entries, present: boolean): void => {
    for (const [field, fieldTerms] of terms)
      for (const term of fieldTerms) postings.stage(field, term, number, present);
    for (const [field, ms] of dates) columns.set(field, number, present ? ms : Number.NaN);
    postings.stage(liveNumber, true, number, present);
  };

  let next: number | null = null;
  const takeNumber = (): number => {
    next ??= readNextNumber(tables);
    next += 1;
    return next - 1;
  };
  const add = (number: number, { fingerprint, document }: NamedDocument): void => {
    void tables.documents.put(number, sealJson(document));
    void tables.numbers.put(fingerprint, sealJson(number));
    stage(number, entriesOf(document, fields.findOrAdd), true);
  };
  const damaged: SetAside[] = [];
  const setAside = (number: number, reason: string): void => {
    const sealed = tables.documents.get(number);
    // Another process may have been here first.
    if (sealed === undefined) return;
    void tables.damaged.put(number, sealed);
    void tables.documents.remove(number);
    const fingerprint = fingerprintOf(tables, number);
    if (fingerprint !== null) void tables.numbers.remove(fingerprint);
    postings.stage(liveNumber, true, number, false);
    damaged.push({ number, fingerprint, reason });
  };

  /** Takes a document's entries back; what cannot be read is set aside. */
  const unstage = (number: number, sealed: Buffer): "taken back" | "set aside" => {
    const document = readDocument(sealed);
    if (document instanceof DamagedValue) {
      setAside(number, document.message);
      return "set aside";
    }
    stage(number, entriesOf(document, fields.findOrAdd), false);
    return "taken back";
  };

  return {
    put: (named, overwrite) => {
      const number = numberOf(tables, named.fingerprint);
      const sealed = number === null ? undefined : tables.documents.get(number);
      if (number === null || sealed === undefined) {
        add(takeNumber(), named);
        return "created";
      }
      if (!overwrite) return "exists";
      add(unstage(number, sealed) === "taken back" ? number : takeNumber(), named);
      return "replaced";
    },
    remove: (fingerprint) => {
      const number = numberOf(tables, fingerprint);
      const sealed = number === null ? undefined : tables.documents.get(number);
      if (number === null || sealed === undefined) return false;
      if (unstage(number, sealed) === "taken back") {
        void tables.documents.remove(number);
        void tables.numbers.remove(fingerprint);
      }
      return true;
    },
    index: (number, named) => add(number, named),
    setAside,
    finish: () => {
      postings.write();
      columns.write();
      if (next !== null) void tables.meta.put("next", sealJson(next));
      return damaged;
    },
  };
}

/**
 * The document number of a fingerprint; null: not there.
 * @throws DamagedValue
 */
export function numberOf(tables: Tables, fingerprint: string): number | null {
  const sealed = tables.numbers.get(fingerprint);
  return sealed === undefined ? null : openJson<number>(sealed);
}

/**
 * Opens a document, or says in what way it is damaged.
 * @throws NewerValue
 */
export function readDocument(sealed: Buffer): LabelDocument | DamagedValue {
  try {
    return openJson<LabelDocument>(sealed);
  } catch (cause) {
    if (cause instanceof DamagedValue && !(cause instanceof NewerValue)) return cause;
    throw cause;
  }
}

/** Document numbers are never used twice, so that what is left of a damaged document's entries cannot point at another. */
function readNextNumber(tables: Tables): number {
  const sealed = tables.meta.get("next");
  if (sealed !== undefined) {
    const next = readDocument(sealed) as unknown;
    if (typeof next === "number") return next;
  }
  const lasts = [tables.documents, tables.damaged].map(
    (table) => [...table.getKeys({ reverse: true, limit: 1 })][0] ?? -1,
  );
  return Math.max(...lasts) + 1;
}

function fingerprintOf(tables: Tables, number: number): string | null {
  for (const { key, value } of tables.numbers.getRange({}))
    if (openJson<number>(value) === number) return key;
  return null;
}

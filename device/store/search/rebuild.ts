// Builds an index anew from its documents, when something of the index itself is damaged. Runs inside one write transaction.
import { DamagedValue } from "../codec.ts";
import type { Database, Key } from "../environment.ts";
import type { Tables } from "./tables.ts";
import { createIndexWriter, readDocument, type SetAside } from "./writer.ts";

// Bounds what is gathered in memory at a time.
const batchSize = 1000;

/** Builds the index anew. @returns the documents that could not be read and were set aside. */
export function rebuildIndex(tables: Tables): SetAside[] {
  for (const table of [tables.fields, tables.longTerms, tables.numbers]) clearTable(table);
  clearTable(tables.postings);
  clearTable(tables.columns);
  const damaged: SetAside[] = [];
  const numbers = [...tables.documents.getKeys({})];
  for (let start = 0; start < numbers.length; start += batchSize) {
    const writer = createIndexWriter(tables);
    for (const number of numbers.slice(start, start + batchSize)) {
      const document = readDocument(tables.documents.get(number)!);
      if (document instanceof DamagedValue) writer.setAside(number, document.message);
      else writer.index(number, { fingerprint: document.label_fingerprint, document });
    }
    damaged.push(...writer.finish());
  }
  return damaged;
}

function clearTable<K extends Key>(table: Database<Buffer, K>): void {
  for (const key of [...table.getKeys({})]) void table.remove(key);
}

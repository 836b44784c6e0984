// The label search of this machine: label documents by fingerprint and an index over all their fields, in one lmdb environment of its own.
// Several processes may read and write it at once.
import type { LabelDocument } from "../label.ts";
import type { Log } from "../log.ts";
import type { LabelQuery } from "../query.ts";
import { DamagedValue, NewerValue } from "./codec.ts";
import { openEnvironment } from "./environment.ts";
import { createColumnReader } from "./search/columns.ts";
import { filterOf } from "./search/conditions.ts";
import { type DocSet, documentsOf, sizeOf } from "./search/doc-set.ts";
import { entriesOf } from "./search/entries.ts";
import { readFieldTable } from "./search/field-table.ts";
import { byFingerprint, orderByTime } from "./search/order.ts";
import { findDocuments } from "./search/planner.ts";
import { rebuildIndex } from "./search/rebuild.ts";
import { newerIndex, openTables } from "./search/tables.ts";
import {
  createIndexWriter,
  type IndexWriter,
  type NamedDocument,
  numberOf,
  readDocument,
  type SetAside,
  type WriteOutcome,
} from "./search/writer.ts";

/** Label documents on this machine's disk, searchable. Life: open → use → close. */
export type LabelSearch = {
  /** Whether opening it made it. */
  readonly created: boolean;
  /** One outcome per document, in order; all of one call become visible together. On disk when it resolves. */
  readonly put: (
    documents: readonly NamedDocument[],
    options: { overwrite: boolean },
  ) => Promise<WriteOutcome[]>;
  /** true where the document was there, in order. On disk when it resolves. */
  readonly remove: (fingerprints: readonly string[]) => Promise<boolean[]>;
  readonly get: (fingerprints: readonly string[]) => Promise<Map<string, LabelDocument>>;
  /**
   * Every match, in order of timestamp (milliseconds) then fingerprint, read as it is asked for; what is removed meanwhile is left out.
   * @throws QueryError
   */
  readonly search: (query: LabelQuery, signal: AbortSignal) => AsyncGenerator<LabelDocument>;
  /** @throws QueryError */
  readonly count: (query: LabelQuery) => Promise<number>;
  /** How many documents were set aside as damaged since the index was made; their bytes are kept. */
  readonly damaged: () => number;
  /** Bytes of the data file. */
  readonly fileBytes: () => number;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

// How many documents are read before other work gets its turn, some 5 ms.
const pageSize = 256;

/** How long its file is looked through first, ms: a car may be driving, and is stopped after 170 ms without a command. */
const lookMs = 50;

/**
 * Opens the label search in a folder, making it when missing.
 * @throws NewerIndex
 */
export async function openLabelSearch(options: { directory: string; log: Log }): Promise<LabelSearch> {
  const { directory, log } = options;
  const environment = openEnvironment(directory, { lookMs });
  const { tables, created } = await openTables(environment).catch(async (cause) => {
    await environment.close();
    throw cause;
  });

  const report = ({ number, fingerprint, reason }: SetAside): void =>
    log.error(
      { directory, number, fingerprint, reason },
      `label ${fingerprint ?? `number ${number}`} is damaged (${reason}) and was set aside; the rest stays searchable`,
    );

  /** Runs `work`; where the index (not a document) proves damaged it is built anew, and `work` runs once more. */
  const mending = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof DamagedValue)) throw cause;
      // Not damage, and not ours to change.
      if (cause instanceof NewerValue) throw newerIndex(directory, cause.message);
      log.warn(
        { directory, reason: cause.message },
        "the label index is damaged; building it anew from its labels",
      );
      const setAside = await environment.write(() => rebuildIndex(tables));
      setAside.forEach(report);
      return await work();
    }
  };

  const write = async <T>(work: (writer: IndexWriter) => T): Promise<T> => {
    const result = await mending(() =>
      environment.write(() => {
        const writer = createIndexWriter(tables);
        const done = work(writer);
        const setAside = writer.finish();
        return { done, setAside };
      }),
    );
    result.setAside.forEach(report);
    await environment.flushed();
    return result.done;
  };

  let closed = false;
  /** null: it was removed. */
  const readNumbered = (number: number): LabelDocument | DamagedValue | null => {
    if (closed) throw new Error(`label index in ${directory}: it was closed while being read`);
    const sealed = tables.documents.get(number);
    return sealed === undefined ? null : readDocument(sealed);
  };

  /** Another process may have written since this one last read. */
  const find = (query: LabelQuery): DocSet => {
    tables.documents.resetReadTxn();
    const fields = readFieldTable(tables.fields);
    const termsOf = (number: number, field: number) => {
      const document = readNumbered(number);
      if (document === null || document instanceof DamagedValue) return [];
      return entriesOf(document, (path) => fields.find(path)).terms.get(field) ?? [];
    };
    return findDocuments({ ...tables, termsOf }, filterOf(query, fields));
  };

  async function* search(query: LabelQuery, signal: AbortSignal): AsyncGenerator<LabelDocument> {
    signal.throwIfAborted();
    const groups = await mending(() => {
      const found = find(query);
      const time = readFieldTable(tables.fields).find("timestamp");
      const timeOf = time === null ? () => Number.NaN : createColumnReader(tables.columns, time.number);
      return orderByTime(documentsOf(found), timeOf);
    });
    const damaged: { number: number; reason: string }[] = [];
    const read = (number: number): LabelDocument[] => {
      const document = readNumbered(number);
      if (document instanceof DamagedValue) damaged.push({ number, reason: document.message });
      return document === null || document instanceof DamagedValue ? [] : [document];
    };
    let sinceTurn = 0;
    try {
      for (const group of groups) {
        for (const number of group.length === 1 ? group : byName(group, read)) {
          yield* read(number);
          sinceTurn += 1;
          if (sinceTurn % pageSize !== 0) continue;
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
        }
      }
    } finally {
      // Also when the caller had enough before the end.
      if (damaged.length > 0) {
        await write((writer) => {
          for (const { number, reason } of damaged) writer.setAside(number, reason);
        });
      }
    }
  }

  return {
    created,
    put: (documents, { overwrite }) =>
      write((writer) => documents.map((named) => writer.put(named, overwrite))),
    remove: (fingerprints) =>
      write((writer) => fingerprints.map((fingerprint) => writer.remove(fingerprint))),
    get: (fingerprints) =>
      mending(() => {
        tables.documents.resetReadTxn();
        const found = new Map<string, LabelDocument>();
        for (const fingerprint of fingerprints) {
          const number = numberOf(tables, fingerprint);
          const document = number === null ? null : readNumbered(number);
          if (document !== null && !(document instanceof DamagedValue)) found.set(fingerprint, document);
        }
        return found;
      }),
    search,
    count: (query) => mending(() => sizeOf(find(query))),
    damaged: () => tables.damaged.getKeysCount({}),
    fileBytes: environment.fileBytes,
    close: async () => {
      closed = true;
      await environment.close();
    },
  };
}

/** Documents of one moment in order of their fingerprints. */
function byName(group: readonly number[], read: (number: number) => LabelDocument[]): number[] {
  const named = group.flatMap((number) =>
    read(number).map((document) => ({ number, fingerprint: document.label_fingerprint })),
  );
  return byFingerprint(named).map(({ number }) => number);
}

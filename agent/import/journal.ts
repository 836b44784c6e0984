// What this machine has sent to an annotation API, so that an import that was cut off goes on, and one that is done is not done again. It is a help:
// the truth is at the server. A store of its own, so that an import runs beside an agent, which holds the lock of the main one.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { StoreLocked } from "../../device/store/lock.ts";
import { openStore } from "../../device/store/store.ts";
import type { NewSequence } from "../../sync/clients/annotation-api.ts";
import type { ImportProblem } from "./import-sequence.ts";

/** One sequence on its way, or there. */
export type JournalEntry = {
  /** begun: perhaps half of it is there. done: all that can be. */
  readonly state: "begun" | "done";
  /** Whether this import made it there, and so may take it away again. */
  readonly own: boolean;
  /** Fingerprint of the source's row and the options that made it; a row that did not change is not read again. */
  readonly row: string | null;
  /** Fingerprint of everything that was sent. */
  readonly content: string | null;
  /** Fingerprints of the annotations this import wrote, the newest last: any other is somebody else's. */
  readonly annotations: readonly string[];
  /** Nothing was there to annotate. */
  readonly boxless: boolean;
  /** Records that could not go in. */
  readonly leftOut: readonly ImportProblem[];
};

/** The natural key of a sequence at an annotation API, and the alert it belongs to where that is another number. */
export type ImportKey = Pick<NewSequence, "source_api" | "alert_api_id" | "platform_alert_id">;

/** The journal of one annotation API. Life: openImportJournal → use → close. */
export type ImportJournal = {
  /** null: never begun from here. */
  readonly read: (key: ImportKey) => JournalEntry | null;
  /** On disk when it resolves. */
  readonly write: (key: ImportKey, entry: JournalEntry) => Promise<void>;
  /** The sequence was taken away. */
  readonly forget: (key: ImportKey) => Promise<void>;
  /** Sequences that were begun and are not done. */
  readonly begun: () => readonly ImportKey[];
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** Each sequence waits for its own commits. */
const commitWindowMs = 5;

export type JournalOptions = {
  /** The data folder. */
  readonly data: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Only look, as a dry run does; also beside an import that runs. */
  readonly readOnly: boolean;
};

/** Opens (or makes) the journal in `<data>/import`. @throws StoreLocked when another import runs on this machine. */
export function openImportJournal(annotationUrl: string, options: JournalOptions): ImportJournal {
  const { data, clock, log, readOnly } = options;
  const directory = join(data, "import");
  if (readOnly && !existsSync(join(directory, "data.mdb"))) return emptyJournal;
  const store = openOrExplain({ directory, clock, log, commitWindowMs, readOnly });
  const prefix = `import ${annotationUrl} `;
  const keyOf = ({ source_api, alert_api_id }: ImportKey): string => `${prefix}${source_api} ${alert_api_id}`;
  return {
    read: (key) => store.notes.get(keyOf(key)) as JournalEntry | null,
    write: (key, entry) => store.commit(() => store.notes.put(keyOf(key), entry)),
    forget: (key) => store.commit(() => void store.notes.remove(keyOf(key))),
    begun: () =>
      [...store.notes.range({ start: prefix, end: `${prefix}\uffff` })]
        .filter(({ value }) => (value as JournalEntry).state === "begun")
        .map(({ key }) => {
          const [source_api, alert_api_id] = key.slice(prefix.length).split(" ");
          return { source_api: source_api as ImportKey["source_api"], alert_api_id: Number(alert_api_id) };
        }),
    close: () => store.close(),
  };
}

function openOrExplain(options: Parameters<typeof openStore>[0]): ReturnType<typeof openStore> {
  try {
    return openStore(options);
  } catch (cause) {
    if (!(cause instanceof StoreLocked)) throw cause;
    throw new StoreLocked(
      `Another import runs with this data folder${cause.pid === null ? "" : ` (process ${cause.pid})`}: wait for its end, or give this one another folder with --data.`,
      cause.pid,
    );
  }
}

/** Nothing was ever imported from here. */
const emptyJournal: ImportJournal = {
  read: () => null,
  write: async () => undefined,
  forget: async () => undefined,
  begun: () => [],
  close: async () => undefined,
};

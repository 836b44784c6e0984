// The tables of a store by name, and what each holds.
import type { Detection } from "../detection.ts";
import type { FrameRecord } from "../frame.ts";
import type { IndividualRecord } from "../individual.ts";
import type { Act } from "../individual-act.ts";
import type { LabelDocument } from "../label.ts";
import type { Origin } from "../origin.ts";
import type { RunRecord } from "../run.ts";
import type { SequenceFrame, SequenceRecord } from "../sequence.ts";
import type { SightingRecord } from "../sighting.ts";
import type { DamagedEntry } from "./damage.ts";
import type { Environment } from "./environment.ts";
import type { JournalEntry } from "./journal.ts";
import type { OutboxEntry, ParkedEntry, Receipt } from "./outbox.ts";
import { bytesTable, jsonTable, type Table, type TableOptions } from "./table.ts";

export type StoreTables = ReturnType<typeof openStoreTables>;

/** Table name of each member of StoreTables. */
export const tableNames = {
  counters: "counters",
  notes: "notes",
  damaged: "damaged",
  journal: "journal",
  records: "frames",
  pictures: "pictures",
  documents: "labels",
  owners: "label-owners",
  detections: "detections",
  runs: "runs",
  queue: "outbox",
  waiting: "outbox-waiting",
  receipts: "receipts",
  parked: "outbox-parked",
  sequences: "sequences",
  sequenceFrames: "sequence-frames",
  individuals: "individuals",
  aliases: "individual-aliases",
  sightings: "sightings",
  sightingsOf: "sightings-of",
  embeddings: "embeddings",
  hashes: "hashes",
  origins: "origins",
  contents: "contents",
  acts: "individual-acts",
} as const;

/** The table that holds the identity of the store. */
export const metaTable = "meta";

/** Opens (or makes) the tables of a store. */
export function openStoreTables(environment: Environment, deps: Omit<TableOptions, "name">) {
  const json = <K extends string | number | (string | number)[], V>(name: string): Table<K, V> =>
    jsonTable<K, V>(environment.table<K>(name), { name, ...deps });
  return {
    counters: json<string, number>(tableNames.counters),
    /** Small facts of other rooms, by name. */
    notes: json<string, unknown>(tableNames.notes),
    damaged: json<string, DamagedEntry>(tableNames.damaged),
    journal: json<number, JournalEntry>(tableNames.journal),
    /** img_id → record */
    records: json<string, FrameRecord>(tableNames.records),
    /** img_id → encoded picture */
    pictures: bytesTable<string>(environment.table(tableNames.pictures), {
      name: tableNames.pictures,
      ...deps,
    }),
    /** [img_id, fingerprint] → document */
    documents: json<[string, string], LabelDocument>(tableNames.documents),
    /** fingerprint → img_id */
    owners: json<string, string>(tableNames.owners),
    /** [img_id, model, index] → detection */
    detections: json<[string, string, number], Detection>(tableNames.detections),
    runs: json<string, RunRecord>(tableNames.runs),
    /** [target, lane number, sequence] → entry */
    queue: json<[string, number, number], OutboxEntry>(tableNames.queue),
    /** [kind, id, target] → where it waits */
    waiting: json<[string, string, string], { lane: number; sequence: number }>(tableNames.waiting),
    /** [kind, id, target] → proof */
    receipts: json<[string, string, string], Receipt>(tableNames.receipts),
    /** [kind, id, target] → refusal */
    parked: json<[string, string, string], ParkedEntry>(tableNames.parked),
    sequences: json<string, SequenceRecord>(tableNames.sequences),
    /** [sequence, img_id] → what it shows there */
    sequenceFrames: json<[string, string], SequenceFrame>(tableNames.sequenceFrames),
    individuals: json<string, IndividualRecord>(tableNames.individuals),
    /** [scope, SHA-256 of the alias] → individual */
    aliases: json<[string, string], string>(tableNames.aliases),
    sightings: json<string, SightingRecord>(tableNames.sightings),
    /** ["frame", img_id, sighting], ["individual", individual, sighting] and ["sequence", sequence, sighting] → true */
    sightingsOf: json<["frame" | "individual" | "sequence", string, string], true>(tableNames.sightingsOf),
    /** [space, sighting] → unit vector, float32 little-endian */
    embeddings: bytesTable<[string, string]>(environment.table(tableNames.embeddings), {
      name: tableNames.embeddings,
      ...deps,
    }),
    /** img_id → perceptual hashes */
    hashes: bytesTable<string>(environment.table(tableNames.hashes), { name: tableNames.hashes, ...deps }),
    /** SHA-256 of the canonical path → where a picture came from */
    origins: json<string, Origin>(tableNames.origins),
    /** SHA-256 of a picture → img_id */
    contents: json<string, string>(tableNames.contents),
    /** ULID → what a person did to individuals; never pruned */
    acts: json<string, Act>(tableNames.acts),
  };
}

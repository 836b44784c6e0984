// `outrider import`, put together: services, journal, what the source has, what is there, and a job for each sequence.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { AnnotationApi } from "../../sync/clients/annotation-api.ts";
import { createClosing } from "../closing.ts";
import type { Config } from "../config.ts";
import type { Person } from "../person.ts";
import type { ImportAccounts } from "./accounts.ts";
import { annotateExisting } from "./annotate-existing.ts";
import { previewOne } from "./dry-run.ts";
import { runJobs, tallied } from "./import.ts";
import { importOne, type Work } from "./import-one.ts";
import type { ImportResult, Tally } from "./import-result.ts";
import type { FoundSequence } from "./import-source.ts";
import { importToStore } from "./import-to-store.ts";
import { type ImportJournal, openImportJournal } from "./journal.ts";
import { openServices, type Services } from "./open-services.ts";
import type { ImportOptions } from "./options.ts";
import type { Job } from "./outcome.ts";
import { askToOverwrite } from "./overwrite.ts";
import { type Again, createPatience } from "./patience.ts";
import { rollBack } from "./roll-back.ts";
import { createSlots } from "./slots.ts";
import { sourceIdOf } from "./split-objects.ts";
import { splitWorks } from "./split-works.ts";
import { survey } from "./survey.ts";

export type RunImportOptions = {
  readonly options: ImportOptions;
  readonly accounts: ImportAccounts;
  /** The data folder holds the journal, and the store; `sync.caFile` is for these services, too. */
  readonly config: Pick<Config, "data" | "store" | "sync">;
  readonly person: Person;
  readonly clock: Clock;
  /** Gives [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Detections at once for each worker: a sequence has some under way while another waits for its row. */
const slotsPerWorker = 4;
const mostSlots = 64;
/** Attempts of the first look at a service that find nobody there: a person who mistyped an address is waiting. One that answers badly is there. */
const quickAttempts = 3;
/** Of each call of the first look in all: without it nothing is done, and one that logs in needs two good answers in a row. */
const firstAttempts = 12;

/** Runs the import. @throws SyncError when a service cannot be reached at all, StoreLocked beside another import. */
export async function runImport(given: RunImportOptions): Promise<ImportResult> {
  const { options, log, signal } = given;
  const closing = createClosing();
  const slots = Math.min(mostSlots, options.maxWorkers * slotsPerWorker);
  try {
    return await tallied(options.dryRun, signal, async (tally) => {
      const onRetry = (): void => {
        tally.retriedCalls += 1;
      };
      const patience = { ...given, onRetry };
      const again = createPatience(patience);
      const quick = createPatience({
        ...patience,
        attempts: firstAttempts,
        attemptsUnreachable: quickAttempts,
      });
      const services = await openServices({
        ...given,
        caFile: given.config.sync.caFile,
        again,
        quick,
        add: closing.add,
        maxConnections: slots,
      });
      const found = await listFound(services, tally, given);
      if (options.clone?.countOnly === true) {
        tally.totalSequences = found.length;
        return;
      }
      if (options.to === "store") return await keepAll(found, { ...given, services, tally, again });
      const api = services.api!;
      const journal = closing.add(
        openImportJournal(api.url, { ...given, data: given.config.data, readOnly: options.dryRun }),
      );
      const jobs = await jobsOf(found, { ...given, services, api, journal, again, slots, tally });
      tellHalf(found, journal, tally);
      log.info({}, `${jobs.length} sequence(s) to go through, into the annotation API ${api.url}`);
      await runJobs(jobs, tally, {
        ...given,
        maxWorkers: options.maxWorkers,
        gone: services.gone,
        undo: (one) => rollBack(one.key, { api, again, journal, signal }),
      });
    });
  } finally {
    await closing.close();
  }
}

/** What an earlier run left half, and this one was not asked for, is at least not silent. */
function tellHalf(found: readonly FoundSequence[], journal: ImportJournal, tally: Tally): void {
  const asked = new Set(found.map(({ id }) => id));
  for (const { alert_api_id } of journal.begun()) {
    const id = sourceIdOf(alert_api_id);
    if (!asked.has(id))
      tally.notes.push({
        of: `sequence ${id}`,
        problem: `an earlier run was cut off in it: import its day again, or --sequence-list ${id}`,
      });
  }
}

/** `--to store`: into this device's own store; a dry run opens none. */
async function keepAll(
  found: readonly FoundSequence[],
  making: Omit<Making, "api" | "journal" | "slots">,
): Promise<void> {
  const works = await worksOf(found, making);
  const { options, services, tally } = making;
  await importToStore(works, tally, {
    ...making,
    source: services.source,
    gone: services.gone,
    maxWorkers: options.maxWorkers,
  });
}

/** What the source has, as far as it was asked for. */
async function listFound(
  { source }: Services,
  tally: Tally,
  { options, log }: RunImportOptions,
): Promise<readonly FoundSequence[]> {
  const { found, problems } = await source.list();
  tally.problems.push(...problems);
  const kept = found.slice(0, options.maxSequences ?? found.length);
  log.info(
    {},
    `${found.length} sequence(s) at the ${source.name}${kept.length < found.length ? `, ${kept.length} of them asked for` : ""}`,
  );
  return kept;
}

type Making = RunImportOptions & {
  readonly services: Services;
  readonly api: AnnotationApi;
  readonly journal: ImportJournal;
  readonly again: Again;
  readonly slots: number;
  readonly tally: Tally;
};

/** A job for each sequence: look, annotate what is there, or import. */
async function jobsOf(found: readonly FoundSequence[], making: Making): Promise<readonly Job[]> {
  const { options, services, tally } = making;
  const { source } = services;
  const works = await worksOf(found, making);
  const there = await survey(
    works.map((work) => work.found),
    making,
  );
  if (options.dryRun) {
    const onPreview = (preview: Tally["preview"][number]): void => void tally.preview.push(preview);
    const deps = { ...making, survey: there, onPreview };
    return works.map((work) => ({ found: work.found, run: () => previewOne(work, deps) }));
  }
  const replaced = options.overwrite
    ? await askToOverwrite(
        works.map((work) => work.found),
        { ...making, survey: there, maxWorkers: options.maxWorkers },
      )
    : new Set<FoundSequence>();
  const overwrites = (one: FoundSequence): boolean => replaced.has(one);
  if (options.skipPlatformFetch)
    return works.flatMap(({ found: one }) => {
      const row = there.row(one.key);
      return row === null
        ? []
        : { found: one, run: () => annotateExisting(row, one, { ...making, overwrites }) };
    });
  const deps = {
    ...making,
    source,
    survey: there,
    pictures: options.pictures,
    atOnce: making.slots,
    slots: createSlots(making.slots),
    overwrites,
  };
  return works.map((work) => ({ found: work.found, run: (isAgain) => importOne(work, isAgain, deps) }));
}

async function worksOf(
  found: readonly FoundSequence[],
  making: Omit<Making, "api" | "journal" | "slots">,
): Promise<readonly Work[]> {
  const { options, services, tally } = making;
  const { source } = services;
  if (!options.splitObjects)
    return found.map((one) => ({ found: one, read: () => source.read(one), isObject: false }));
  const { works, failed, notes } = await splitWorks(found, { ...making, source, gone: services.gone });
  tally.totalSequences += failed.length;
  tally.failedSequences += failed.length;
  tally.problems.push(...failed);
  tally.notes.push(...notes);
  return works;
}

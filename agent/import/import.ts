// The run of an import: a bounded number of sequences at once, each on its own; those that fail are tried once more at the end, then taken back
// or left for the next run, and told. Whatever is done with a sequence is its job's to know.
import type { Log } from "../../device/log.ts";
import { MissingParent } from "../../sync/clients/missing-parent.ts";
import { SyncError } from "../../sync/errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { Person } from "../person.ts";
import { type Gone, throwIfGone } from "./gone.ts";
import { createTally, type ImportResult, type Tally } from "./import-result.ts";
import { type FoundSequence, nameOf } from "./import-source.ts";
import type { Job, Outcome } from "./outcome.ts";
import type { RolledBack } from "./roll-back.ts";

export type RunJobsDeps = {
  readonly maxWorkers: number;
  /** Takes back what a failed sequence left. @throws SyncError */
  readonly undo: (found: FoundSequence) => Promise<RolledBack>;
  readonly gone: Gone;
  readonly person: Pick<Person, "progress">;
  readonly log: Log;
  readonly signal: AbortSignal;
};

type Failures = ReadonlyMap<Job, SyncError>;

/** Runs the jobs and counts into the tally. @throws the signal's reason when it aborts; what was done is counted. */
export async function runJobs(jobs: readonly Job[], tally: Tally, deps: RunJobsDeps): Promise<void> {
  const { gone, person, signal, log } = deps;
  tally.totalSequences += jobs.length;
  const progress = person.progress("sequences", jobs.length);
  const tryAll = async (each: readonly Job[], isAgain: boolean): Promise<Failures> => {
    const failures = new Map<Job, SyncError>();
    await inParallel(each, deps.maxWorkers, signal, async (job) => {
      const name = nameOf(job.found);
      try {
        throwIfGone(gone);
        const outcome = await job.run(isAgain);
        log.debug({ outcome: outcome.kind }, name);
        count(name, outcome, tally);
        progress.step();
      } catch (cause) {
        signal.throwIfAborted();
        const failure = failureOf(cause);
        log[cause === failure ? "debug" : "error"]({ cause }, `${name} failed`);
        failures.set(job, failure);
        await gone.look(failure);
      }
    });
    return failures;
  };
  try {
    const failures = new Map(await tryAll(jobs, false));
    const passing = [...failures].filter(([, failure]) => mayPass(failure)).map(([job]) => job);
    if (passing.length > 0 && gone.why() === null) {
      log.info({}, `${passing.length} sequence(s) failed and are tried once more`);
      tally.retriedSequences += passing.length;
      for (const job of passing) failures.delete(job);
      for (const [job, failure] of await tryAll(passing, true)) failures.set(job, failure);
    }
    await inParallel(failures, deps.maxWorkers, signal, async ([{ found }, { message }]) => {
      tally.failedSequences += 1;
      const left =
        gone.why() === null ? await takeBack(found, tally, deps) : "; the next run goes on with it";
      tally.problems.push({ of: nameOf(found), problem: `${message}${left}` });
      progress.step();
    });
  } finally {
    progress.end();
  }
}

function count(name: string, outcome: Outcome, tally: Tally): void {
  const { kind, annotated } = outcome;
  tally.problems.push(...outcome.problems);
  tally.notes.push(...outcome.notes);
  (kind === "skipped" ? tally.leftOutBefore : tally.leftOut).push(...outcome.leftOut);
  tally.detectionsCreated += outcome.detections;
  tally.refreshedScores += outcome.refreshed ? 1 : 0;
  tally.skippedAlerts += outcome.alertSkipped ? 1 : 0;
  tally.annotationsCreated += annotated === "created" ? 1 : 0;
  tally.annotationsUpdated += annotated === "updated" ? 1 : 0;
  tally.successfulSequences += kind === "done" ? 1 : 0;
  tally.skippedSequences += kind === "skipped" ? 1 : 0;
  tally.failedSequences += kind === "refused" || kind === "boxless" ? 1 : 0;
  if (kind === "left alone") tally.leftAlone.push(name);
  if (kind === "boxless")
    tally.problems.push({
      of: name,
      problem: `${tally.dryRun ? "it would be there" : "it is there"}; no box is left to make an annotation of (see the thresholds)`,
    });
}

/** One sequence's trouble, however unforeseen, is no other's. */
function failureOf(cause: unknown): SyncError {
  if (cause instanceof SyncError) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  return new SyncError("permanent", words, { cause });
}

/** Whether another try may help: also where the row that we wrote to was taken away in between. */
function mayPass(failure: SyncError): boolean {
  return failure.kind !== "permanent" || failure instanceof MissingParent;
}

/** Takes back what a failed sequence left, where that can be done, and says what stands. */
async function takeBack(found: FoundSequence, tally: Tally, { undo, signal }: RunJobsDeps): Promise<string> {
  try {
    const outcome = await undo(found);
    if (outcome === "nothing") return "";
    if (outcome === "kept") return "; what is there stays, and the next run goes on with it";
    tally.rolledBack.push(nameOf(found));
    return "; rolled back";
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof SyncError)) throw cause;
    return `; taking it back failed, too (${cause.message}), and the next run goes on with it`;
  }
}

/** Runs `work` with a fresh tally; a stop by the signal is a result, too. */
export async function tallied(
  dryRun: boolean,
  signal: AbortSignal,
  work: (tally: Tally) => Promise<void>,
): Promise<ImportResult> {
  const tally = createTally(dryRun);
  try {
    await work(tally);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    tally.stopped = true;
  }
  // They come in the order in which they were read, which is another one at each run.
  tally.preview.sort((a, b) => a.recordedAt.localeCompare(b.recordedAt) || a.alertApiId - b.alertApiId);
  return tally;
}

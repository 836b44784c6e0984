// With --split-objects every sequence is read before the first is sent: an object that was split off is dropped where another sequence calls it
// its own, which is known only when all have been seen.
import { SyncError } from "../../sync/errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { Person } from "../person.ts";
import { type Gone, throwIfGone } from "./gone.ts";
import type { Work } from "./import-one.ts";
import type { ImportProblem, ImportSequence } from "./import-sequence.ts";
import { type FoundSequence, type ImportSource, nameOf } from "./import-source.ts";
import type { ImportOptions } from "./options.ts";
import { createOwnBoxes } from "./own-boxes.ts";
import { isSibling, splitObjects } from "./split-objects.ts";

export type SplitWorksDeps = {
  readonly source: ImportSource;
  readonly options: Pick<ImportOptions, "maxWorkers">;
  readonly gone: Gone;
  readonly person: Pick<Person, "progress">;
  readonly signal: AbortSignal;
};

export type SplitWorks = {
  readonly works: readonly Work[];
  /** Sequences that could not be read, or are refused. */
  readonly failed: readonly ImportProblem[];
  readonly notes: readonly ImportProblem[];
};

/** Reads everything (records, no pictures) and makes a work of each object. */
export async function splitWorks(found: readonly FoundSequence[], deps: SplitWorksDeps): Promise<SplitWorks> {
  const failed: ImportProblem[] = [];
  const whole = await readAll(found, failed, deps);
  const own = createOwnBoxes();
  for (const { sequence } of whole) own.note(sequence);
  const notes: ImportProblem[] = [];
  const works = whole.flatMap(({ found: of, sequence }) => {
    const lanes = splitObjects(sequence, deps.source.view(of));
    return lanes.flatMap((lane) => {
      const owner = isSibling(lane) ? own.ownerOf(lane) : null;
      if (owner === null) return workOf(of, lane, lane !== sequence);
      notes.push({
        of: nameOf(of),
        problem: `an object beside it is left out: it is sequence ${owner}'s own`,
      });
      return [];
    });
  });
  return { works, failed, notes };
}

/** In the order found. What fails is tried once more at the end. */
async function readAll(
  found: readonly FoundSequence[],
  failed: ImportProblem[],
  { source, options, gone, person, signal }: SplitWorksDeps,
): Promise<readonly { readonly found: FoundSequence; readonly sequence: ImportSequence }[]> {
  const read = new Map<FoundSequence, ImportSequence>();
  const progress = person.progress("reading", found.length);
  const tryAll = async (each: readonly FoundSequence[]): Promise<ReadonlyMap<FoundSequence, string>> => {
    const again = new Map<FoundSequence, string>();
    await inParallel(each, options.maxWorkers, signal, async (one) => {
      try {
        throwIfGone(gone);
        const { sequence, refused } = await source.read(one);
        if (sequence === null) failed.push(...refused);
        else read.set(one, sequence);
        progress.step();
      } catch (cause) {
        if (!(cause instanceof SyncError)) throw cause;
        again.set(one, cause.message);
        await gone.look(cause);
      }
    });
    return again;
  };
  try {
    const first = await tryAll(found);
    const left = first.size === 0 ? first : await tryAll([...first.keys()]);
    failed.push(...[...left].map(([one, problem]) => ({ of: nameOf(one), problem })));
  } finally {
    progress.end();
  }
  return found.flatMap((one) => {
    const sequence = read.get(one);
    return sequence === undefined ? [] : [{ found: one, sequence }];
  });
}

function workOf(found: FoundSequence, sequence: ImportSequence, isObject: boolean): readonly Work[] {
  const { source_api, alert_api_id, recorded_at } = sequence.draft;
  const key = { source_api, alert_api_id, platform_alert_id: found.key.alert_api_id };
  return [
    {
      found: { ...found, key, startedAt: recorded_at },
      read: async () => ({ sequence, refused: null }),
      isObject,
    },
  ];
}

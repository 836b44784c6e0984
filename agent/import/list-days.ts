// The platform's sequences of each day, several days at once. A day that cannot be read is tried once more at the end, then told: it is never
// taken for an empty one.
import type { PlatformApi, PlatformSequence } from "../../sync/clients/platform-api.ts";
import { SyncError } from "../../sync/errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { Person } from "../person.ts";
import { type Gone, throwIfGone } from "./gone.ts";
import type { ImportProblem } from "./import-sequence.ts";
import type { ImportOptions } from "./options.ts";
import type { Again } from "./patience.ts";

export type ListDaysDeps = {
  readonly platform: Pick<PlatformApi, "sequencesOf">;
  readonly options: Pick<ImportOptions, "riskScore" | "maxWorkers">;
  readonly again: Again;
  readonly gone: Gone;
  readonly person: Pick<Person, "progress">;
  readonly signal: AbortSignal;
};

export type DaysListed = {
  readonly rows: readonly PlatformSequence[];
  /** One for each day that could not be read. */
  readonly problems: readonly ImportProblem[];
};

/** @param days YYYY-MM-DD, UTC. */
export async function listDays(days: readonly string[], deps: ListDaysDeps): Promise<DaysListed> {
  const { platform, options, again, gone, person, signal } = deps;
  const rows: PlatformSequence[] = [];
  const progress = person.progress("days", days.length);
  const tryAll = async (each: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const failed = new Map<string, string>();
    await inParallel(each, options.maxWorkers, signal, async (day) => {
      try {
        throwIfGone(gone);
        const found = await again(`list ${day}`, () => platform.sequencesOf(day, options.riskScore, signal));
        rows.push(...found);
        progress.step();
      } catch (cause) {
        if (!(cause instanceof SyncError)) throw cause;
        failed.set(day, cause.message);
        await gone.look(cause);
      }
    });
    return failed;
  };
  try {
    const first = await tryAll(days);
    const failed = first.size === 0 ? first : await tryAll([...first.keys()]);
    return {
      rows,
      problems: [...failed].map(([day, reason]) => ({ of: `day ${day}`, problem: `not read: ${reason}` })),
    };
  } finally {
    progress.end();
  }
}

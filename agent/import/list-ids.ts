// The platform's sequences of a list of ids, several at once. One that is not there, or did not begin on the days asked for, is told.
import type { PlatformApi, PlatformSequence } from "../../sync/clients/platform-api.ts";
import { SyncError } from "../../sync/errors.ts";
import { inParallel } from "../in-parallel.ts";
import { type Gone, throwIfGone } from "./gone.ts";
import type { ImportProblem } from "./import-sequence.ts";
import type { ImportOptions } from "./options.ts";
import type { Again } from "./patience.ts";

export type ListIdsDeps = {
  readonly platform: Pick<PlatformApi, "sequence">;
  readonly options: Pick<ImportOptions, "maxWorkers">;
  readonly again: Again;
  readonly gone: Gone;
  readonly signal: AbortSignal;
};

/** @param days null: of any day. */
export async function listIds(
  ids: readonly number[],
  days: ImportOptions["days"],
  { platform, options, again, gone, signal }: ListIdsDeps,
): Promise<{ readonly rows: readonly PlatformSequence[]; readonly problems: readonly ImportProblem[] }> {
  const rows: PlatformSequence[] = [];
  const problems: ImportProblem[] = [];
  await inParallel(ids, options.maxWorkers, signal, async (id) => {
    const tell = (problem: string): void => void problems.push({ of: `sequence ${id}`, problem });
    try {
      throwIfGone(gone);
      const row = await again(`look for sequence ${id}`, () => platform.sequence(id, signal));
      if (row === null) return tell("not there, or not this account's to see");
      const day = row.started_at.slice(0, 10);
      if (days !== null && (day < days.from || day > days.end))
        return tell(`began on ${day}, not from ${days.from} to ${days.end}`);
      rows.push(row);
    } catch (cause) {
      if (!(cause instanceof SyncError)) throw cause;
      tell(`not read: ${cause.message}`);
      await gone.look(cause);
    }
  });
  return { rows, problems };
}

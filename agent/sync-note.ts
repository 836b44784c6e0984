// What a sending process knows of its targets and the store does not (why nothing goes, until when one rests), noted in the store, so
// that another process can say it.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Store } from "../device/store/store.ts";
import type { TargetStatus } from "../sync/drain.ts";

/** How a target was when it was noted. */
export type NotedTarget = Pick<TargetStatus, "name" | "blocked" | "problem"> & {
  /** Wall µs until which it is left alone; null: it does not rest. */
  readonly restingUntilUs: number | null;
};

export type SyncNote = {
  readonly atUs: number;
  /** The process that noted it. */
  readonly pid: number;
  readonly targets: readonly NotedTarget[];
};

const noteName = "sync.status";
/** A note costs a commit. */
const noteEveryMs = 5_000;

/** Notes what has changed, every five seconds until the signal aborts; a store that takes nothing now is asked again. */
export async function keepSyncNote(
  status: () => readonly TargetStatus[],
  options: { readonly store: Store; readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { store, clock, log, signal } = options;
  let noted = "";
  while (!signal.aborted) {
    await clock.sleep(noteEveryMs, signal).catch(() => undefined);
    const { wallUs: atUs } = clock.now();
    const targets = status().map((target) => notedOf(target, atUs));
    const words = wordsOf(targets);
    if (words === noted) continue;
    try {
      const note: SyncNote = { atUs, pid: process.pid, targets };
      await store.commit(() => store.notes.put(noteName, note));
      noted = words;
    } catch (cause) {
      log.debug({ cause }, "how the targets are could not be noted");
    }
  }
}

/** The newest note; null: nobody ever sent out of this store. */
export function readSyncNote(store: Pick<Store, "notes">): SyncNote | null {
  return store.notes.get(noteName) as SyncNote | null;
}

function notedOf({ name, blocked, problem, restingMs }: TargetStatus, atUs: number): NotedTarget {
  return { name, blocked, problem, restingUntilUs: restingMs === null ? null : atUs + restingMs * 1000 };
}

/** What makes a note worth its commit: a rest that goes on says nothing new. */
function wordsOf(targets: readonly NotedTarget[]): string {
  return JSON.stringify(
    targets.map((each) => ({
      ...each,
      restingUntilUs: each.restingUntilUs === null ? null : Math.round(each.restingUntilUs / 10e6),
    })),
  );
}

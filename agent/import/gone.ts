// When a service has gone away for good, what is left is not tried one by one, each with its half a minute of patience.
import { SyncError } from "../../sync/errors.ts";

/** Whether the way to the services is still there. */
export type Gone = {
  /** null: it is, as far as is known. */
  readonly why: () => string | null;
  /** Looks, when a failure speaks of it. */
  readonly look: (failure: unknown) => Promise<void>;
};

/** @param whyGone which service does not answer any more; null: all do. */
export function createGone(whyGone: () => Promise<string | null>): Gone {
  let why: string | null = null;
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    why = await whyGone();
    looking = null;
  };
  return {
    why: () => why,
    look: async (failure) => {
      if (why !== null || !(failure instanceof SyncError) || failure.kind !== "offline") return;
      looking ??= look();
      await looking;
    },
  };
}

/** Throws what keeps us from trying. @throws SyncError */
export function throwIfGone(gone: Pick<Gone, "why">): void {
  const why = gone.why();
  if (why !== null) throw new SyncError("offline", `not tried: ${why}`);
}

// Runs work on many things, a bounded number at a time.

/**
 * Calls `work` on each item, at most `limit` at once, in order of their start. An item's failure is `work`'s to catch:
 * what it throws stops the rest and is thrown here once the running ones have ended.
 * @throws the signal's reason when it aborts.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed) {
      signal.throwIfAborted();
      const next = waiting.next();
      if (next.done) return;
      await work(next.value);
    }
  };
  const lanes = Array.from({ length: limit }, () =>
    lane().catch((thrown: unknown) => {
      failed = true;
      throw thrown;
    }),
  );
  const failure = (await Promise.allSettled(lanes)).find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

/** Cuts a list into pieces of at most `size`. */
export function* inBatches<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

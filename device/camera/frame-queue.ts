// Pictures between a source that must not wait and one consumer that may be late: when it is full the oldest goes.

/** A queue with one consumer. Life: push… → end or fail; take() once. */
export type FrameQueue<T> = {
  /** Adds the newest. Returns what had to go for it; null when there was room. */
  readonly push: (item: T) => T | null;
  /** No more will come; what waits is still taken. */
  readonly end: () => void;
  /** The consumer gets this error once it has taken what waits. */
  readonly fail: (error: Error) => void;
  /** How many wait. */
  readonly waiting: () => number;
  /** The items as they come, until the end, or at once when the signal aborts. */
  readonly take: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>;
};

/** @param options.capacity how many may wait; @param options.onTake told after each item that was taken. */
export function createFrameQueue<T>(options: {
  readonly capacity: number;
  readonly onTake?: () => void;
}): FrameQueue<T> {
  const items: T[] = [];
  let isOver = false;
  let failure: Error | null = null;
  let wake = (): void => undefined;

  return {
    push: (item) => {
      items.push(item);
      const oldest = items.length > options.capacity ? items.shift()! : null;
      wake();
      return oldest;
    },
    end: () => {
      isOver = true;
      wake();
    },
    fail: (error) => {
      failure ??= error;
      isOver = true;
      wake();
    },
    waiting: () => items.length,
    take: async function* (signal) {
      const onAbort = (): void => wake();
      signal.addEventListener("abort", onAbort);
      try {
        while (!signal.aborted) {
          const item = items.shift();
          if (item !== undefined) {
            options.onTake?.();
            yield item;
          } else if (isOver) {
            if (failure !== null) throw failure;
            return;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}

// Who is looked at next: each camera has one place in the line, which its newest frame takes; the cameras take turns, one at a time.

export type FairLine<T> = {
  /** Takes the camera's place in the line. Returns the older frame that had to leave it; null: the place was free. */
  readonly offer: (camera: string, item: T) => T | null;
  readonly isFree: (camera: string) => boolean;
  /** Resolves when the camera's place is free, or the signal aborted. */
  readonly room: (camera: string, signal: AbortSignal) => Promise<void>;
  /** The next item when it is its turn, cameras in turns; null: the signal aborted, or the line was ended and is empty. */
  readonly take: (signal: AbortSignal) => Promise<T | null>;
  /** Nothing more will be offered. */
  readonly end: () => void;
  readonly waiting: () => number;
};

export function createFairLine<T>(): FairLine<T> {
  /** In the order of their turns: who was served goes to the end when its next frame comes. */
  const places = new Map<string, T>();
  /** Cameras by the last time each was served. */
  const served = new Map<string, number>();
  let turns = 0;
  let isOver = false;
  let wake = (): void => undefined;
  const roomSeekers = new Set<() => void>();

  const next = (): T | null => {
    let first: string | null = null;
    for (const camera of places.keys())
      if (first === null || (served.get(camera) ?? -1) < (served.get(first) ?? -1)) first = camera;
    if (first === null) return null;
    const item = places.get(first)!;
    places.delete(first);
    served.set(first, turns++);
    for (const seeker of roomSeekers) seeker();
    return item;
  };
  return {
    offer: (camera, item) => {
      const older = places.get(camera) ?? null;
      places.set(camera, item);
      wake();
      return older;
    },
    isFree: (camera) => !places.has(camera),
    room: async (camera, signal) => {
      while (places.has(camera) && !signal.aborted)
        await new Promise<void>((resolve) => {
          const seeker = (): void => {
            roomSeekers.delete(seeker);
            signal.removeEventListener("abort", seeker);
            resolve();
          };
          roomSeekers.add(seeker);
          signal.addEventListener("abort", seeker, { once: true });
        });
    },
    take: async (signal) => {
      const onAbort = (): void => wake();
      signal.addEventListener("abort", onAbort);
      try {
        for (;;) {
          if (signal.aborted) return null;
          const item = next();
          if (item !== null) return item;
          if (isOver) return null;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
    end: () => {
      isOver = true;
      wake();
    },
    waiting: () => places.size,
  };
}

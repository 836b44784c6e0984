// Waits for something another process or a socket brings about, with a bound; for tests that meet a real network stack.
// The bound costs nothing when things go well: it is for a machine that has much else to do.
import { setTimeout as delay } from "node:timers/promises";

type Found<T> = T | null | undefined | false;

/** Resolves with the first value that is neither null, undefined nor false. @throws Error that names `what` after `limitMs`. */
export async function eventually<T>(
  what: string,
  look: () => Found<T> | Promise<Found<T>>,
  limitMs = 60_000,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`Expected within ${limitMs} ms: ${what}`);
    await delay(5);
  }
}

// How late a message is, when the sender's clock is another one: against the quickest of its messages. A link that stalled and then
// gives all at once what it held back is told from one that is quick.

/** Life: one per sender. */
export type Lateness = {
  /** How much longer this message took than the quickest one, ms. @param sentMs by the sender's monotonic clock. */
  readonly of: (sentMs: number, receivedMs: number) => number;
  /** How long the quickest one seems to have taken, ms on a scale of its own: what falls shows that messages before were late. */
  readonly quickestMs: () => number;
};

/** Clocks that run apart by so much (far more than quartz does) do not make messages late, ms per ms. */
const drift = 0.001;

export function createLateness(): Lateness {
  let quickestMs = Number.POSITIVE_INFINITY;
  let newestMs = 0;
  return {
    of: (sentMs, receivedMs) => {
      const tookMs = receivedMs - sentMs;
      // The quickest is slowly forgotten, or a sender whose clock runs slow would be late for ever.
      quickestMs = Math.min(tookMs, quickestMs + Math.max(0, receivedMs - newestMs) * drift);
      newestMs = receivedMs;
      return tookMs - quickestMs;
    },
    quickestMs: () => quickestMs,
  };
}

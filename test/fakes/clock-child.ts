// Says at its start, and whenever the wall clock is set, what it sees: JSON lines. Its waits of 50 ms are measured, too.
import { createSystemClock } from "../../device/clock.ts";
import { createClockLook } from "../../device/clock-watch.ts";

const clock = createSystemClock();
const look = createClockLook(clock, null);
let longestWaitMs = 0;
const say = (stepMs: number): void => {
  const { clockSynchronised: synchronised } = clock.now();
  process.stdout.write(`${JSON.stringify({ stepMs, synchronised, longestWaitMs })}\n`);
};
say(0);
for (;;) {
  const startNs = clock.monotonicNs();
  await clock.sleep(50, new AbortController().signal);
  longestWaitMs = Math.max(longestWaitMs, (clock.monotonicNs() - startNs) / 1e6);
  const change = look();
  if (change !== null) say(change.stepUs / 1000);
}

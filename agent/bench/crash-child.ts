// The process that bench crash kills: records generated frames at a camera's pace and says on stdout which are acknowledged.
// Lines: "ready MS", "taken N", "acked N".
import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { createDeliveryPlan } from "../deliveries.ts";
import { crashPicture } from "./crash-picture.ts";
import { createFrameMaker } from "./frames.ts";

export type CrashChildOptions = {
  readonly directory: string;
  readonly fps: number;
  /** Number of the first picture. */
  readonly first: number;
  /** Bytes of a picture. */
  readonly bytes: number;
};

/** Records until it is killed; never resolves. */
export async function runCrashChild({ directory, fps, first, bytes }: CrashChildOptions): Promise<never> {
  const startedMs = performance.now();
  const clock = createSystemClock();
  const store = openStore({ directory, clock, log: silentLog });
  const plan = createDeliveryPlan({
    pictureTargets: ["folder:bench"],
    labelTargets: ["local:bench"],
    eventTargets: [],
    holdBackMs: 0,
  });
  const make = createFrameMaker({ event: "crash", plan, clock, isTaken: store.frames.has });
  for (let n = first; ; n += 1) {
    const entry = make(crashPicture(n, bytes));
    const numbered = { ...entry, frame: { ...entry.frame, sequence: n } };
    say(`taken ${n}`);
    void store.keep(numbered).then(() => {
      if (n === first) say(`ready ${Math.round(performance.now() - startedMs)}`);
      say(`acked ${n}`);
    });
    await delay(1000 / fps);
  }
}

/** Written at once, past every buffer of this process: what it said before the kill has been said. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

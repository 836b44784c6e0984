// The life of a store that bench damage starts: opened as the agent opens it, read to the last value, written to, and closed.
// Says on stdout one line of JSON; says nothing when it dies of the store.
import { writeSync } from "node:fs";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import { bookSalvage, prepareStore } from "../../device/store/prepare-store.ts";
import { openStore } from "../../device/store/store.ts";

/** What a life found. */
export type DamageLife = {
  /** Sequence numbers of frames whose record, picture and label are there and whole. */
  readonly whole: readonly number[];
  readonly salvaged: boolean;
  /** Entries that wait for a target. */
  readonly waiting: number;
};

export async function runDamageChild(directory: string): Promise<void> {
  const clock = createSystemClock();
  const start = await prepareStore({ directory, clock, log: silentLog });
  const store = openStore({ directory, clock, log: silentLog, commitWindowMs: 0, isPrepared: true });
  if (start.salvaged !== null) await bookSalvage(store, start.salvaged);
  else await store.verify();
  const whole: number[] = [];
  for (const frame of store.frames.range()) {
    const picture = store.frames.picture(frame.imgId);
    const isWhole =
      picture !== null &&
      sha256Hex(picture) === frame.sha256 &&
      store.labels.ofFrame(frame.imgId).length === 1;
    if (isWhole) whole.push(frame.sequence);
  }
  // A store that can only be read is of no use to a camera.
  await store.commit(() => {
    for (let n = 0; n < 200; n += 1) store.notes.put(`after ${n}`, "x".repeat(500));
  });
  const waiting = Object.values(store.outbox.waiting()).reduce(
    (sum, byLane) => sum + Object.values(byLane).reduce((inLanes, { entries }) => inLanes + entries, 0),
    0,
  );
  await store.close();
  start.survived();
  start.ended();
  const life: DamageLife = { whole, salvaged: start.salvaged !== null, waiting };
  writeSync(1, `${JSON.stringify(life)}\n`);
}

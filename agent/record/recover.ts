// Runs that were open when the power went: they are ended with what is on disk, so that none is lost or counted twice.
import type { Clock } from "../../device/clock.ts";
import type { RunRecord } from "../../device/run.ts";
import type { Store } from "../../device/store/store.ts";
import { framesOfRun } from "../export-folder.ts";

/** Ends every open run at its newest frame. Call before a new one begins. Resolves with the runs that were ended. */
export async function recoverRuns(store: Store, clock: Clock): Promise<readonly RunRecord[]> {
  const open = [...store.runs.range()].map(({ value }) => value).filter(({ endedAt }) => endedAt === null);
  const recovered: RunRecord[] = [];
  for (const run of open) {
    let frames = 0;
    let labels = 0;
    let endedAt = run.startedAt;
    for (const frame of framesOfRun(store, run)) {
      if (frame.erasedAtUs !== null) continue;
      frames += 1;
      labels += store.labels.ofFrame(frame.imgId).length;
      endedAt = frame.moment;
    }
    const ended: RunRecord = { ...run, endedAt, frames, labels };
    await store.commit(() => {
      store.runs.put(run.id, ended);
      store.journal.write("run.recovered", {
        run: run.id,
        frames,
        labels,
        recoveredAtUs: clock.now().wallUs,
      });
    });
    recovered.push(ended);
  }
  return recovered;
}

// A second process that keeps sequences and is killed in the middle. Usage: keep-child.ts STORE SEQUENCES PICTURES AFTER; it kills itself when it is
// asked for so many pictures, which no starved parent does too late.
import { keepSequence } from "../../agent/import/keep-sequence.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { pictureOf, platformSequence } from "./platform-sequence.ts";

const [directory = "", ...counts] = process.argv.slice(2);
const [sequences = 0, pictures = 0, after = 0] = counts.map(Number);
const clock = createSystemClock();
const store = openStore({ directory, clock, log: silentLog, commitWindowMs: 5 });
let asked = 0;
for (let id = 1; id <= sequences; id += 1) {
  await keepSequence({
    store,
    clock,
    sequence: platformSequence(id, pictures),
    pictures: async (detection) => {
      asked += 1;
      if (asked > after) process.kill(process.pid, "SIGKILL");
      return await pictureOf(detection);
    },
    hasRoom: () => true,
    signal: new AbortController().signal,
  });
}
await store.close();

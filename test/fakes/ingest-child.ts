// A second process that ingests and is killed in the middle. Usage: ingest-child.ts STORE DATASET PICTURES; it kills itself when so many are in,
// which no starved parent does too late.

import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { ingestOnce } from "./ingest.ts";

const [directory, root, pictures] = process.argv.slice(2) as [string, string, string];
const store = openStore({ directory, clock: createSystemClock(), log: silentLog, commitWindowMs: 5 });
await ingestOnce(store, root, {
  inFlight: 4,
  onProgress: ({ images }) => {
    if (images >= Number(pictures)) process.kill(process.pid, "SIGKILL");
  },
});
await store.close();

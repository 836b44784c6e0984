// A second process that ingests, to be killed. Usage: ingest-child.ts STORE DATASET; prints how many pictures are in, again and again.

import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { ingestOnce } from "./ingest.ts";

const [directory, root] = process.argv.slice(2) as [string, string];
const store = openStore({ directory, clock: createSystemClock(), log: silentLog, commitWindowMs: 5 });
await ingestOnce(store, root, {
  inFlight: 4,
  onProgress: ({ images }) => process.stdout.write(`${images}\n`),
});
await store.close();

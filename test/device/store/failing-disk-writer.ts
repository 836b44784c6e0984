// Keeps a frame every 20 ms and says what became of it: "kept N" or "refused WORDS"; "lost" when only a new start helps. On SIGTERM it closes and says "closed".
import { setTimeout as delay } from "node:timers/promises";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { openStore } from "../../../device/store/store.ts";
import { frameEntry } from "../../fakes/store.ts";

const [directory] = process.argv.slice(2) as [string];
const store = openStore({ directory, clock: createSystemClock(), log: silentLog, commitWindowMs: 10 });
store.givenUp.addEventListener("abort", () => process.stdout.write("lost\n"));
let isEnding = false;
process.once("SIGTERM", () => {
  isEnding = true;
});
for (let n = store.frames.count(); !isEnding; n += 1) {
  store.keep(frameEntry(n, { size: 20_000, pictureTargets: ["a"] })).then(
    () => process.stdout.write(`kept ${n}\n`),
    (cause: Error) => process.stdout.write(`refused ${cause.name}: ${cause.message.replaceAll("\n", " ")}\n`),
  );
  await delay(20);
}
await store.close();
process.stdout.write("closed\n");

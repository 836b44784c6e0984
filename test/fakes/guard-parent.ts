// A program that drives under a guard until it is killed: `guard-parent.ts FILE SLOWNESS`. Says "driving" when the car moves, and each stop
// it hears.
import { setTimeout as delay } from "node:timers/promises";
import { openGuardedDrive } from "../../device/drive/guard.ts";
import { startGuard } from "../../device/drive/guard-link.ts";
import { silentLog } from "../../device/log.ts";
import { boardUrl, leastValidMs, slowClock, startSlowGuard } from "./guarded-car.ts";

const [file, slowness] = [process.argv[2]!, Number(process.argv[3])];
const clock = slowClock(slowness);
const drive = await openGuardedDrive({
  url: boardUrl(file),
  clock,
  log: silentLog,
  start: () => startGuard({ clock, log: silentLog, start: () => startSlowGuard(slowness) }),
  leastValidMs,
});
drive.onFailSafe?.(({ cause }) => console.log(`stopped ${cause}`));
await drive.arm();
for (let isTold = false; ; await delay(30)) {
  await drive.apply({ steering: 0, throttle: 0.4 });
  if (isTold || drive.state().applied.throttle === 0) continue;
  isTold = true;
  console.log("driving");
}

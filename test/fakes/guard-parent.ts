// A program that drives under a guard until it is killed: `guard-parent.ts FILE`. Says "driving" when the car moves, and each stop it hears.
import { openGuardedDrive } from "../../device/drive/guard.ts";
import { silentLog } from "../../device/log.ts";
import { boardUrl, clock, leastValidMs } from "./guarded-car.ts";

const drive = await openGuardedDrive({
  url: boardUrl(process.argv[2]!),
  clock,
  log: silentLog,
  leastValidMs,
});
drive.onFailSafe?.(({ cause }) => console.log(`stopped ${cause}`));
await drive.arm();
setInterval(() => void drive.apply({ steering: 0, throttle: 0.4 }), 30);
setTimeout(() => console.log("driving"), 200);

// The driving guard's process on a slow clock: `slow-guard.ts SLOWNESS`. What it does when time is over it does that much later, so that a
// machine with other things to do is in time for everything else.
import { serveGuard } from "../../device/drive/guard-process.ts";
import { createFastClock } from "./fast-clock.ts";

serveGuard(createFastClock(1 / Number(process.argv[2]), 0));

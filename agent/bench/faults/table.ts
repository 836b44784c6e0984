// All faults of the suite, in the order of its table.
import { clockJumps } from "./clock-jumps.ts";
import { camerasFail, padFails, processStalls } from "./device-faults.ts";
import { diskFull } from "./disk-full.ts";
import type { Fault } from "./fault.ts";
import { killWhileCapturing, killWhileSending } from "./kills.ts";
import { answersLost, brokerFlaps, bulkFails, serverRefuses, transportFails } from "./links.ts";
import { configCutOff, messagesOfNonsense } from "./messages-and-config.ts";
import { soak } from "./soak.ts";

export const faults: readonly Fault[] = [
  killWhileCapturing,
  killWhileSending,
  diskFull,
  clockJumps,
  brokerFlaps,
  serverRefuses,
  transportFails,
  bulkFails,
  answersLost,
  padFails,
  camerasFail,
  messagesOfNonsense,
  processStalls,
  configCutOff,
  soak,
];

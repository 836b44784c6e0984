// All faults of the suite, in the order of its table.
import type { Fault } from "./fault.ts";
import { killWhileCapturing, killWhileSending } from "./kills.ts";
import { answersLost, brokerFlaps, bulkFails, serverRefuses, transportFails } from "./links.ts";

export const faults: readonly Fault[] = [
  killWhileCapturing,
  killWhileSending,
  brokerFlaps,
  serverRefuses,
  transportFails,
  bulkFails,
  answersLost,
];

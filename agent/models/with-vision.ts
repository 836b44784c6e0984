// Vision for one verb: opened from the configuration, closed whatever happens.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { createVision } from "../../models/create-vision.ts";
import type { Vision } from "../../models/vision.ts";
import type { Config } from "../config.ts";

export type VisionDeps = { readonly log: Log; readonly clock: Pick<Clock, "sleep"> };

/** Opens models as the configuration says, does the work, closes them. */
export async function withVision<T>(
  { threads, timeoutMs }: Pick<Config["models"], "threads" | "timeoutMs">,
  { log, clock }: VisionDeps,
  work: (vision: Vision) => Promise<T>,
): Promise<T> {
  const vision = createVision({ log, clock, threads, timeoutMs });
  try {
    return await work(vision);
  } finally {
    await vision.close();
  }
}

// The agent on a clock that runs faster than the real one, in a process of its own whose memory is looked at from outside.
import { createSystemClock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openAgent } from "../agent.ts";
import { loadConfig } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { collectGarbage } from "./process-memory.ts";
import { createScaledClock } from "./scaled-clock.ts";

/** Garbage is collected so often, ms of the real clock: a heap that nobody had reason to collect rises and falls by more than a day's leak. */
const collectEveryMs = 5_000;

/** Runs until the signal aborts. @param options.speed seconds of its clock in a real one */
export async function runScaledAgent(options: {
  readonly file: string;
  readonly speed: number;
  readonly env: Environment;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { file, speed, env, log, signal } = options;
  const agent = await openAgent({
    config: loadConfig({ file, env, flags: {} }),
    clock: createScaledClock(createSystemClock(), speed),
    log,
    env,
    random: Math.random,
    keyboard: null,
    mqtt: true,
  });
  const collecting = setInterval(collectGarbage, collectEveryMs);
  try {
    await agent.run(signal);
  } finally {
    clearInterval(collecting);
    await agent.close();
  }
}

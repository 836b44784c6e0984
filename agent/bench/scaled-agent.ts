// The agent on a clock that runs faster than the real one, in a process of its own whose memory is looked at from outside.

import { createSystemClock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openAgent } from "../agent.ts";
import { loadConfig } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { createScaledClock } from "./scaled-clock.ts";

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
  try {
    await agent.run(signal);
  } finally {
    await agent.close();
  }
}

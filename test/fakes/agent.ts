// A whole agent on a small simulated car, in a folder of its own.
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Agent, type AgentOptions, openAgent } from "../../agent/agent.ts";
import { parseConfig } from "../../agent/config.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { temporaryFolder } from "./store.ts";

/** Values of a configuration, as a file would hold them. */
export type Values = Readonly<Record<string, unknown>>;

/** The options of an agent on the simulator at 160x96; `changes` replace whole top-level values. */
export function agentOptions(
  data: string,
  changes: Values = {},
  options: Partial<AgentOptions> = {},
): AgentOptions {
  const config = parseConfig(
    {
      device: "car",
      data,
      cameras: [{ url: "sim:track?seed=3", width: 160, height: 96, fps: 20 }],
      gamepad: "scripted:",
      // A process for each test would cost it a second; the guard has tests of its own.
      drive: { guard: false },
      session: { event: "test" },
      store: { commitWindowMs: 20 },
      mqtt: { url: null },
      ...changes,
    },
    "test",
  );
  return {
    config,
    clock: createSystemClock(),
    log: silentLog,
    env: {},
    random: Math.random,
    keyboard: null,
    mqtt: true,
    ...options,
  };
}

/** Opens the agent; it is closed and its folder removed when the test ends. */
export async function openTestAgent(
  t: Pick<TestContext, "after">,
  changes: Values = {},
  options: Partial<AgentOptions> = {},
): Promise<Agent> {
  const data = join(temporaryFolder(t), "data");
  const agent = await openAgent(agentOptions(data, changes, options));
  t.after(() => agent.close());
  return agent;
}

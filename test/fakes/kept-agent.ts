// A kept agent on a small simulated car with a configuration file of its own, and what a test wants to know of it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Agent, openAgent } from "../../agent/agent.ts";
import type { AgentHost } from "../../agent/host.ts";
import { keepAgent } from "../../agent/keep-agent.ts";
import type { AgentLog, LogLevel } from "../../agent/log.ts";
import type { Summary } from "../../agent/summary.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { eventually } from "./eventually.ts";

export type KeptAgent = {
  /** The configuration file. */
  readonly file: string;
  readonly data: string;
  /** Every agent that was opened, the newest last. */
  readonly agents: readonly Agent[];
  readonly notes: readonly (readonly string[])[];
  /** Events that were told, oldest first. */
  readonly events: readonly { readonly type: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** The host of the agent that runs. */
  readonly host: () => AgentHost;
  /** Resolves when so many agents were opened. */
  readonly opened: (count: number) => Promise<Agent>;
  /** What is in force. */
  readonly get: (path: string) => Promise<unknown>;
  readonly stop: () => Promise<Summary>;
  readonly ended: Promise<Summary>;
};

export type KeptAgentOptions = {
  readonly lastGood?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly mqtt?: boolean;
  /** Called before every opening: may throw, as a device that is not there does. */
  readonly beforeOpen?: (count: number) => void;
  /** Makes another of an agent, e.g. one that fails. */
  readonly wrap?: (agent: Agent, count: number) => Agent;
};

/** A car in `folder`, stopped at the latest when the test ends. @param values of its file (JSON is YAML); null: the file that is there. */
export function startKeptAgent(
  t: Pick<TestContext, "after">,
  folder: string,
  values: object | string | null,
  {
    lastGood = false,
    env = {},
    mqtt = false,
    beforeOpen = () => undefined,
    wrap = (agent) => agent,
  }: KeptAgentOptions = {},
): KeptAgent {
  const file = join(folder, "outrider.yaml");
  const data = join(folder, "data");
  mkdirSync(folder, { recursive: true });
  if (values !== null) writeFileSync(file, typeof values === "string" ? values : JSON.stringify(values));
  const stop = new AbortController();
  const agents: Agent[] = [];
  const notes: (readonly string[])[] = [];
  const events: { type: string; body: Readonly<Record<string, unknown>> }[] = [];
  const clock = createSystemClock();
  let level: LogLevel = "warn";
  const log: AgentLog = {
    ...silentLog,
    level: () => level,
    setLevel: (next) => {
      level = next;
    },
  };
  let openings = 0;
  const ended = keepAgent({
    sources: { file, env, flags: { data } },
    lastGood,
    open: async (config, host) => {
      openings += 1;
      beforeOpen(openings);
      const agent = await openAgent({
        config,
        clock,
        log,
        env,
        random: Math.random,
        keyboard: null,
        mqtt,
        host,
      });
      const heard: Agent = {
        ...agent,
        emit: async (type, body, options) => {
          events.push({ type, body });
          await agent.emit(type, body, options);
        },
      };
      return wrap(heard, openings);
    },
    onOpened: (agent, words) => {
      notes.push(words);
      agents.push(agent);
    },
    clock,
    log,
    signal: stop.signal,
    hurry: stop.signal,
  });
  ended.catch(() => undefined); // the test awaits it
  t.after(async () => {
    stop.abort();
    await ended.catch(() => undefined);
  });
  const host = (): AgentHost => agents.at(-1)!.host!;
  return {
    file,
    data,
    agents,
    notes,
    events,
    host,
    opened: async (count) =>
      Promise.race([
        eventually(`agent ${count}`, () => agents[count - 1], 60_000),
        ended.then((): never => {
          throw new Error("it ended before");
        }),
      ]),
    get: async (path) => (await host().config.get(path)).config,
    stop: () => {
      stop.abort();
      return ended;
    },
    ended,
  };
}

/** A configuration of a small car that has little to do; probation is over after a second. */
export const smallCar = {
  device: "car",
  cameras: [{ url: "sim:track?seed=3", width: 160, height: 96, fps: 10 }],
  gamepad: "scripted:",
  session: { event: "test" },
  store: { commitWindowMs: 20 },
  mqtt: { url: null },
  health: { rollbackMs: 1000, cameraMs: 5000 },
};

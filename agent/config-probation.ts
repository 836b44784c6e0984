// Whether a configuration works: a change on probation is kept or taken back at its end, and a file with which an agent is well is kept
// for the day when somebody breaks it.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Agent } from "./agent.ts";
import type { Candidate } from "./config-candidates.ts";
import type { ConfigKeeper } from "./config-keeper.ts";
import { keepLastGood } from "./config-last-good.ts";
import type { StagedChange } from "./config-stage.ts";
import { judgeHealth } from "./health.ts";

export type ProbationDeps = {
  readonly agent: Agent;
  readonly keeper: ConfigKeeper;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the waiting; nothing is decided then. */
  readonly signal: AbortSignal;
};

/** How often it is looked whether the agent is well, until it is, ms. */
const lookEveryMs = 1_000;
/** What is bad at the end of a probation is looked at so many times more: it may be a moment's matter. */
const moreLooks = 5;

/** Waits for the end of a change's probation, then keeps it or takes it back. */
export async function endTrial(
  change: StagedChange,
  { agent, keeper, clock, signal }: ProbationDeps,
): Promise<void> {
  const { rollbackMs } = agent.config.health;
  await clock.sleep(rollbackMs, signal).catch(() => undefined);
  if (signal.aborted || keeper.trial()?.id !== change.id) return;
  if (change.confirm) {
    await keeper.takeBack(change, `nobody confirmed it within ${Math.round(rollbackMs / 1000)} s`);
    return;
  }
  for (let looks = 0; looks < moreLooks && !judgeHealth(agent).ok; looks += 1)
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  if (signal.aborted) return;
  const { ok, problems } = judgeHealth(agent);
  if (ok) await keeper.keep(change);
  else await keeper.takeBack(change, problems.map(({ part, message }) => `${part}: ${message}`).join("; "));
}

/** Once the agent is well and nothing is on probation, its file is one that works. */
export async function keepWhenWell(
  { base, layers }: Candidate,
  { agent, keeper, clock, log, signal }: ProbationDeps,
): Promise<void> {
  while (!signal.aborted && base === "file") {
    if (keeper.trial() === null && judgeHealth(agent).ok) {
      try {
        keepLastGood(agent.config.data, layers.base);
      } catch (cause) {
        log.error({ cause }, "the configuration that works could not be kept for a worse day");
      }
      return;
    }
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
}

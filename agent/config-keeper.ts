// The configuration in force and how it changes from afar: staged, on probation, kept or taken back, each told as an event.
import { ulid } from "ulid";
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import { type Config, configOfLayers } from "./config.ts";
import type { Candidate } from "./config-candidates.ts";
import { type StagedChange, writeStage } from "./config-stage.ts";
import { areLive, changedPaths, planChange } from "./config-stage-change.ts";
import { reportConfig } from "./config-stage-report.ts";
import type { Emit } from "./events.ts";
import type { ConfigState } from "./host.ts";
import { openCatalog } from "./models/open-catalog.ts";
import { createTurns } from "./record/turns.ts";
import { type ConfigHands, RemoteRefusal } from "./remote/hands.ts";

/** An agent that runs, as far as its configuration is concerned. */
export type Life = {
  readonly emit: Emit;
  /** Takes over what can be changed while it runs. */
  readonly apply: (config: Config) => void;
  /** Ends it, so that another begins with the configuration as it is on disk then. */
  readonly beginAnew: () => void;
  /** Watches over a change that is on probation. */
  readonly tryOut: (change: StagedChange) => void;
};

/** What runs, and what is on disk beside it. */
export type Running = {
  readonly candidate: Candidate;
  readonly config: Config;
  /** Oldest first. */
  readonly changes: readonly StagedChange[];
  /** Why not everything on disk is in force; null: it is. */
  readonly problem: string | null;
};

/** Life: create → begin (with every agent anew) … */
export type ConfigKeeper = {
  readonly hands: ConfigHands & { readonly state: () => ConfigState };
  readonly current: () => Config;
  /** An agent runs. */
  readonly begin: (life: Life, running: Running) => void;
  /** Ends the agent that runs; nothing is changed any more before the next begins. @throws RemoteRefusal when that is so already. */
  readonly beginAnew: () => void;
  /** The change that is on probation; null: none is. */
  readonly trial: () => StagedChange | null;
  /** The change has proved itself. */
  readonly keep: (change: StagedChange) => Promise<void>;
  /** It did not: what was before comes back, at once or with another agent. */
  readonly takeBack: (change: StagedChange, reason: string) => Promise<void>;
  /** Ids of changes that were taken back, also where the disk did not take that. */
  readonly takenBack: ReadonlySet<string>;
};

export function createConfigKeeper({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: Log;
}): ConfigKeeper {
  const inTurn = createTurns();
  const takenBack = new Set<string>();
  let life: Life | null = null;
  let running: Running | null = null;
  let isEnding = false;

  const now = (): { readonly life: Life } & Running => {
    if (life === null || running === null || isEnding)
      throw new RemoteRefusal("restarting", "The agent begins anew; ask again in a moment");
    return { life, ...running };
  };
  const beginAnew = (): void => {
    const { life: ended } = now();
    isEnding = true;
    ended.beginAnew();
  };
  const trial = (): StagedChange | null => {
    const newest = running?.changes.at(-1) ?? null;
    return newest?.state === "trying" ? newest : null;
  };
  const tell = (type: string, { id, changed }: StagedChange, more: object = {}): Promise<void> =>
    life!
      .emit(type, { change: id, changed, ...more })
      .catch((cause: unknown) => log.error({ cause, type }, "an event is lost"));

  /** Has another change in force, or none: at once where that is possible, else with another agent. */
  const goTo = (staged: StagedChange | null): void => {
    const { life: goesOn, candidate, config, ...rest } = now();
    const layers = { ...candidate.layers, staged: staged?.values ?? {} };
    const next = configOfLayers(layers);
    if (!areLive(changedPaths(config, next))) {
      beginAnew();
      return;
    }
    const parse = (): Config => configOfLayers(layers);
    running = { ...rest, candidate: { ...candidate, staged, layers, parse }, config: next };
    goesOn.apply(next);
  };

  const keep = async (change: StagedChange): Promise<void> => {
    if (isEnding || trial()?.id !== change.id) return;
    const { config, changes, candidate } = now();
    const kept: StagedChange = { ...change, state: "kept" };
    const next = [...changes.slice(0, -1), kept];
    running = { ...running!, changes: next, candidate: { ...candidate, staged: kept } };
    try {
      writeStage(config.data, next);
      await tell("config.kept", kept);
    } catch (cause) {
      const problem = `A change works but cannot be kept on disk: ${(cause as Error).message}`;
      running = { ...running, problem };
      log.error({ cause, changed: kept.changed }, "a change of the configuration works but cannot be kept");
    }
  };

  const takeBack = async (change: StagedChange, reason: string): Promise<void> => {
    // Another agent begins with the change, and judges it.
    if (isEnding) return;
    const { config, candidate, changes } = now();
    if (!changes.some(({ id }) => id === change.id)) return;
    log.warn({ changed: change.changed, reason }, "a change of the configuration is taken back");
    // First the event: should the power go now, the next start takes it back once more and tells of it again.
    await tell("config.rolled_back", change, { reason });
    const next = changes.filter(({ id }) => id !== change.id);
    takenBack.add(change.id);
    running = { ...running!, changes: next };
    try {
      writeStage(config.data, next);
    } catch (cause) {
      log.error({ cause }, "a change of the configuration is taken back, but the disk still has it");
    }
    if (candidate.staged?.id === change.id) goTo(next.at(-1) ?? null);
  };

  const hands: ConfigHands = {
    get: async (path) => {
      const { config, candidate, changes, problem } = now();
      return {
        ...reportConfig(config, candidate.layers, path),
        base: candidate.base,
        problem,
        changes: changes.map(({ id, atUs, state, changed }) => ({ id, at: isoOf(atUs), state, changed })),
      };
    },
    change: (wish) =>
      inTurn(async () => {
        const { life: goesOn, config, candidate, changes } = now();
        refuseDuringTrial(trial());
        const { values, changed, isLive } = planChange(wish, {
          layers: candidate.layers,
          config,
          openCatalog,
        });
        const isSame = JSON.stringify(values) === JSON.stringify(candidate.layers.staged);
        if (changed.length === 0 && isSame) return { state: "unchanged", changed };
        const atUs = clock.now().wallUs;
        const isTried = wish.confirm || !isLive;
        const change: StagedChange = {
          id: ulid(Math.floor(atUs / 1000)),
          atUs,
          state: isTried ? "trying" : "kept",
          confirm: wish.confirm,
          changed: [...changed],
          values,
        };
        writeStage(config.data, [...changes, change]);
        running = { ...running!, changes: [...changes, change] };
        await tell(isTried ? "config.staged" : "config.kept", change);
        goTo(change);
        if (isTried && isLive) goesOn.tryOut(change);
        return {
          change: change.id,
          state: change.state,
          changed,
          beginsAnew: !isLive,
          probationMs: isTried ? config.health.rollbackMs : null,
        };
      }),
    confirm: () =>
      inTurn(async () => {
        const change = trial();
        now();
        if (change === null) throw new RemoteRefusal("nothing_to_confirm", "No change is on probation");
        await keep(change);
        return { change: change.id, state: "kept", changed: change.changed };
      }),
    rollback: () =>
      inTurn(async () => {
        const change = now().changes.at(-1);
        if (change === undefined) throw new RemoteRefusal("nothing_staged", "No change is staged");
        await takeBack(change, "asked from afar");
        return { change: change.id, state: "taken back", changed: change.changed, beginsAnew: isEnding };
      }),
  };

  return {
    hands: {
      ...hands,
      state: () => {
        const { candidate, problem } = running!;
        const { staged, base } = candidate;
        return {
          base,
          staged: staged === null ? null : { id: staged.id, at: isoOf(staged.atUs), state: staged.state },
          problem,
        };
      },
    },
    current: () => running!.config,
    begin: (next, what) => {
      life = next;
      running = what;
      isEnding = false;
    },
    beginAnew,
    trial,
    // In turn with what is asked from afar: each looks at what the other left.
    keep: (change) => inTurn(() => keep(change)),
    takeBack: (change, reason) => inTurn(() => takeBack(change, reason)),
    takenBack,
  };
}

function refuseDuringTrial(change: StagedChange | null): void {
  if (change === null) return;
  throw new RemoteRefusal(
    "on_probation",
    `The change of ${change.changed.join(", ")} is on probation: confirm it or take it back first`,
  );
}

function isoOf(wallUs: number): string {
  return new Date(wallUs / 1000).toISOString();
}

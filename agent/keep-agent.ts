// Keeps an agent running under a configuration that may change: opens it with the best one that works, runs it, and begins anew when
// that is asked for, when a change has to prove itself, or when it did not and is taken back.
import type { Clock } from "../device/clock.ts";
import type { Agent } from "./agent.ts";
import type { Config, ConfigSources } from "./config.ts";
import { type Candidate, type Candidates, readCandidates } from "./config-candidates.ts";
import { type ConfigKeeper, createConfigKeeper } from "./config-keeper.ts";
import type { Values } from "./config-paths.ts";
import { endTrial, keepWhenWell } from "./config-probation.ts";
import { type StagedChange, stageFile } from "./config-stage.ts";
import type { AgentHost } from "./host.ts";
import { limitsOf } from "./limits.ts";
import type { AgentLog } from "./log.ts";
import type { FirstRun } from "./run-agent.ts";
import { addSummaries, type Summary } from "./summary.ts";

export type KeepAgentOptions = {
  readonly sources: ConfigSources;
  /** true: a file that cannot be used does not keep a service from starting: the last one that worked is used. */
  readonly lastGood: boolean;
  readonly open: (config: Config, host: AgentHost) => Promise<Agent>;
  /** Told of every agent, open and about to run. @param notes what a person should know of its configuration. */
  readonly onOpened: (agent: Agent, notes: readonly string[]) => void;
  readonly clock: Clock;
  readonly log: AgentLog;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Ends the last sending, too. */
  readonly hurry: AbortSignal;
};

/** Resolves with the figures of all agents together. @throws what the first candidate failed with, when none can be opened. */
export async function keepAgent(options: KeepAgentOptions): Promise<Summary> {
  const { clock, log, signal } = options;
  const keeper = createConfigKeeper({ clock, log });
  const host: AgentHost = {
    config: keeper.hands,
    current: keeper.current,
    log: { level: log.level, setLevel: log.setLevel },
    restart: async () => {
      const problem = problemOnDisk(options, keeper);
      keeper.beginAnew();
      return { configuration: problem === null ? "as on disk" : "last good", problem };
    },
  };
  let base: Readonly<Values> | null = null;
  let total: Summary | null = null;
  let first: FirstRun | null | undefined;
  for (;;) {
    const opened = await openBest(options, { host, running: base === null ? null : { base }, keeper });
    base = opened.candidate.layers.base;
    const { summary, isAgain, going } = await live(opened, { options, keeper, first });
    total = total === null ? summary : addSummaries(total, summary);
    first = going;
    if (!isAgain || signal.aborted) return total;
    log.warn({}, "the agent begins anew");
  }
}

type Opened = {
  readonly agent: Agent;
  readonly config: Config;
  readonly candidate: Candidate;
  readonly found: Candidates;
  /** What was tried before, with the reason why it could not be opened. */
  readonly failures: readonly { readonly candidate: Candidate; readonly cause: unknown }[];
};

/** Opens an agent with the first candidate that can be. */
async function openBest(
  { sources, lastGood, open, log, signal }: KeepAgentOptions,
  {
    host,
    running,
    keeper,
  }: {
    readonly host: AgentHost;
    readonly running: { readonly base: Readonly<Values> } | null;
    readonly keeper: ConfigKeeper;
  },
): Promise<Opened> {
  const found = readCandidates({ sources, running, lastGood, without: keeper.takenBack });
  const failures: { readonly candidate: Candidate; readonly cause: unknown }[] = [];
  for (const candidate of found.list) {
    try {
      const config = candidate.parse();
      log.setLevel(config.log.level);
      return { agent: await open(config, host), config, candidate, found, failures };
    } catch (cause) {
      // The only one there is: whoever asked for it is told.
      if (signal.aborted || found.list.length === 1) throw cause;
      log.error(
        { cause, base: candidate.base, staged: candidate.staged?.changed ?? [] },
        "the agent cannot begin with this configuration",
      );
      failures.push({ candidate, cause });
    }
  }
  throw failures[0]!.cause;
}

/** One agent from its first moment to its last; closed when it resolves. */
async function live(
  { agent, config, candidate, found, failures }: Opened,
  {
    options,
    keeper,
    first,
  }: {
    readonly options: KeepAgentOptions;
    readonly keeper: ConfigKeeper;
    /** The run to begin with; undefined: as the configuration says. */
    readonly first: FirstRun | null | undefined;
  },
): Promise<{
  readonly summary: Summary;
  readonly isAgain: boolean;
  /** What was going on when it ended for another agent; null: nothing. */
  readonly going: FirstRun | null | undefined;
}> {
  const { clock, log, signal, hurry } = options;
  const end = new AbortController();
  const background = new AbortController();
  const tasks = new Set<Promise<void>>();
  const newest = found.changes.at(-1) ?? null;
  const failed = failures.find((each) => each.candidate.staged?.id === newest?.id);
  const isTrialFailed =
    newest?.state === "trying" &&
    newest !== found.died &&
    failed !== undefined &&
    candidate.staged?.id !== newest.id;
  const problem = [
    ...found.problems,
    ...(isTrialFailed ? [] : failures.slice(0, 1).map(({ cause }) => wordsOf(cause))),
  ].join("; ");
  let hasBegun = false;
  let going: FirstRun | null | undefined;
  const deps = { agent, keeper, clock, log, signal: background.signal };
  const isAgain = (): boolean => end.signal.aborted && !signal.aborted;
  /** What goes on beside the agent must not end it. */
  const beside = (work: Promise<void>): void => {
    tasks.add(work.catch((cause: unknown) => log.error({ cause }, "a change could not be judged")));
  };
  const tryOut = (change: StagedChange): void => beside(endTrial(change, deps));
  try {
    keeper.begin(
      {
        emit: agent.emit,
        apply: (next) => applyLive(next, { agent, log }),
        beginAnew: () => {
          going = hasBegun ? runOf(agent) : first;
          end.abort(new Error("the agent begins anew"));
        },
        tryOut,
      },
      { candidate, config, changes: found.changes, problem: problem === "" ? null : problem },
    );
    if (found.died !== null)
      await keeper.takeBack(found.died, "the program ended before the change had proved itself");
    if (isTrialFailed) await keeper.takeBack(newest, wordsOf(failed.cause));
    if (problem !== "")
      await agent
        .emit("config.problem", { problem, base: candidate.base })
        .catch((cause: unknown) => log.error({ cause, problem }, "an event is lost"));
    options.onOpened(agent, notesOf(candidate, { data: found.data, problem }));
    const trial = keeper.trial();
    if (trial !== null) tryOut(trial);
    beside(keepWhenWell(candidate, deps));
    const summary = await agent
      .run(AbortSignal.any([signal, end.signal]), {
        hurry,
        isAgain,
        onBegun: () => {
          hasBegun = true;
        },
        ...(first === undefined ? {} : { first }),
      })
      .catch(async (cause: unknown) => {
        // Another agent of this process could not open the store either.
        if (agent.store.givenUp.aborted) throw cause;
        if (!isAgain() && !(await takeBackTrial(wordsOf(cause)))) throw cause;
        log.error({ cause }, "the agent failed; another one begins");
        return agent.figures();
      });
    if (!end.signal.aborted && !signal.aborted) await takeBackTrial("the agent ended by itself");
    return { summary, isAgain: isAgain(), going };
  } finally {
    background.abort();
    await Promise.all(tasks);
    await agent.close().catch((cause: unknown) => {
      // What is still held keeps the next one from opening, which says so.
      if (!isAgain() && !agent.store.givenUp.aborted) throw cause;
      log.error({ cause }, "a part of the agent could not be closed");
    });
  }

  /** false: nothing is on probation. */
  async function takeBackTrial(reason: string): Promise<boolean> {
    const trial = keeper.trial();
    if (trial === null || signal.aborted || end.signal.aborted) return false;
    await keeper.takeBack(trial, reason);
    return end.signal.aborted;
  }
}

/** What is recorded now; null: nothing. */
function runOf({ recorder }: Agent): FirstRun | null {
  const { run, paused } = recorder.state();
  return run === null ? null : { session: run.session, paused };
}

/** What is in force without beginning anew. */
function applyLive(config: Config, { agent, log }: { agent: Agent; log: AgentLog }): void {
  log.setLevel(config.log.level);
  agent.drain.setLimits(limitsOf(config));
}

function problemOnDisk({ sources, lastGood }: KeepAgentOptions, keeper: ConfigKeeper): string | null {
  try {
    const { list, problems } = readCandidates({
      sources,
      running: { base: {} },
      lastGood,
      without: keeper.takenBack,
    });
    list[0]!.parse();
    return problems.length === 0 ? null : problems.join("; ");
  } catch (cause) {
    return wordsOf(cause);
  }
}

function notesOf(
  { staged, base }: Candidate,
  { data, problem }: { readonly data: string; readonly problem: string },
): readonly string[] {
  return [
    ...(base === "last good" ? ["config   the last one that worked, for the file cannot be used"] : []),
    ...(staged === null
      ? []
      : [
          `config   changed from afar: ${Object.keys(staged.values).join(", ") || "nothing any more"} (without ${stageFile(data)} the file holds again)`,
        ]),
    ...(problem === "" ? [] : [`config   ${problem}`]),
  ];
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

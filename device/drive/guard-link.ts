// One guard process as the program that drives sees it: questions and answers, the newest command first, and whether it still lives.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { DriveCommand, DriveState, FailSafe } from "./drive.ts";
import type { DatedFreshness } from "./guard-core.ts";
import {
  createLineCutter,
  formatFrame,
  type GuardAnswer,
  type GuardQuestion,
  parseAnswer,
} from "./guard-frames.ts";
import { type GuardChild, startGuardProgram } from "./guard-program.ts";

/** The guard died, hung or closed its pipe: what was asked of it may not have been done. */
export class GuardGoneError extends Error {
  override readonly name = "GuardGoneError";
}

type WithoutNumber<T> = T extends unknown ? Omit<T, "n"> : never;
/** A question that is waited for. */
export type Asked = WithoutNumber<Exclude<GuardQuestion, { ask: "apply" }>>;

export type GuardListener = {
  /** What the guard says of the board, in order. */
  readonly onState: (state: DriveState) => void;
  readonly onFailSafe: (failSafe: FailSafe) => void;
};

/** Life: startGuard → hear, ask… → close, or gone by itself. */
export type GuardLink = {
  readonly pid: number | undefined;
  /** Who hears from now on what the guard says by itself. */
  readonly hear: (listener: GuardListener) => void;
  /** Resolves when it is done; a guard that needs longer than `limitMs` counts as hung. @throws GuardGoneError, or what the guard said. */
  readonly ask: (question: Asked, limitMs: number) => Promise<void>;
  /** Sends a command as soon as the one before it was answered; of several that wait only the newest. Never throws. */
  readonly apply: (command: DriveCommand, freshness: Required<DatedFreshness>) => void;
  /** Resolves with what became of it ("was ended by SIGKILL"); it is no process any more, or about to be none. */
  readonly gone: Promise<string>;
  /** Ends its pipe, so that it writes neutral and goes. May be called twice. */
  readonly close: () => Promise<void>;
};

export type GuardLinkOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** Starts the process; a test passes its own. */
  readonly start?: () => GuardChild;
  /** A command that is not answered for so long tells that the guard hangs, ms. */
  readonly hungMs?: number;
};

/**
 * A living guard answers within a few ms. While one hangs, nobody watches over the car: what it was told last is in force. More than a busy
 * machine may take, less than a car takes to the end of a room.
 */
export const defaultHungMs = 400;
const lookMs = 50;
const closeMs = 1500;

type Waiting = {
  readonly untilNs: number;
  readonly done: () => void;
  readonly failed: (cause: Error) => void;
};

/** Starts a guard's process, at once; what is asked meanwhile waits in its pipe. */
export function startGuard(options: GuardLinkOptions): GuardLink {
  const { clock, log, hungMs = defaultHungMs } = options;
  const child = (options.start ?? startGuardProgram)();
  const waiting = new Map<number, Waiting>();
  const ended = new AbortController();
  let listener: GuardListener | null = null;
  let count = 0;
  /** Answers to what was asked before the newest `neutral` tell what was, not what is. */
  let countsFrom = 0;
  let hasAnswered = false;
  let isApplying = false;
  let next: { readonly command: DriveCommand; readonly freshness: Required<DatedFreshness> } | null = null;
  let tellGone = (_reason: string): void => undefined;
  const gone = new Promise<string>((resolve) => {
    tellGone = resolve;
  });

  const lose = (reason: string): void => {
    if (ended.signal.aborted) return;
    ended.abort();
    // One that hangs would write its last command again when it goes on.
    child.kill("SIGKILL");
    child.stdin.destroy();
    tellGone(reason);
    for (const { failed } of waiting.values()) failed(new GuardGoneError(`The driving guard ${reason}`));
    waiting.clear();
  };

  const send = (question: WithoutNumber<GuardQuestion>, limitMs: number): Promise<void> =>
    new Promise((done, failed) => {
      if (ended.signal.aborted) return failed(new GuardGoneError("The driving guard is gone"));
      count += 1;
      if (question.ask === "neutral") countsFrom = count;
      waiting.set(count, { untilNs: clock.monotonicNs() + limitMs * 1e6, done, failed });
      child.stdin.write(formatFrame({ ...question, n: count } as GuardQuestion));
    });

  const take = (answer: GuardAnswer): void => {
    // What was said before its end is no longer so.
    if (ended.signal.aborted) return;
    hasAnswered = true;
    if (answer.say === "log") log[answer.level]({ guard: child.pid }, answer.message);
    else if (answer.say === "stopped") listener?.onFailSafe(answer.failSafe);
    else {
      const asked = waiting.get(answer.n);
      waiting.delete(answer.n);
      if (answer.say === "refused") asked?.failed(new Error(answer.message));
      else {
        if (answer.n >= countsFrom) listener?.onState(answer.state);
        asked?.done();
      }
    }
  };

  const hasOverdue = (): boolean =>
    [...waiting.values()].some(({ untilNs }) => clock.monotonicNs() > untilNs);
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(lookMs, ended.signal).catch(() => undefined);
      // It may be us who hung: an answer that lies in the pipe is read before anything is said of the guard.
      if (hasOverdue()) await nextTurn();
      if (hasOverdue()) lose("did not answer in time");
    }
  };

  child.once("error", (cause) => lose(`could not be started: ${cause.message}`));
  // Not "exit": what it said last comes before its end.
  child.once("close", (code, signal) =>
    lose(code === null ? `was ended by ${signal}` : `ended with exit code ${code}`),
  );
  const readAnswers = createLineCutter((line) => {
    const answer = parseAnswer(line);
    if (answer === null) log.debug({ guard: child.pid, line }, "the driving guard said something unknown");
    else take(answer);
  });
  child.stdout.on("data", readAnswers);
  // How it ended is told a moment later.
  child.stdout.once("end", () => {
    void clock.sleep(lookMs, ended.signal).then(
      () => lose("closed its pipe"),
      () => undefined,
    );
  });
  child.stderr.on(
    "data",
    createLineCutter((line) => {
      if (line !== "") log.warn({ guard: child.pid }, line);
    }),
  );
  // What breaks with the process is told by its exit.
  for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on("error", () => undefined);
  void watch();

  const sendNext = async (): Promise<void> => {
    if (next === null) return;
    const { command, freshness } = next;
    next = null;
    // What the guard cannot do it tells as a stop, and its end by `gone`.
    await send({ ask: "apply", command, ...freshness }, hungMs).catch(() => undefined);
  };
  const applyNewest = async (): Promise<void> => {
    isApplying = true;
    while (next !== null) await sendNext();
    isApplying = false;
  };

  return {
    pid: child.pid,
    gone,
    hear: (to) => {
      listener = to;
    },
    ask: (question, limitMs) => {
      // In the order in which it was asked: a stick that came to rest before arming is told before it.
      void sendNext();
      return send(question, limitMs);
    },
    apply: (command, freshness) => {
      next = { command, freshness };
      if (!isApplying) void applyNewest();
    },
    close: async () => {
      // One that is still coming up has no board yet.
      if (!hasAnswered) lose("was not needed");
      child.stdin.end();
      clock.sleep(closeMs, ended.signal).then(
        () => lose("did not end"),
        () => undefined,
      );
      await gone;
    },
  };
}

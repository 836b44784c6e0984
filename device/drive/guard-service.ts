// The guard's side of the pipe: opens the board it is told to, does what is asked of it, and stops the car when what comes is no question.
import type { Clock } from "../clock.ts";
import type { Drive } from "./drive.ts";
import { createGuardCore, type GuardCore } from "./guard-core.ts";
import { createLineCutter, type GuardAnswer, type GuardQuestion, parseQuestion } from "./guard-frames.ts";

export type GuardServiceOptions = {
  readonly send: (answer: GuardAnswer) => void;
  readonly openBoard: (url: string) => Promise<Drive>;
  readonly clock: Clock;
  /** Told once, when it was asked to close or could not open the board: nothing is left to watch over. */
  readonly onEnd: () => void;
};

/** Life: create → receive… → lose, close. */
export type GuardService = {
  /** Takes what came over the pipe. */
  readonly receive: (bytes: Uint8Array) => void;
  /** Whoever commands is gone; resolves when neutral is written. */
  readonly lose: (reason: string) => Promise<void>;
  /** The same, and the car is not armed any more: the guard is about to end. */
  readonly retire: (reason: string) => Promise<void>;
  /** Neutral, tried until the board has it. */
  readonly settle: () => Promise<void>;
  /** Neutral, and the bus is free. May be called twice. */
  readonly close: () => Promise<void>;
};

export function createGuardService({ send, openBoard, clock, onEnd }: GuardServiceOptions): GuardService {
  let core: GuardCore | null = null;
  let opening: Promise<GuardCore> | null = null;
  let closed = false;
  let retiredBy: string | null = null;

  const open = async (url: string): Promise<GuardCore> => {
    const opened = createGuardCore(await openBoard(url), { clock });
    opened.onFailSafe((failSafe) => send({ say: "stopped", failSafe }));
    core = opened;
    return opened;
  };
  const close = async (): Promise<void> => {
    closed = true;
    // A board that does not open has said so to whom it concerns.
    const opened = await opening?.catch(() => null);
    await opened?.close();
  };

  const act = async (question: GuardQuestion): Promise<void> => {
    if (question.ask === "open") {
      if (closed || opening !== null)
        throw new Error("Expected one board to open, got another question for one");
      opening = open(question.url);
      await opening;
      return;
    }
    if (question.ask === "close") return close();
    if (core === null) throw new Error(`Expected an open board for "${question.ask}", got none`);
    if (question.ask === "arm") {
      if (retiredBy !== null)
        throw new Error(`Expected a guard that stays to arm the drive, got none: ${retiredBy}`);
      return core.arm(question.validMs);
    }
    if (question.ask === "neutral") return core.neutral(question.reason);
    const { command, validMs, sentNs } = question;
    return core.apply(command, { validMs, sentNs });
  };
  const answer = async (question: GuardQuestion): Promise<void> => {
    const { ask, n } = question;
    try {
      await act(question);
      send({ say: "done", n, state: core?.state() ?? closedState });
    } catch (cause) {
      send({ say: "refused", n, message: cause instanceof Error ? cause.message : String(cause) });
      if (ask === "open") onEnd();
    }
    if (ask === "close") onEnd();
  };
  const lose = async (reason: string): Promise<void> => {
    await core?.lose(reason);
  };

  return {
    receive: createLineCutter((line) => {
      const question = parseQuestion(line);
      if (question !== null) void answer(question);
      else void lose("what came over the pipe was no command");
    }),
    lose,
    retire: (reason) => {
      retiredBy = reason;
      return lose(reason);
    },
    settle: async () => {
      // Gone while it was opened: closing writes neutral.
      await core?.settle();
    },
    close,
  };
}

const closedState = { armed: false, applied: { steering: 0, throttle: 0 }, neutralReason: "closed" };

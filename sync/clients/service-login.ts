// One account at one service: logs in once for all who ask at the same time, again when the token is refused, and never in a
// loop: an account that was refused is not tried again for a while.
import { SyncError } from "../errors.ts";

export type Account = { readonly username: string; readonly password: string };

/** The service does not take the account, or the token that was made by hand. Nothing that is sent with it can go; a person has to act. */
export class LoginRefused extends SyncError {
  constructor(message: string, options: { cause?: unknown; status?: number | null } = {}) {
    super("permanent", message, options);
  }
}

export type ServiceLogin = {
  readonly token: (signal: AbortSignal) => Promise<string>;
  /** This token was refused; the next one who asks logs in again. Another one that has come meanwhile stays. */
  readonly refuse: (token: string) => void;
};

export type ServiceLoginOptions = {
  /** Asked before each login, so that the account may change. */
  readonly account: (signal: AbortSignal) => Promise<Account>;
  /** Logs in. @throws LoginRefused when the account is not taken. */
  readonly logIn: (account: Account, signal: AbortSignal) => Promise<string>;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
};

/** So long a refused account is not tried again: a server may lock out who knocks too often. */
const refusedRestMs = 60_000;

type Refused = Account & { readonly atMs: number; readonly error: LoginRefused };

/** Nothing is asked before the first token is wanted. */
export function createServiceLogin({ account, logIn, nowMs }: ServiceLoginOptions): ServiceLogin {
  let known: string | null = null;
  let refused: Refused | null = null;
  let running: { readonly token: Promise<string>; readonly end: AbortController; waiting: number } | null =
    null;

  const begin = async (signal: AbortSignal): Promise<string> => {
    const who = await account(signal);
    const isSame = refused?.username === who.username && refused.password === who.password;
    if (refused !== null && isSame && nowMs() - refused.atMs < refusedRestMs) throw refused.error;
    try {
      known = await logIn(who, signal);
      refused = null;
      return known;
    } catch (cause) {
      if (cause instanceof LoginRefused) refused = { ...who, atMs: nowMs(), error: cause };
      throw cause;
    }
  };

  /** The login of all; it ends with the last one who waits for it, not with the first. */
  const join = async (signal: AbortSignal): Promise<string> => {
    if (running === null) {
      const end = new AbortController();
      const started = { token: begin(end.signal), end, waiting: 0 };
      running = started;
      const over = (): void => {
        if (running === started) running = null;
      };
      started.token.then(over, over);
    }
    const mine = running;
    mine.waiting += 1;
    let leave = (): void => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
    });
    try {
      return await Promise.race([mine.token, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      mine.waiting -= 1;
      if (mine.waiting === 0 && signal.aborted) {
        if (running === mine) running = null;
        mine.end.abort(signal.reason);
      }
    }
  };

  return {
    token: async (signal) => {
      signal.throwIfAborted();
      return known ?? (await join(signal));
    },
    refuse: (token) => {
      if (known === token) known = null;
    },
  };
}

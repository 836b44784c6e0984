// The life of a real pad as a Gamepad: find it, read it, say "disconnected" the moment it goes, wait for its return.
import type { Gamepad, GamepadDeps, GamepadState } from "./gamepad.ts";
import { disconnectedState } from "./gamepad.ts";

/** A pad that is there. */
export type Connection = {
  readonly name: string;
  /** The mapping in use and what a person should still do, for a screen. */
  readonly note: () => string;
  /** What changed since the last look, as one state; null: nothing. Never waits. @throws when the pad is gone. */
  readonly poll: () => GamepadState | null;
  /** May be called twice. */
  readonly close: () => void;
};

export type LiveGamepadOptions = {
  /** What is said of the pad while it is not there. */
  readonly name: string;
  /** Looks for the pad: null when it is not there. @throws what a person should know (no permission, …). */
  readonly connect: () => Promise<Connection | null>;
  /** Pause between two looks at a pad that is there, ms. */
  readonly pollMs?: number;
  /** Pause between two searches for a pad that is not, ms. */
  readonly searchMs?: number;
};

// A USB or Bluetooth pad reports every 4–8 ms; looking more often tells nothing new.
const defaultPollMs = 4;
const defaultSearchMs = 500;

/**
 * Makes a gamepad of something that can be connected to. However many events a pad sends, there is at most one state
 * per look (buttons pressed in between are all in `pressed`), so a storm costs neither memory nor the consumer's time.
 */
export function createLiveGamepad(options: LiveGamepadOptions, { clock, log }: GamepadDeps): Gamepad {
  const { pollMs = defaultPollMs, searchMs = defaultSearchMs } = options;
  const closing = new AbortController();
  let current: Connection | null = null;
  let problem = "";

  const search = async (): Promise<Connection | null> => {
    try {
      const connection = await options.connect();
      problem = "";
      return connection;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      // The search goes on twice a second: say a trouble once, not for ever.
      if (message !== problem) log.warn({ cause, gamepad: options.name }, message);
      problem = message;
      return null;
    }
  };

  /** The states while one connection lasts; returns when the pad is gone. */
  async function* follow(connection: Connection, signal: AbortSignal): AsyncGenerator<GamepadState> {
    let isNew = true;
    while (!signal.aborted) {
      let state: GamepadState | null;
      try {
        state = connection.poll();
      } catch (cause) {
        if (isNew) log.debug({ cause, gamepad: connection.name }, "gamepad opened but not readable");
        else log.warn({ cause, gamepad: connection.name }, "gamepad unplugged");
        return;
      }
      if (isNew) log.info({ gamepad: connection.name }, "gamepad connected");
      isNew = false;
      if (state !== null) yield state;
      await pause(clock.sleep(pollMs, signal), signal);
    }
  }

  async function* states(outer: AbortSignal): AsyncGenerator<GamepadState> {
    const signal = AbortSignal.any([outer, closing.signal]);
    // null: nothing said yet.
    let saidConnected: boolean | null = null;
    while (!signal.aborted) {
      const connection = await search();
      if (connection !== null) {
        try {
          current = connection;
          for await (const state of follow(connection, signal)) {
            saidConnected = true;
            yield state;
          }
        } finally {
          connection.close();
          current = null;
        }
      }
      if (signal.aborted) return;
      if (saidConnected !== false) yield disconnectedState(clock.monotonicNs());
      saidConnected = false;
      await pause(clock.sleep(searchMs, signal), signal);
    }
  }

  return {
    get name() {
      return current?.name ?? options.name;
    },
    note: () => current?.note() ?? (problem === "" ? null : problem),
    states,
    close: async () => closing.abort(),
  };
}

/** Waits for a sleep; being stopped meanwhile is no failure. */
async function pause(sleeping: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await sleeping;
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}

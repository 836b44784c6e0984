// Remote hands that record what they were asked to do and hold one imaginary run.

import type { LogLevel } from "../../agent/log.ts";
import type { DriveReport } from "../../agent/remote/drive-messages.ts";
import type { RemoteHands } from "../../agent/remote/hands.ts";

export const standingCar: DriveReport = {
  driver: null,
  holder: null,
  armed: false,
  steering: 0,
  throttle: 0,
  remote: { allowed: true, why: null },
  pilot: { model: null, state: "off", reason: null },
  shadow: null,
  failSafe: null,
  failSafes: {},
  ignored: {},
};

export function createFakeHands(): {
  readonly hands: RemoteHands;
  /** What was done, in words; what only asks is not there. */
  readonly calls: string[];
  readonly isRecording: () => boolean;
} {
  const calls: string[] = [];
  let run: string | null = null;
  let session: Readonly<Record<string, string>> = { event: "test" };
  let level: LogLevel = "warn";
  const note = (...words: readonly unknown[]): void =>
    void calls.push(words.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" "));
  const drive = async (...words: readonly unknown[]): Promise<DriveReport> => {
    note("drive", ...words);
    return standingCar;
  };
  const hands: RemoteHands = {
    status: async () => ({ recording: run !== null }),
    stats: async () => ({ frames: 0 }),
    record: {
      start: async (fields) => {
        note("start", fields);
        run = "R1";
        return { run };
      },
      stop: async () => {
        note("stop");
        const ended = run === null ? null : { run };
        run = null;
        return ended;
      },
      pause: async () => note("pause"),
      resume: async () => note("resume"),
      mark: async (words) => {
        note("mark", words);
        return run !== null;
      },
      erase: async (seconds) => {
        note("erase", seconds);
        return seconds * 10;
      },
      undoErase: async () => {
        note("undo");
        return 10;
      },
    },
    session: () => session,
    camera: {
      list: async () => [{ id: "front" }],
      use: async (camera, uses, on) => {
        note("use", camera, uses, on);
        return { record: on, watch: on };
      },
    },
    snapshot: async () => null,
    model: { list: async () => ({ models: [] }) },
    individuals: {
      list: async () => ({ items: [], next: null }),
      verify: async (sightings, { as, newName, by }) => {
        note("verify", sightings, { as, newName, by });
        return {};
      },
      reject: async (sightings, { by }) => {
        note("reject", sightings, { by });
        return {};
      },
    },
    sync: {
      now: async () => {
        note("sync");
        return { waiting: 0 };
      },
      pause: async () => note("sync pause"),
      resume: async () => note("sync resume"),
      status: async () => ({ limits: { bytesPerSecond: null } }),
      retry: async (target) => {
        note("sync retry", target);
        return 3;
      },
    },
    config: {
      get: async () => ({ config: {} }),
      change: async (wish) => {
        note("change", wish);
        session = { ...session, ...sessionOf(wish.set) };
        return { state: "trying" };
      },
      confirm: async () => {
        note("confirm");
        return {};
      },
      rollback: async () => {
        note("rollback");
        return {};
      },
    },
    log: {
      level: () => level,
      setLevel: (next) => {
        note("log", next);
        level = next;
      },
    },
    drive: {
      state: () => standingCar,
      pilot: (action, model) => drive(action, ...(model === undefined ? [] : [model])),
      release: () => drive("release"),
      stop: (reason) => drive("stop", reason),
    },
    restart: async () => {
      note("restart");
      return {};
    },
  };
  return { hands, calls, isRecording: () => run !== null };
}

function sessionOf(set: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(set).flatMap(([path, value]) =>
      path.startsWith("session.") ? [[path.slice("session.".length), String(value)]] : [],
    ),
  );
}

// Remote hands that record what they were asked to do and hold one imaginary run.
import type { RemoteHands } from "../../agent/remote/hands.ts";

export function createFakeHands(): {
  readonly hands: RemoteHands;
  readonly calls: string[];
  readonly isRecording: () => boolean;
} {
  const calls: string[] = [];
  let run: string | null = null;
  const end = (): { run: string } | null => {
    const ended = run === null ? null : { run };
    run = null;
    return ended;
  };
  const hands: RemoteHands = {
    status: async () => ({ recording: run !== null }),
    record: {
      start: async (session) => {
        calls.push(`start ${JSON.stringify(session)}`);
        run = "R1";
        return { run };
      },
      stop: async () => {
        calls.push("stop");
        return end();
      },
      pause: async () => void calls.push("pause"),
      resume: async () => void calls.push("resume"),
      mark: async (note) => {
        calls.push(`mark ${note}`);
        return run !== null;
      },
      erase: async (seconds) => {
        calls.push(`erase ${seconds}`);
        return seconds * 10;
      },
    },
    syncNow: async () => {
      calls.push("sync");
      return { waiting: 0 };
    },
    snapshot: async () => null,
  };
  return { hands, calls, isRecording: () => run !== null };
}

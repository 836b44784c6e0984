// The recorder's console, for a person beside the car: go, show, pause, erase, … while the gamepad drives.
import type { Recorder } from "./recorder.ts";

/** What a typed word does. */
export type ConsoleWord = {
  readonly about: string;
  readonly act: (recorder: Recorder) => Promise<string>;
};

/** Words that act on an open run; `go`, `show` and `q` are the caller's. */
export const consoleWords: Readonly<Record<string, ConsoleWord>> = {
  pause: {
    about: "stop recording and driving for a while",
    act: async (recorder) => {
      await recorder.pause();
      return "paused; resume goes on";
    },
  },
  resume: {
    about: "go on after a pause",
    act: async (recorder) => {
      await recorder.resume();
      return "recording";
    },
  },
  mark: {
    about: "mark this moment",
    act: async (recorder) => ((await recorder.mark("console")) ? "marked" : "no run is open"),
  },
  erase: {
    about: "erase the last seconds (undo brings them back)",
    act: async (recorder) => `${await recorder.erase(5)} frames erased`,
  },
  undo: {
    about: "bring back what the last erase took",
    act: async (recorder) => `${await recorder.undoErase()} frames are back`,
  },
  stop: {
    about: "end the run",
    act: async (recorder) => {
      const ended = await recorder.stop("console");
      return ended === null ? "no run is open" : `run ended: ${ended.frames} frames, ${ended.labels} labels`;
    },
  },
};

/** The words with what they do, for the prompt. */
export function describeWords(): string {
  return Object.entries(consoleWords)
    .map(([word, { about }]) => `  ${word.padEnd(7)} ${about}`)
    .join("\n");
}

// The recorder's console, for a person beside the car: pause, mark, erase, … while the gamepad drives.
import type { Recorder } from "./recorder.ts";

/** What a typed word does. */
export type ConsoleWord = {
  /** What may follow the word, for the help; "" for nothing. */
  readonly takes: string;
  readonly about: string;
  /** Acts, and resolves with what to answer. `rest` is what was typed after the word. */
  readonly act: (recorder: Recorder, rest: string) => Promise<string>;
};

const noRun = "no run is open; go begins one";
const eraseRule = "Expected erase to be followed by seconds from 0.1 to 3600, or by nothing";

/** Words that act on a run; `go`, `show` and `q` are the caller's. @param eraseSeconds what `erase` alone takes. */
export function createConsoleWords(eraseSeconds: number): Readonly<Record<string, ConsoleWord>> {
  return {
    pause: {
      takes: "",
      about: "stop recording and driving for a while",
      act: async (recorder) => {
        if (recorder.state().run === null) return noRun;
        await recorder.pause();
        return "paused; resume goes on";
      },
    },
    resume: {
      takes: "",
      about: "go on after a pause",
      act: async (recorder) => {
        if (recorder.state().run === null) return noRun;
        await recorder.resume();
        return "recording";
      },
    },
    mark: {
      takes: "[note]",
      about: "mark this moment",
      act: async (recorder, note) => ((await recorder.mark(note || "console")) ? "marked" : noRun),
    },
    erase: {
      takes: "[seconds]",
      about: `erase the last seconds (${eraseSeconds} if none are named; undo brings them back)`,
      act: async (recorder, rest) => {
        const seconds = rest === "" ? eraseSeconds : Number(rest.replace(/\s*s$/, ""));
        if (!(seconds >= 0.1 && seconds <= 3600)) return `${eraseRule}, got "${rest}"`;
        return `${await recorder.erase(seconds)} frames erased`;
      },
    },
    undo: {
      takes: "",
      about: "bring back what the last erase took",
      act: async (recorder) => `${await recorder.undoErase()} frames are back`,
    },
    stop: {
      takes: "",
      about: "end the run",
      act: async (recorder) => ((await recorder.stop("console")) === null ? noRun : ""),
    },
  };
}

/** The words with what they do, for the prompt. */
export function describeWords(words: Readonly<Record<string, ConsoleWord>>): string {
  return Object.entries(words)
    .map(([word, { takes, about }]) => `  ${`${word} ${takes}`.padEnd(15)} ${about}`)
    .join("\n");
}

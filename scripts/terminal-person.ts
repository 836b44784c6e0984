// The person at the terminal: questions and progress go to stderr, answers come from stdin, a line each.
import { createInterface, type Interface } from "node:readline";
import { Presets, SingleBar } from "cli-progress";
import type { Person, ProgressBar } from "../agent/person.ts";
import type { VerbContext } from "./cli.ts";

/** A person, until `close`. */
export type TerminalPerson = Person & { readonly close: () => void };

export type PersonOptions = {
  /** Every confirmation is yes, and nothing is asked. */
  readonly yes: boolean;
};

/** Opens the conversation; stdin is not touched before the first question. At its end every answer is no. */
export function createTerminalPerson(context: VerbContext, { yes }: PersonOptions): TerminalPerson {
  const { stdin, stderr, signal } = context;
  let lines: AsyncIterator<string> | null = null;
  let reader: Interface | null = null;
  const close = (): void => {
    reader?.close();
  };
  const ask = async (question: string): Promise<string | null> => {
    signal.throwIfAborted();
    stderr.write(question);
    if (lines === null) {
      reader = createInterface({ input: stdin });
      lines = reader[Symbol.asyncIterator]();
      signal.addEventListener("abort", close, { once: true });
    }
    const next = await lines.next();
    signal.throwIfAborted();
    if (next.done) stderr.write("\n");
    return next.done ? null : next.value.trim();
  };
  return {
    ask,
    confirm: async (question) => {
      if (yes) return true;
      for (;;) {
        const answer = await ask(`${question} (y/n) `);
        if (answer === null) {
          stderr.write("nobody answered: taken for no (--yes answers yes)\n");
          return false;
        }
        if (/^(y|yes)$/i.test(answer)) return true;
        if (/^(n|no)$/i.test(answer)) return false;
      }
    },
    tell: (sentence) => void stderr.write(`${sentence}\n`),
    progress: (title, total) => createProgressBar(stderr, title, total),
    close,
  };
}

/** A bar with rate and time left, where there is a terminal to draw it on and anything to count. */
export function createProgressBar(stream: VerbContext["stderr"], title: string, total: number): ProgressBar {
  if (!stream.isTTY || total === 0) return { step: () => undefined, end: () => undefined };
  const bar = new SingleBar(
    {
      stream,
      format: `${title} {bar} {value}/{total} {rate}/s, {left} left`,
      // What is beside the bar must fit, or the terminal wraps and the bar stays behind on every draw.
      barsize: Math.max(5, Math.min(40, (stream.columns || 80) - title.length - 40)),
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const startedAt = performance.now();
  let done = 0;
  bar.start(total, 0, { rate: "–", left: "–" });
  return {
    step: () => {
      done += 1;
      const rate = done / Math.max(0.001, (performance.now() - startedAt) / 1000);
      // Over the whole time, for the steps come in bursts.
      bar.update(done, { rate: formatRate(rate), left: formatSeconds((total - done) / rate) });
    },
    end: () => bar.stop(),
  };
}

function formatRate(perSecond: number): string {
  return perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** "42 s", "7 min", "3.5 h". */
function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

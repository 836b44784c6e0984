// The conversation with whoever records: go, show, q, and the words that act on a run while it goes on.
import type { SessionTemplate } from "../../device/label.ts";
import type { Agent } from "../agent.ts";
import { createConsoleWords, describeWords } from "./console.ts";
import type { Dialogue } from "./session-dialogue.ts";

/** How often `show` looks for a new capture, ms: often enough that at ten a second each has its line. */
const showEveryMs = 50;

/**
 * Prompts until `q` or the end of input. What goes wrong is said, and the conversation goes on.
 * @param settled resolves when a run that ended is in the folder: the next prompt waits for it.
 */
export async function converse(
  agent: Pick<Agent, "recorder" | "store" | "config">,
  { session, output }: { readonly session: SessionTemplate; readonly output: string },
  { ask, say, settled }: Dialogue & { readonly settled: () => Promise<void> },
): Promise<void> {
  const { recorder } = agent;
  const words = createConsoleWords(agent.config.record.eraseSeconds);
  const captures = createCapturePrinter(agent, say);
  const answer = async (typed: string): Promise<void> => {
    const [word = "", ...rest] = typed.split(/\s+/);
    if (word === "") return;
    if (word === "go" || word === "show") {
      await recorder.start(session, output);
      captures.show(word === "show");
    } else if (Object.hasOwn(words, word)) {
      const told = await words[word]!.act(recorder, rest.join(" "));
      if (told !== "") say(told);
    } else say(`Expected go, show, q, ${Object.keys(words).join(", ")}, got "${typed}"`);
  };
  say(`go = start, show = start and print each capture, q = quit; while it runs:\n${describeWords(words)}`);
  try {
    for (;;) {
      const typed = await ask(recorder.state().run === null ? "go, show or q: " : "> ");
      if (typed === null || typed === "q") return;
      await answer(typed).catch((cause: unknown) =>
        say(`${typed}: ${cause instanceof Error ? cause.message : String(cause)}`),
      );
      await settled();
    }
  } finally {
    captures.show(false);
  }
}

/** Prints every new capture while it is asked to. */
function createCapturePrinter(
  agent: Pick<Agent, "store">,
  say: (text: string) => void,
): { readonly show: (on: boolean) => void } {
  let timer: NodeJS.Timeout | null = null;
  let shown = "";
  const look = (): void => {
    for (const { imgId, size } of agent.store.frames.range({ start: `${shown}\0`, limit: 100 })) {
      shown = imgId;
      const label = agent.store.labels.ofFrame(imgId)[0]?.label;
      const classes =
        label === undefined ? "no label" : `direction ${label.label_direction}, speed ${label.label_speed}`;
      say(`${imgId}  ${size} bytes  ${classes}`);
    }
  };
  return {
    show: (on) => {
      if (timer !== null) clearInterval(timer);
      // Captures of an earlier run are no news.
      const [newest] = agent.store.frames.range({ reverse: true, limit: 1 });
      shown = newest?.imgId ?? "";
      timer = on ? setInterval(look, showEveryMs) : null;
    },
  };
}

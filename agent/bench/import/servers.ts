// The process of the contract servers, seen from the bench that started it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { PlainSequence } from "../contract-server/annotation/plain-state.ts";
import type { Behaviour } from "../contract-server/faults.ts";
import type {
  ServersAnswer,
  ServersCounts,
  ServersPlan,
  ServersQuestion,
  ServersReady,
} from "./servers-protocol.ts";

/** Life: startServers → ask… → close. */
export type Servers = ServersReady & {
  /** What stands at the annotation API. */
  readonly state: () => Promise<readonly PlainSequence[]>;
  readonly counts: () => Promise<ServersCounts>;
  readonly behave: (change: Partial<Behaviour>) => Promise<void>;
  /** Empties the annotation API; tokens and counts begin anew, its behaviour is that of the start. */
  readonly fresh: () => Promise<void>;
  /** A person puts a sequence into a stage. @param key `pyronear_french 12` */
  readonly work: (key: string, stage: string) => Promise<void>;
  /** Calls back once so many more requests have arrived; a later call replaces it. */
  readonly onRequests: (requests: number, then: () => void) => Promise<void>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** @param program how this very program is started. @throws Error when the process does not come up. */
export async function startServers(program: readonly string[], plan: ServersPlan): Promise<Servers> {
  const [command, ...words] = program;
  const child = spawn(command!, [...words, "bench", "import-servers", JSON.stringify(plan)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.on("error", () => undefined);
  const gone = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new Error("the process of the contract servers ended before it was ready");
  const ready = JSON.parse(first.value) as ServersReady;

  const waiting: ((answer: unknown) => void)[] = [];
  let tripped = (): void => undefined;
  const listen = async (): Promise<void> => {
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      const said = JSON.parse(line.value) as ServersAnswer;
      if ("tripped" in said) tripped();
      else waiting.shift()?.(said.answer);
    }
  };
  void listen();
  const ask = async (question: ServersQuestion): Promise<unknown> => {
    const ended = gone.then(() => {
      throw new Error("the process of the contract servers has ended");
    });
    const answer = new Promise<unknown>((resolve) => waiting.push(resolve));
    child.stdin.write(`${JSON.stringify(question)}\n`);
    return Promise.race([answer, ended]);
  };
  return {
    ...ready,
    state: async () => (await ask({ ask: "state" })) as readonly PlainSequence[],
    counts: async () => (await ask({ ask: "counts" })) as ServersCounts,
    behave: async (change) => void (await ask({ ask: "behave", change })),
    fresh: async () => void (await ask({ ask: "fresh" })),
    work: async (key, stage) => void (await ask({ ask: "work", key, stage })),
    onRequests: async (requests, then) => {
      tripped = then;
      await ask({ ask: "trip", requests });
    },
    close: async () => {
      child.stdin.end();
      await gone;
    },
  };
}

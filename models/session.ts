// One worker thread that runs models, seen from outside: questions in, answers out, in order; and what happens when none comes.
//
// A thread is never ended by force while a model may be running in it: the runtime would abort the whole process when the run returns.
// One that hangs is left behind instead: it gets nothing more, and ends by itself when the run does; the program cannot end before.
// An abort of the runtime's native code ends the process; only another process could survive that.
import type { Worker } from "node:worker_threads";
import type { Clock } from "../device/clock.ts";
import { startOwnThread } from "./own-thread.ts";
import type {
  Answers,
  FromWorker,
  PackedQuestion,
  Question,
  ToWorker,
  WorkerSettings,
} from "./session-messages.ts";
import { ModelError, type Picture } from "./vision.ts";

// The type of import.meta is not the same everywhere this is checked.
const { url: here } = import.meta as { readonly url: string };

export type AskOptions = {
  /** For messages: the model's id. */
  readonly about: string;
  /** Counted from the moment the worker is free for it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/** Life: start → ask … → close, or lost. */
export type Session = {
  /** @throws ModelError: the worker's words, or that it was lost; the signal's reason. */
  readonly ask: <Q extends Question>(question: Q, options: AskOptions) => Promise<Answers[Q["kind"]]>;
  readonly isBusy: () => boolean;
  /** Resolves with the reason when the worker can no longer be used; null: it was closed. */
  readonly lost: Promise<string | null>;
  /** Resolves when the thread has ended, which one that hangs may never do. */
  readonly gone: Promise<void>;
  /** Lets a run in progress end, a short while; what waits is refused. May be called twice. */
  readonly close: () => Promise<void>;
};

/** Starts a thread; another one may be given in tests. */
export type StartThread = (settings: WorkerSettings) => Worker;

export type SessionOptions = WorkerSettings & {
  readonly clock: Pick<Clock, "sleep">;
  readonly startThread?: StartThread;
};

/** Questions that are with the worker at once: the second is there before the first is done, and later ones can still be taken back. */
const mostSent = 2;

/** Pictures' memory kept for the next ones. */
const mostSpares = 2;

/** How long close() waits for a run in progress, ms. */
const closeWaitMs = 5_000;

type Entry = {
  readonly id: number;
  readonly question: Question;
  readonly options: AskOptions;
  readonly resolve: (answer: never) => void;
  readonly reject: (reason: unknown) => void;
};

/** Starts a worker. It costs little until the first model is opened. */
export function startSession({ clock, threads, startThread = startSessionThread }: SessionOptions): Session {
  const waiting: Entry[] = [];
  const sent: Entry[] = [];
  const lost = createLater<string | null>();
  const gone = createLater<void>();
  const { pack, takeBack } = createPacker();
  let patience = new AbortController();
  let nextId = 1;
  let end: string | null = null;

  const thread = startThread({ threads });
  thread.on("message", (message: FromWorker) => settle(message));
  thread.on("error", (cause) => lose(`the worker crashed: ${firstLine(cause)}`));
  thread.on("messageerror", (cause) => lose(`the worker's answer cannot be read: ${firstLine(cause)}`));
  thread.on("exit", (code) => {
    gone.resolve();
    lose(`the worker ended with code ${code}`);
  });

  /** Refuses everything that waits, and whatever is asked from now on. */
  const lose = (reason: string, isFault = true): void => {
    if (end !== null) return;
    end = reason;
    patience.abort();
    for (const { reject, options } of [...sent.splice(0), ...waiting.splice(0)])
      reject(new ModelError(`${options.about}: no answer, as ${reason}`));
    lost.resolve(isFault ? reason : null);
    thread.postMessage({ id: null } satisfies ToWorker);
  };

  const watch = (): void => {
    patience.abort();
    const [head] = sent;
    if (head === undefined) return;
    patience = new AbortController();
    const { timeoutMs, about } = head.options;
    clock.sleep(timeoutMs, patience.signal).then(
      () => lose(`the worker gave no answer about ${about} within ${timeoutMs} ms`),
      () => undefined,
    );
  };

  const sendNext = (): void => {
    while (sent.length < mostSent) {
      const entry = waiting.shift();
      if (entry === undefined) return;
      const { question, transfer } = pack(entry.question);
      thread.postMessage({ id: entry.id, question } satisfies ToWorker, transfer);
      sent.push(entry);
      if (sent.length === 1) watch();
    }
  };

  const settle = (message: FromWorker): void => {
    // Everything is released and nothing runs: only now may the thread be ended.
    if (message.id === null) return void thread.terminate();
    if ("spare" in message && message.spare !== null) takeBack(message.spare);
    const at = sent.findIndex(({ id }) => id === message.id);
    if (at < 0) return;
    const [entry] = sent.splice(at, 1);
    if ("problem" in message) entry!.reject(new ModelError(message.problem));
    else entry!.resolve(message.answer as never);
    watch();
    sendNext();
  };

  const ask: Session["ask"] = (question, options) =>
    new Promise((resolve, reject) => {
      const { signal, about } = options;
      if (signal?.aborted) return reject(signal.reason);
      if (end !== null) return reject(new ModelError(`${about}: no answer, as ${end}`));
      const onAbort = (): void => {
        const at = waiting.findIndex((entry) => entry.id === id);
        if (at >= 0) waiting.splice(at, 1);
        // What the worker already has is done, and its answer dropped.
        reject(signal?.reason);
      };
      const release = (): void => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort, { once: true });
      const id = nextId++;
      waiting.push({
        id,
        question,
        options,
        resolve: (answer) => {
          release();
          resolve(answer);
        },
        reject: (reason) => {
          release();
          reject(reason);
        },
      });
      sendNext();
    });

  return {
    ask,
    isBusy: () => sent.length + waiting.length > 0,
    lost: lost.promise,
    gone: gone.promise,
    close: async () => {
      lose("the models were closed", false);
      const waited = new AbortController();
      await Promise.race([gone.promise, clock.sleep(closeWaitMs, waited.signal).catch(() => undefined)]);
      waited.abort();
    },
  };
}

/**
 * Sends each picture's pixels once: asking where and then who means the same picture twice. They are copied, as the caller still needs
 * them; into memory that came back from the worker where there is some, for fresh memory costs more than the copy.
 */
function createPacker() {
  const spares: ArrayBuffer[] = [];
  let last = new WeakRef<Picture>({ width: 0, height: 0, pixels: new Uint8Array() });

  const copyOf = (pixels: Uint8Array): ArrayBuffer => {
    const at = spares.findIndex(({ byteLength }) => byteLength === pixels.byteLength);
    const [memory = new ArrayBuffer(pixels.byteLength)] = at < 0 ? [] : spares.splice(at, 1);
    new Uint8Array(memory).set(pixels);
    return memory;
  };

  return {
    pack: (question: Question): { readonly question: PackedQuestion; readonly transfer: ArrayBuffer[] } => {
      if (!("picture" in question)) return { question, transfer: [] };
      const { picture } = question;
      const { width, height } = picture;
      if (last.deref() === picture)
        return { question: { ...question, picture: { width, height, pixels: null } }, transfer: [] };
      last = new WeakRef(picture);
      const pixels = copyOf(picture.pixels);
      return { question: { ...question, picture: { width, height, pixels } }, transfer: [pixels] };
    },
    takeBack: (spare: ArrayBuffer): void => {
      if (spares.push(spare) > mostSpares) spares.shift();
    },
  };
}

/** Starts session-worker beside this file: the source, or what it was built to. */
export function startSessionThread(settings: WorkerSettings): Worker {
  // The runtime would count its runs, keep an id of this machine in the person's cache folder and send both to its makers. It asks the
  // environment of the process, which a thread cannot change.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  return startOwnThread({
    beside: here,
    file: "session-worker",
    name: "outrider-models",
    workerData: settings,
  });
}

/** Loads the inference runtime, in a thread of its own, and returns its version. @throws ModelError when this machine cannot run it. */
export async function loadInferenceRuntime(clock: Pick<Clock, "sleep">): Promise<string> {
  const session = startSession({ clock, threads: 1 });
  try {
    return await session.ask({ kind: "version" }, { about: "onnxruntime-node", timeoutMs: 30_000 });
  } finally {
    await session.close();
  }
}

/** A promise that somebody else resolves. */
function createLater<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
}

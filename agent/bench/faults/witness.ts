// Somebody far away: asks the agent for marks over MQTT until it answers, hears every event, and keeps what health says.
import type { Clock } from "../../../device/clock.ts";
import type { Log } from "../../../device/log.ts";
import { createMqttLink, type LinkMessage } from "../../../sync/clients/mqtt-link.ts";
import { createTopics } from "../../remote/topics.ts";

/** Life: openWitness → … → close. It speaks to the broker directly, past every fault. */
export type Witness = {
  /** Events of answered marks after the filter by id, by note. */
  readonly marks: () => ReadonlyMap<string, number>;
  /** Messages of events that came a second time, which the protocol allows. */
  readonly repeats: () => number;
  /** Monotonic ns of the newest word of the agent. */
  readonly newestWordNs: () => number | null;
  /** Pictures that the agent counts as lost in its present life: recorder and cameras. */
  readonly counted: () => number;
  /** The same as health said it last, by reason. */
  readonly drops: () => Readonly<Record<string, unknown>>;
  /** What health said last; {} before the first word. */
  readonly health: () => Readonly<Record<string, unknown>>;
  /** Monotonic ns of the newest health. */
  readonly healthNs: () => number;
  /** What was said of the drive last; {} before the first word. */
  readonly drive: () => Readonly<Record<string, unknown>>;
  /** Frames the agent has recorded in its present life, as it says. */
  readonly recorded: () => number;
  /** A new life began: what it counts begins at nothing. */
  readonly forget: () => void;
  /** Answers heard, by status and error code. */
  readonly answers: () => ReadonlyMap<string, number>;
  readonly publish: (topic: string, payload: string | Uint8Array, retain?: boolean) => Promise<void>;
  /** Has the broker forget what it keeps of the device; for the end, when nobody speaks for the device any more. */
  readonly clearRetained: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const markEveryMs = 500;
/** A request without an answer is asked again with the same transaction. */
const askAgainMs = 2_000;
const sentTwiceEvery = 5;
/** A broker that says nothing more for so long has told everything it keeps. */
const quietMs = 500;
/** A broker that is away keeps what it has. */
const clearLimitMs = 10_000;

export function openWitness(options: {
  readonly url: string;
  readonly base: string;
  readonly device: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}): Witness {
  const { clock, device } = options;
  const topics = createTopics(options.base, device);
  const link = createMqttLink({
    url: options.url,
    clientId: `witness-${device}`,
    will: null,
    backoff: { baseMs: 100, capMs: 1000 },
    clock,
    random: options.random,
    log: options.log,
  });
  const stop = new AbortController();
  const events = new Set<string>();
  const heard = new Map<string, number>();
  const answered = new Set<string>();
  const answers = new Map<string, number>();
  let repeats = 0;
  let newestWordNs: number | null = null;
  let counted = 0;
  let health: Readonly<Record<string, unknown>> = {};
  let healthNs = 0;
  let recorded = 0;
  let drive: Readonly<Record<string, unknown>> = {};
  let waiting: { readonly note: string; readonly answered: () => void } | null = null;

  const hear = (message: LinkMessage): void => {
    const body = parse(message.payload);
    const level = message.topic.slice(topics.root.length + 1);
    if (body === null) return;
    newestWordNs = message.receivedNs;
    if (level === "health") {
      health = body;
      healthNs = message.receivedNs;
      counted = Math.max(counted, sumOf(body.drops));
    }
    if (level === "drive/state") drive = body;
    if (level === "record/state") recorded = Number(body.frames ?? 0);
    if (level.startsWith("event/")) {
      const id = String(body.id);
      if (events.has(id)) repeats += 1;
      else if (level === "event/mark") heard.set(String(body.note), (heard.get(String(body.note)) ?? 0) + 1);
      events.add(id);
    }
    if (level.startsWith("response/")) {
      const code = body.status === "ok" ? "ok" : String((body.error as { code?: unknown } | undefined)?.code);
      answers.set(code, (answers.get(code) ?? 0) + 1);
      if (body.transaction !== waiting?.note) return;
      // Any other answer leaves open whether it happened: "interrupted" by a kill, no run yet.
      if (code === "ok") answered.add(waiting!.note);
      waiting!.answered();
    }
  };
  // Not everything of the device: what others ask of it may be a flood.
  for (const part of ["health", "record/state", "drive/state", "event/+", "response/+"])
    link.subscribe(`${topics.root}/${part}`, hear, { stored: false });

  const askForMarks = async (): Promise<void> => {
    for (let n = 0; !stop.signal.aborted; n += 1) {
      const note = `mark-${n}`;
      const isAnswered = new Promise<void>((resolve) => {
        waiting = { note, answered: resolve };
      });
      const ask = (): Promise<void> =>
        publish(`${topics.root}/request/record`, JSON.stringify({ action: "mark", note, transaction: note }));
      let isOpen = true;
      void isAnswered.then(() => {
        isOpen = false;
      });
      while (isOpen && !stop.signal.aborted) {
        await ask();
        if (n % sentTwiceEvery === 0) await ask();
        await Promise.race([isAnswered, pause(askAgainMs)]);
      }
      await pause(markEveryMs);
    }
  };
  const pause = (ms: number): Promise<void> => clock.sleep(ms, stop.signal).catch(() => undefined);
  const publish = (topic: string, payload: string | Uint8Array, retain = false): Promise<void> =>
    // While it is away itself nothing is asked.
    link.publish({ topic, payload, qos: 0, retain }, stop.signal).catch(() => undefined);
  const asking = askForMarks();

  return {
    marks: () => new Map([...answered].map((note) => [note, heard.get(note) ?? 0])),
    repeats: () => repeats,
    newestWordNs: () => newestWordNs,
    counted: () => counted,
    drops: () => (health.drops ?? {}) as Record<string, unknown>,
    health: () => health,
    healthNs: () => healthNs,
    drive: () => drive,
    recorded: () => recorded,
    forget: () => {
      counted = 0;
      recorded = 0;
    },
    answers: () => answers,
    publish,
    clearRetained: async () => {
      const startedNs = clock.monotonicNs();
      let newestNs = startedNs;
      const leave = link.subscribe(
        `${topics.root}/#`,
        ({ topic, payload, retained }) => {
          if (!retained || payload.length === 0) return;
          newestNs = clock.monotonicNs();
          void publish(topic, "", true);
        },
        { stored: true },
      );
      const hasTime = (): boolean =>
        !stop.signal.aborted && clock.monotonicNs() - startedNs < clearLimitMs * 1e6;
      while (hasTime() && clock.monotonicNs() - newestNs < quietMs * 1e6) {
        await pause(quietMs / 4);
        if (link.state().phase !== "connected") newestNs = clock.monotonicNs();
      }
      leave();
    },
    close: async () => {
      stop.abort();
      await asking;
      await link.close();
    },
  };
}

function parse(payload: Uint8Array): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(payload).toString("utf8")) as Record<string, unknown>;
  } catch {
    return null; // "online" and what the flood sends.
  }
}

/** What a camera threw away as no picture excuses none that is missing: a camera of the bench gives whole ones beside its nonsense. */
const noPictures = "camera corrupt";

function sumOf(drops: unknown): number {
  return Object.entries((drops ?? {}) as Record<string, number>)
    .filter(([reason]) => reason !== noPictures)
    .reduce((sum, [, count]) => sum + count, 0);
}

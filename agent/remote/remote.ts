// The device on MQTT: says that it is there, what it is and how it is (retained), and takes requests. Driving is not done here.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { LinkMessage, MqttLink } from "../../sync/clients/mqtt-link.ts";
import { commandNames, createCommands } from "./commands.ts";
import type { RemoteHands } from "./hands.ts";
import { createRequests, type IgnoredRequests, type RequestFigures } from "./requests.ts";
import type { SeenRequests } from "./seen.ts";
import { createStateBoard } from "./state-board.ts";
import { createTokenBucket, type Rate, type TokenBucket } from "./token-bucket.ts";
import type { RemoteTopics } from "./topics.ts";

/** Where the words come from: info is asked with every health message, the rest once a second, so it must be cheap. JSON each. */
export type RemoteSources = {
  /** What the device is: version, boot, cameras, abilities. */
  readonly info: () => object;
  /** How it is: ages, queues, disk, clock, drops. */
  readonly health: () => object;
  /** What the recorder does. */
  readonly record: () => object;
  /** Who drives; not given or null: nothing is said of it. */
  readonly drive?: () => object | null;
  readonly cameras: () => readonly { readonly id: string; readonly status: object }[];
};

export type RemoteOptions = {
  /** Made with `availabilityWill(topics)` as its will; closed by its owner, after this. */
  readonly link: MqttLink;
  readonly topics: RemoteTopics;
  readonly hands: RemoteHands;
  readonly sources: RemoteSources;
  readonly seen: SeenRequests;
  /** Commands that are taken; null or not given: all. */
  readonly allow?: readonly string[] | null;
  /** Largest request, bytes, and how many are taken; not given: as requests.ts says. */
  readonly maxRequestBytes?: number;
  readonly rate?: Rate;
  /** Everything is said again this often, ms; a changed word (not a changed figure) goes out at once, a flickering one every 5 s. Default 30 000. */
  readonly healthEveryMs?: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** A device on MQTT. Life: create (it serves at once) → close. */
export type Remote = {
  /** Looks for changed words now instead of at the next second. */
  readonly refresh: () => void;
  /** Requests that did not act, by reason; for health. */
  readonly ignored: () => IgnoredRequests;
  /** What became of the requests; for health. */
  readonly requests: () => RequestFigures;
  /** Lets running requests end, says `stopped`; may be called twice. */
  readonly close: () => Promise<void>;
};

const lookEveryMs = 1_000;
const farewellMs = 2_000;

export function createRemote(options: RemoteOptions): Remote {
  const { link, topics, hands, sources, clock, log, healthEveryMs = 30_000 } = options;
  const stop = new AbortController();
  const board = createStateBoard({ publish: (publication) => link.publish(publication, stop.signal), log });
  const commands = createCommands(hands, { allow: options.allow ?? null });
  const forbidden = commandNames.filter((name) => !commands.some((command) => command.name === name));
  const unknown = (options.allow ?? []).filter((name) => !commandNames.includes(name));
  if (unknown.length > 0)
    log.warn({ unknown, known: commandNames }, "mqtt.allow names commands that there are not");
  const { maxRequestBytes, rate } = options;
  const requests = createRequests({
    topics,
    commands,
    forbidden,
    ...(maxRequestBytes === undefined ? {} : { maxRequestBytes }),
    ...(rate === undefined ? {} : { rate }),
    seen: options.seen,
    answer: link.publish,
    clock,
    log,
  });
  const words = new Map<string, string>();
  const turns = new Map<string, TokenBucket>();
  let saidAllAtNs = Number.NEGATIVE_INFINITY;
  let isGreeted = false;

  const post = (topic: string, read: () => object | null, everything: boolean): void => {
    try {
      const state = read();
      if (state === null) return;
      const meaning = wordsOf(state);
      if (!everything && (words.get(topic) === meaning || !mayChange(topic))) return;
      words.set(topic, meaning);
      board.post(topic, JSON.stringify({ ...state, at: new Date(clock.now().wallUs / 1000).toISOString() }));
    } catch (error) {
      log.warn({ topic, error }, "A state could not be read");
    }
  };
  /** A word that flickers must not fill a metered link; what had no turn now is seen again at the next look. */
  const mayChange = (topic: string): boolean => {
    const turn = turns.get(topic) ?? createTokenBucket({ burst: 5, perSecond: 0.2 }, clock);
    turns.set(topic, turn);
    return turn();
  };
  const look = (isLast = false): void => {
    const ns = clock.monotonicNs();
    const everything = isLast || ns - saidAllAtNs >= healthEveryMs * 1e6;
    if (everything) saidAllAtNs = ns;
    if (everything) post(topics.info, sources.info, false);
    post(topics.health, sources.health, everything);
    post(topics.recordState, sources.record, everything);
    post(topics.driveState, () => sources.drive?.() ?? null, everything);
    for (const { id, status } of sources.cameras()) post(topics.cameraStatus(id), () => status, everything);
  };
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      look();
      await clock.sleep(lookEveryMs, stop.signal).catch((reason: unknown) => {
        if (!stop.signal.aborted) throw reason;
      });
    }
  };

  const sayOnline = (signal: AbortSignal): Promise<void> =>
    link.publish({ topic: topics.availability, payload: "online", qos: 1, retain: true }, signal);
  const mayContradict = createTokenBucket({ burst: 3, perSecond: 0.1 }, clock);
  /** The will of a connection that died may come after the birth of the next one; the last word must be the true one. */
  const guardAvailability = ({ payload }: LinkMessage): void => {
    const word = Buffer.from(payload).toString("utf8");
    if (!isGreeted || stop.signal.aborted || word === "online") return;
    if (!mayContradict()) {
      log.warn(
        { topic: topics.availability, word: word.slice(0, 32) },
        "Somebody else speaks for this device: is its name used twice?",
      );
      return;
    }
    sayOnline(stop.signal).catch((error: Error) => log.debug({ reason: error.message }, "Not said: online"));
  };

  const leave = [
    link.onState(({ phase }) => {
      if (phase !== "connected") isGreeted = false;
    }),
    link.subscribe(topics.availability, guardAvailability, { stored: true }),
    link.subscribe(topics.requests, (message) => void requests.take(message)),
    link.onConnect(async (signal) => {
      await sayOnline(signal);
      isGreeted = true;
      await board.repost();
    }),
  ];
  const watching = watch();

  /** Waits for `work`, but no longer than a goodbye may take. */
  const briefly = async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const patience = new AbortController();
    const enough = clock.sleep(farewellMs, patience.signal).catch(() => undefined);
    await Promise.race([
      work(patience.signal).catch((error: Error) =>
        log.warn({ reason: error.message }, "A goodbye was not heard"),
      ),
      enough,
    ]);
    patience.abort();
  };
  const farewell = async (): Promise<void> => {
    await requests.close();
    const isConnected = link.state().phase === "connected";
    look(true); // or "recording" would stand on the board for ever
    if (isConnected) await briefly(board.idle);
    stop.abort(new Error("the device is stopping"));
    await watching;
    for (const part of leave) part();
    if (isConnected)
      await briefly((signal) =>
        link.publish({ topic: topics.availability, payload: "stopped", qos: 1, retain: true }, signal),
      );
  };
  let closing: Promise<void> | null = null;
  return {
    refresh: () => look(),
    ignored: () => requests.figures().ignored,
    requests: requests.figures,
    close: () => {
      closing ??= farewell();
      return closing;
    },
  };
}

/** What a state says apart from its figures: those change with every frame and go out with the health, not at once. */
function wordsOf(state: object): string {
  return JSON.stringify(state, (_key, value: unknown) => (typeof value === "number" ? 0 : value));
}

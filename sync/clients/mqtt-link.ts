// The link to the broker that is always wanted: connects, greets, comes back after a loss, restores its subscriptions.
// While there is no connection publish() fails at once: what must not be lost waits in the store's outbox, not in memory.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { asSyncError, SyncError } from "../errors.ts";
import { backoffMs } from "../retry.ts";
import { type MqttConnection, openMqttConnection } from "./mqtt.ts";
import { parseBrokerUrl } from "./mqtt-address.ts";
import { wordsOf } from "./mqtt-errors.ts";
import type { MqttCredentials, MqttMessage, MqttPublication, MqttTls } from "./mqtt-message.ts";
import { createMqttPublisher, type MqttPublisher } from "./mqtt-publisher.ts";
import { isTopicFilter, isTopicName, matchesFilter } from "./mqtt-topic.ts";

export type MqttLinkOptions = {
  /** `mqtt://host[:1883]` or `mqtts://host[:8883]`; an account in it (`user:password@`) is used and never shown. */
  readonly url: string;
  readonly clientId: string;
  /** What the broker publishes when we vanish without a goodbye. */
  readonly will: MqttPublication | null;
  /** Asked before every attempt; goes before an account in the URL. */
  readonly credentials?: (signal: AbortSignal) => Promise<MqttCredentials | null>;
  /** Certificates for `mqtts://`; asked before every attempt, so that renewed ones are taken up without a restart. Default: the system's. */
  readonly tls?: (signal: AbortSignal) => Promise<MqttTls>;
  /** Largest payload we publish, bytes; a larger one is refused as permanent. Default 1 MiB, as the embedded broker takes. */
  readonly maxPayloadBytes?: number;
  /** Largest packet we take from an MQTT 5 broker, bytes. Default 256 KiB. */
  readonly maxIncomingBytes?: number;
  /** Unacknowledged QoS 1 messages; less where the broker wants less. Default 64. */
  readonly maxInflight?: number;
  /** Time for the broker to acknowledge a message, ms. Default 20 000. */
  readonly ackTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly keepAliveSeconds?: number;
  /** The wait before try n is random in 0…min(cap, base·2ⁿ) (full jitter). Default 500 ms and 60 s. */
  readonly backoff?: { readonly baseMs: number; readonly capMs: number };
  readonly clock: Clock;
  /** 0…1, for the jitter. */
  readonly random: () => number;
  readonly log: Log;
};

/** What health says about the link. */
export type MqttLinkState = {
  readonly phase: "connecting" | "connected" | "waiting" | "closed";
  readonly protocol: 5 | 4 | null;
  /** Wall clock, µs; null while not connected. */
  readonly connectedAtUs: number | null;
  /** Connections made so far. */
  readonly connects: number;
  /** Attempts and connections lost since the link was last stable. */
  readonly failures: number;
  readonly inflight: number;
  readonly published: number;
  readonly received: number;
  readonly lastError: { readonly message: string; readonly atUs: number } | null;
};

/** A message with the moment it came; both on the monotonic clock, ns. */
export type LinkMessage = MqttMessage & {
  readonly receivedNs: number;
  /** When it must not be acted upon any more; null: never. */
  readonly expiresAtNs: number | null;
};

/** The link. Life: create (it starts at once) → use → close. */
export type MqttLink = {
  /** Without secrets. */
  readonly url: string;
  readonly state: () => MqttLinkState;
  /** Called after every change of phase. Returns how to stop that. */
  readonly onState: (listener: (state: MqttLinkState) => void) => () => void;
  /** Run on every connect, after the subscriptions: the place of a birth message. Runs at once when connected. Returns how to stop that. */
  readonly onConnect: (hook: (signal: AbortSignal) => Promise<void>) => () => void;
  /** QoS 1 resolves when the broker has it. May be retried: a repeat is a second copy with the same content. @throws SyncError */
  readonly publish: (publication: MqttPublication, signal: AbortSignal) => Promise<void>;
  /** Receives what matches, now and after every reconnect. `stored`: also retained copies. Returns how to stop that. */
  readonly subscribe: (
    filter: string,
    listener: (message: LinkMessage) => void,
    options?: { readonly stored?: boolean },
  ) => () => void;
  /** Ends a back-off wait: the network is said to be back. */
  readonly retryNow: () => void;
  /** Says goodbye (no will), then stops; may be called twice. */
  readonly close: () => Promise<void>;
};

type Subscription = {
  readonly filter: string;
  readonly stored: boolean;
  readonly listener: (message: LinkMessage) => void;
};
type Live = { readonly connection: MqttConnection; readonly publisher: MqttPublisher };

const stableMs = 30_000; // a connection that lasted this long was a good one: the next loss starts with a short wait
/** A link that flaps is used whenever it is up: what could be reached at all waits no longer than the failures after these, 2 s. */
const mostFailuresOfReached = 2;
const goodbyeMs = 2_000;

/** @throws Error when the URL is not a broker's. */
export function createMqttLink(options: MqttLinkOptions): MqttLink {
  const { clock, log } = options;
  const { maxPayloadBytes = 1024 * 1024, ackTimeoutMs = 20_000, maxInflight = 64 } = options;
  const address = parseBrokerUrl(options.url);
  const stop = new AbortController();
  const subscriptions = new Set<Subscription>();
  /** Filters whose UNSUBSCRIBE is on its way. */
  const leaving = new Map<string, Promise<void>>();
  const hooks = new Set<(signal: AbortSignal) => Promise<void>>();
  const stateListeners = new Set<(state: MqttLinkState) => void>();
  let live: Live | null = null;
  let wake = new AbortController();
  let phase: MqttLinkState["phase"] = "connecting";
  let isClosing = false;
  let connectedAtUs: number | null = null;
  let lastError: MqttLinkState["lastError"] = null;
  let [connects, failures, published, received] = [0, 0, 0, 0];

  const state = (): MqttLinkState => ({
    phase,
    protocol: live?.connection.protocol ?? null,
    connectedAtUs,
    connects,
    failures,
    inflight: live?.publisher.inflight() ?? 0,
    published,
    received,
    lastError,
  });
  const enter = (next: MqttLinkState["phase"]): void => {
    phase = next;
    connectedAtUs = next === "connected" ? clock.now().wallUs : null;
    for (const listener of stateListeners) {
      try {
        listener(state());
      } catch (error) {
        log.error({ phase, error }, "A listener failed on a change of the MQTT link");
      }
    }
  };
  const noteError = (message: string): void => {
    lastError = { message, atUs: clock.now().wallUs };
  };

  const deliver = (message: MqttMessage): void => {
    received += 1;
    const receivedNs = clock.monotonicNs();
    const expiresAtNs = message.expirySeconds === null ? null : receivedNs + message.expirySeconds * 1e9;
    for (const { filter, listener } of subscriptions) {
      if (!matchesFilter(filter, message.topic)) continue;
      try {
        listener({ ...message, receivedNs, expiresAtNs });
      } catch (error) {
        log.error({ topic: message.topic, error }, "A listener failed on an MQTT message");
      }
    }
  };

  const subscribeAt = async (connection: MqttConnection, wanted: readonly Subscription[]): Promise<void> => {
    if (wanted.length === 0) return;
    const filters = new Map<string, boolean>();
    for (const { filter, stored } of wanted) filters.set(filter, stored || (filters.get(filter) ?? false));
    const refused = await connection.subscribe([...filters].map(([filter, stored]) => ({ filter, stored })));
    if (refused.length === 0) return;
    noteError(`the broker refused to subscribe us to ${refused.join(", ")}`);
    log.error({ url: address.url, refused }, "The MQTT broker refused subscriptions");
  };

  const runHook = async (hook: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    try {
      await hook(stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) log.warn({ reason: wordsOf(error) }, "A greeting to the MQTT broker failed");
    }
  };

  const connectOnce = async (): Promise<SyncError> => {
    const connection = await openMqttConnection({
      host: address.host,
      port: address.port,
      tls: address.secure ? ((await options.tls?.(stop.signal)) ?? {}) : null,
      clientId: options.clientId,
      credentials: (await options.credentials?.(stop.signal)) ?? address.credentials,
      will: options.will,
      keepAliveSeconds: options.keepAliveSeconds ?? 30,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      maxIncomingBytes: options.maxIncomingBytes ?? 256 * 1024,
      onMessage: deliver,
      signal: stop.signal,
    });
    const publisher = createMqttPublisher(connection, { maxInflight, ackTimeoutMs, clock });
    live = { connection, publisher };
    connects += 1;
    const openedNs = clock.monotonicNs();
    try {
      await subscribeAt(connection, [...subscriptions]);
      enter("connected");
      log.info({ url: address.url, protocol: connection.protocol }, "Connected to the MQTT broker");
      for (const hook of hooks) await runHook(hook);
      const reason = await connection.closed;
      const wasStable = clock.monotonicNs() - openedNs > stableMs * 1e6;
      failures = wasStable ? 0 : Math.min(failures, mostFailuresOfReached);
      return reason;
    } finally {
      live = null;
      connection.destroy();
    }
  };

  const waitForTurn = async (): Promise<void> => {
    const waitMs = backoffMs(failures, {
      baseMs: 500,
      capMs: 60_000,
      ...options.backoff,
      random: options.random,
    });
    wake = new AbortController();
    const onStop = (): void => wake.abort();
    stop.signal.addEventListener("abort", onStop, { once: true });
    await clock
      .sleep(waitMs, wake.signal)
      .catch(() => log.debug({}, "The wait for the MQTT broker was cut short"));
    stop.signal.removeEventListener("abort", onStop);
  };

  const keepConnected = async (): Promise<void> => {
    while (!isClosing) {
      enter("connecting");
      const reason = await connectOnce().catch((error: unknown) => asSyncError(error, "connect"));
      if (isClosing) break;
      failures += 1;
      noteError(reason.message);
      log.warn({ url: address.url, reason: reason.message, failures }, "No connection to the MQTT broker");
      enter("waiting");
      await waitForTurn();
    }
    enter("closed");
  };

  const publish = async (publication: MqttPublication, signal: AbortSignal): Promise<void> => {
    const { topic } = publication;
    signal.throwIfAborted();
    if (!isTopicName(topic))
      throw new SyncError("permanent", `Expected a topic without wildcards, got "${topic}"`);
    const bytes = Buffer.byteLength(publication.payload);
    if (bytes > maxPayloadBytes)
      throw new SyncError("permanent", `Expected at most ${maxPayloadBytes} bytes on ${topic}, got ${bytes}`);
    if (live === null) {
      const why = lastError === null ? "" : `: ${lastError.message}`;
      throw new SyncError("offline", `publish ${topic}: no connection to ${address.url}${why}`);
    }
    await live.publisher.publish(publication, signal);
    published += 1;
  };

  const running = keepConnected();
  let closing: Promise<void> | null = null;
  const farewell = async (): Promise<void> => {
    isClosing = true;
    if (live !== null) {
      const patience = new AbortController();
      const enough = clock.sleep(goodbyeMs, patience.signal).catch(() => undefined);
      await Promise.race([live.connection.end(), enough]);
      patience.abort();
    }
    stop.abort(new Error("the MQTT link was closed"));
    await running;
  };

  return {
    url: address.url,
    state,
    onState: (listener) => {
      stateListeners.add(listener);
      return () => void stateListeners.delete(listener);
    },
    onConnect: (hook) => {
      hooks.add(hook);
      if (phase === "connected") void runHook(hook);
      return () => void hooks.delete(hook);
    },
    publish,
    subscribe: (filter, listener, { stored = false } = {}) => {
      if (!isTopicFilter(filter)) throw new Error(`Expected an MQTT topic filter, got "${filter}"`);
      const subscription: Subscription = { filter, stored, listener };
      subscriptions.add(subscription);
      const fail = (error: unknown): void =>
        log.warn({ filter, reason: wordsOf(error) }, "Subscription waits");
      const begin = async (): Promise<void> => {
        // A broker may still be busy with our leaving, and forget that we came back (aedes does).
        if (leaving.has(filter)) await leaving.get(filter);
        if (live !== null && subscriptions.has(subscription))
          await subscribeAt(live.connection, [subscription]);
      };
      if (live !== null) begin().catch(fail);
      return () => {
        if (!subscriptions.delete(subscription) || live === null) return;
        if ([...subscriptions].some((other) => other.filter === filter)) return;
        const left = live.connection
          .unsubscribe(filter)
          .catch(fail)
          .finally(() => leaving.delete(filter));
        leaving.set(filter, left);
      };
    },
    retryNow: () => wake.abort(),
    close: () => {
      closing ??= farewell();
      return closing;
    },
  };
}

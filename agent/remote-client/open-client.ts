// Somebody who talks to devices over MQTT: finds out who is there, asks, and waits for the answer. MQTT 5 where the broker speaks it.
import type { Clock } from "../../device/clock.ts";
import { deadline } from "../../device/deadline.ts";
import type { Log } from "../../device/log.ts";
import { createMqttLink, type MqttLink } from "../../sync/clients/mqtt-link.ts";
import type { Config } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { readMqttUser, readTls } from "../remote/broker-access.ts";
import { createTopics, type RemoteTopics } from "../remote/topics.ts";
import { untilConnected } from "../remote/until-connected.ts";
import { ask } from "./ask.ts";
import { brokerUrlOf } from "./broker-url.ts";
import { devicesOf, type FoundDevice, presenceTopics } from "./devices.ts";
import { explainAbsence } from "./explain-absence.ts";
import { ownFailure, type RemoteAnswer } from "./report.ts";
import { readRetained } from "./retained.ts";

export type RemoteClientOptions = {
  /** As the agent's: url, base and certificate files. */
  readonly mqtt: Pick<Config["mqtt"], "url" | "base" | "caFile" | "certFile" | "keyFile">;
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export type AskOptions = {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Time for broker, device and answer, ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** A client. Life: open (it connects at once) → list, ask, link → close. */
export type RemoteClient = {
  /** Unique on the broker, and different at every start. */
  readonly id: string;
  readonly link: MqttLink;
  readonly topicsOf: (device: string) => RemoteTopics;
  /** A topic of ours alone that devices may answer on. */
  readonly replyTopic: (name: string) => string;
  /** Every device the broker knows. @throws Error when the broker cannot be reached. */
  readonly list: (options: Omit<AskOptions, "parameters">) => Promise<readonly FoundDevice[]>;
  /**
   * Asks a device that is there, and is answered; a broker or device that is away is answered for, with a code. Once per call, even when
   * the wire breaks in between: what is sent again has the same transaction. @throws the signal's reason.
   */
  readonly ask: (device: string, command: string, options: AskOptions) => Promise<RemoteAnswer>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** Large enough for a snapshot. */
const maxIncomingBytes = 4 * 1024 * 1024;

/** @throws Error when there is no broker in the configuration; ConfigError when a certificate file cannot be read. */
export function openRemoteClient({ mqtt, env, clock, random, log }: RemoteClientOptions): RemoteClient {
  const url = brokerUrlOf(mqtt.url);
  readTls(mqtt); // a file that is not there is said now, not at every attempt
  const id = `remote-${randomName(random)}`;
  const link = createMqttLink({
    url,
    clientId: `outrider-${id}`,
    will: null,
    credentials: async () => readMqttUser(env),
    tls: async () => readTls(mqtt),
    maxIncomingBytes,
    backoff: { baseMs: 250, capMs: 2_000 },
    clock,
    random,
    log,
  });
  /** Below the base, so that a broker's rules for the base are enough, and where a device may answer (see mayAnswerOn). */
  const replyTopic = (name: string): string => `${mqtt.base}/${id}/response/${name}`;
  const topicsOf = (device: string): RemoteTopics => createTopics(mqtt.base, device);
  const known = new Set<string>();
  const kept = new Set<string>();
  /** Hears a topic until the end: who leaves and comes back between two questions may miss the answer to the second. */
  const keep = (topic: string): void => {
    if (kept.has(topic)) return;
    kept.add(topic);
    link.subscribe(topic, () => undefined);
  };
  keep(replyTopic("echo"));
  keep(replyTopic("answer"));

  const presence = async (device: string | null, signal: AbortSignal): Promise<readonly FoundDevice[]> => {
    const filters = presenceTopics.map((topic) => `${mqtt.base}/+/${topic}`);
    const found = await readRetained(link, filters, {
      echoTopic: replyTopic("echo"),
      // One that is there need not wait until all others have been heard.
      until: (texts) => device !== null && texts.get(topicsOf(device).availability) === "online",
      clock,
      signal,
    });
    return devicesOf(found, { base: mqtt.base, nowUs: clock.now().wallUs });
  };
  /** Work with a limit of time; `null` when the limit ended it. @throws what the work throws; the signal's reason. */
  const within = async <T>(
    timeoutMs: number,
    outer: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> => {
    const limit = deadline(timeoutMs, outer);
    try {
      return await work(limit.signal);
    } catch (error) {
      if (limit.signal.aborted && !outer.aborted) return null;
      throw error;
    } finally {
      limit.clear();
    }
  };
  /** Why the device cannot be asked; null: it is there. */
  const reasonOfAbsence = async (device: string, signal: AbortSignal): Promise<RemoteAnswer | null> => {
    if (known.has(device)) return null;
    const problem = explainAbsence(device, await presence(device, signal));
    if (problem === null) known.add(device);
    return problem;
  };
  const noBroker = (error: unknown): RemoteAnswer =>
    ownFailure("no_broker", `The broker ${link.url} cannot be used: ${(error as Error).message}`);

  return {
    id,
    link,
    topicsOf,
    replyTopic,
    list: async ({ timeoutMs, signal }) => {
      const found = await within(timeoutMs, signal, async (limited) => {
        await untilConnected(link, limited).catch((error: unknown) => {
          limited.throwIfAborted();
          throw new Error(`The broker ${link.url} cannot be used`, { cause: error });
        });
        return presence(null, limited);
      });
      if (found === null) throw new Error(`The broker ${link.url} did not answer within ${timeoutMs} ms`);
      return found;
    },
    ask: async (device, command, { parameters, timeoutMs, signal }) => {
      const answer = await within(timeoutMs, signal, async (limited) => {
        try {
          await untilConnected(link, limited);
        } catch (error) {
          limited.throwIfAborted();
          return noBroker(error);
        }
        const absence = await reasonOfAbsence(device, limited);
        if (absence !== null) return absence;
        const topics = topicsOf(device);
        for (const name of [command, "unknown"]) keep(topics.response(name));
        return ask(
          { command, parameters, transaction: randomName(random) },
          { link, topics, replyTopic: replyTopic("answer"), timeoutMs, signal: limited },
        );
      });
      if (answer !== null) return answer;
      known.delete(device);
      const seconds = timeoutMs / 1000;
      return ownFailure(
        "timeout",
        link.state().connects === 0
          ? `The broker ${link.url} did not answer within ${seconds} s`
          : `${device} did not answer within ${seconds} s; the broker said that it is online. Its link may be slow: try --timeout`,
      );
    },
    close: link.close,
  };
}

/** 20 letters and digits. */
function randomName(random: () => number): string {
  const part = (): string =>
    Math.floor(random() * 36 ** 10)
      .toString(36)
      .padStart(10, "0");
  return part() + part();
}

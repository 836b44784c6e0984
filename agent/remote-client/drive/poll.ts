// Asks the car the same question again and again: its answer is the news, and how long question and answer take together.
import type { Clock } from "../../../device/clock.ts";
import type { LinkMessage, MqttLink } from "../../../sync/clients/mqtt-link.ts";
import type { DriveReport } from "../../remote/drive-messages.ts";
import type { RemoteTopics } from "../../remote/topics.ts";
import { parseReport } from "../devices.ts";

export type PollOptions = {
  readonly link: MqttLink;
  readonly topics: RemoteTopics;
  /** Of ours alone, and of this question alone. */
  readonly replyTopic: string;
  readonly command: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Time between two questions, ms; asked before each. */
  readonly everyMs: () => number;
  readonly onAnswer: (data: unknown, roundTripMs: number) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Questions that are not answered yet and may be; older ones are given up. */
const mostOpen = 32;

/** Polls until the signal aborts. A question whose answer is late is not waited for. */
export async function poll(options: PollOptions): Promise<void> {
  const { link, topics, replyTopic, command, everyMs, clock, signal } = options;
  const asked = new Map<string, number>();
  let count = 0;
  const take = ({ payload, receivedNs }: LinkMessage): void => {
    const { status, data, transaction } = parseReport(Buffer.from(payload).toString("utf8"));
    const askedNs = asked.get(String(transaction));
    if (askedNs === undefined || status !== "ok") return;
    asked.delete(String(transaction));
    options.onAnswer(data, (receivedNs - askedNs) / 1e6);
  };
  const ask = (): void => {
    count += 1;
    const transaction = `${replyTopic}#${count}`;
    asked.set(transaction, clock.monotonicNs());
    if (asked.size > mostOpen) asked.delete(asked.keys().next().value!);
    const payload = JSON.stringify({ ...options.parameters, transaction });
    const topic = `${topics.root}/request/${command}`;
    // Not waited for: a slow network must not hold up the next question. What is lost is asked again.
    link
      .publish({ topic, payload, responseTopic: replyTopic, expirySeconds: 2, qos: 0 }, signal)
      .catch(() => undefined);
  };
  const leave = [replyTopic, topics.response(command)].map((topic) => link.subscribe(topic, take));
  try {
    while (!signal.aborted) {
      if (link.state().phase === "connected") ask();
      await clock.sleep(everyMs(), signal).catch(() => undefined);
    }
  } finally {
    for (const part of leave) part();
  }
}

/** What a car says of its wheel; null: these are other words. */
export function asDriveReport(value: unknown): DriveReport | null {
  if (typeof value !== "object" || value === null) return null;
  const { armed, remote } = value as Partial<DriveReport>;
  return typeof armed === "boolean" && typeof remote === "object" && remote !== null
    ? (value as DriveReport)
    : null;
}

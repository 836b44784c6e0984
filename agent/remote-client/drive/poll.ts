// Asks the car again and again how its wheel is: its answer says what is applied, and how long question and answer take together.
import type { Clock } from "../../../device/clock.ts";
import type { LinkMessage, MqttLink } from "../../../sync/clients/mqtt-link.ts";
import type { DriveReport } from "../../remote/drive-messages.ts";
import type { RemoteTopics } from "../../remote/topics.ts";
import { parseReport } from "../devices.ts";

export type PollOptions = {
  readonly link: MqttLink;
  readonly topics: RemoteTopics;
  readonly replyTopic: string;
  /** Time between two questions, ms; asked before each. */
  readonly everyMs: () => number;
  readonly onReport: (report: DriveReport, roundTripMs: number) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Polls until the signal aborts. A question whose answer is late is not waited for. */
export async function pollDrive(options: PollOptions): Promise<void> {
  const { link, topics, replyTopic, everyMs, onReport, clock, signal } = options;
  const asked = new Map<string, number>();
  let count = 0;
  const onAnswer = ({ payload, receivedNs }: LinkMessage): void => {
    const { status, data, transaction } = parseReport(Buffer.from(payload).toString("utf8"));
    const askedNs = asked.get(String(transaction));
    if (askedNs === undefined || status !== "ok") return;
    asked.delete(String(transaction));
    const report = asDriveReport(data);
    if (report !== null) onReport(report, (receivedNs - askedNs) / 1e6);
  };
  const leave = [replyTopic, topics.response("drive")].map((topic) => link.subscribe(topic, onAnswer));
  try {
    while (!signal.aborted) {
      if (link.state().phase === "connected") {
        count += 1;
        const transaction = `${replyTopic}#${count}`;
        asked.set(transaction, clock.monotonicNs());
        if (asked.size > mostOpen) asked.delete(asked.keys().next().value!);
        const payload = JSON.stringify({ action: "state", transaction });
        const request = {
          topic: `${topics.root}/request/drive`,
          payload,
          responseTopic: replyTopic,
          expirySeconds: 2,
        };
        // Not waited for: a slow acknowledgement must not hold up the next question. What is lost is asked again.
        link.publish({ ...request, qos: 0 }, signal).catch(() => undefined);
      }
      await clock.sleep(everyMs(), signal).catch(() => undefined);
    }
  } finally {
    for (const part of leave) part();
  }
}

const mostOpen = 32;

/** What a car says of its wheel; null: these are other words. */
export function asDriveReport(value: unknown): DriveReport | null {
  if (typeof value !== "object" || value === null) return null;
  const { armed, remote } = value as Partial<DriveReport>;
  return typeof armed === "boolean" && typeof remote === "object" && remote !== null
    ? (value as DriveReport)
    : null;
}

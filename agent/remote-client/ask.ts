// One question and its answer: over MQTT 5 with response topic, correlation data and expiry, over 3.1.1 with the transaction.
import type { LinkMessage, MqttLink } from "../../sync/clients/mqtt-link.ts";
import { SyncError } from "../../sync/errors.ts";
import type { RemoteTopics } from "../remote/topics.ts";
import { parseReport } from "./devices.ts";
import { ownFailure, type RemoteAnswer } from "./report.ts";

export type Question = {
  readonly command: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** New for every question; the device acts once on it, however often it comes. */
  readonly transaction: string;
};

export type AskDeps = {
  readonly link: MqttLink;
  readonly topics: RemoteTopics;
  /** Where MQTT 5 answers go. */
  readonly replyTopic: string;
  /** After this nobody waits any more: the broker may forget the question. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** Resolves with the answer. @throws the signal's reason. */
export async function ask(
  { command, parameters, transaction }: Question,
  deps: AskDeps,
): Promise<RemoteAnswer> {
  const { link, topics, replyTopic, timeoutMs, signal } = deps;
  signal.throwIfAborted();
  const leave: (() => void)[] = [];
  try {
    return await new Promise<RemoteAnswer>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      leave.push(() => signal.removeEventListener("abort", onAbort));
      const take = (message: LinkMessage): void => {
        const answer = answerTo(transaction, message);
        if (answer !== null) resolve(answer);
      };
      // A device behind a 3.1.1 connection answers at the usual place, whatever we speak; what it does not know, at `unknown`.
      for (const topic of [replyTopic, topics.response(command), topics.response("unknown")])
        leave.push(link.subscribe(topic, take));
      const send = (stop: AbortSignal): Promise<void> =>
        link.publish(
          {
            topic: `${topics.root}/request/${command}`,
            payload: JSON.stringify({ ...parameters, transaction }),
            qos: 1,
            contentType: "application/json",
            responseTopic: replyTopic,
            correlationData: Buffer.from(transaction),
            expirySeconds: Math.ceil(timeoutMs / 1000),
          },
          stop,
        );
      // At every connect: a question or its answer may have been lost with the wire.
      leave.push(
        link.onConnect((stop) =>
          send(stop).catch((error: unknown) => {
            if (error instanceof SyncError && error.kind === "permanent")
              return resolve(
                ownFailure("not_allowed", `The broker does not take the request: ${error.message}`),
              );
            throw error;
          }),
        ),
      );
    });
  } finally {
    for (const part of leave) part();
  }
}

function answerTo(transaction: string, { payload, correlationData }: LinkMessage): RemoteAnswer | null {
  const answer = parseReport(Buffer.from(payload).toString("utf8"));
  const isOurs =
    answer.transaction === transaction ||
    (correlationData !== null && Buffer.from(correlationData).toString("utf8") === transaction);
  if (!isOurs) return null;
  if (answer.status === "ok" || (answer.status === "error" && typeof answer.error === "object"))
    return answer as RemoteAnswer;
  return ownFailure("bad_answer", "What came back is no answer of a device");
}

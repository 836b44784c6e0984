// Events to whoever listens on MQTT. An event may come twice (its id tells); it never gets lost between outbox and broker.
import type { Clock } from "../../device/clock.ts";
import type { OutboxEntry } from "../../device/store/outbox.ts";
import type { MqttLink } from "../clients/mqtt-link.ts";
import { asSyncError, SyncError } from "../errors.ts";
import type { DeliveryOutcome, Target } from "./target.ts";

export type EventTargetOptions = {
  /** Identity in the outbox: stable over restarts, so not the URL of a broker with a changing port. */
  readonly name: string;
  readonly link: Pick<MqttLink, "publish" | "state" | "url">;
  /** Topic of an event type, e.g. "outrider/car7/event/run_started". */
  readonly topicFor: (type: string) => string;
  /** An event sent this long after it happened is marked `historical`, ms. Default 10 000. */
  readonly historicalAfterMs?: number;
  readonly clock: Clock;
};

/**
 * Delivers events with QoS 1: an event counts as delivered when the broker has acknowledged it.
 * The message is the event's body with `id`, `type`, `seq` (rises with every entry of the device) and `historical`.
 */
export function createEventTarget(options: EventTargetOptions): Target {
  const { name, link, topicFor, clock, historicalAfterMs = 10_000 } = options;

  const deliverOne = async (entry: OutboxEntry, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const { event } = entry;
    if (event === undefined || entry.operation === "remove") return { result: "gone" };
    const ageUs = clock.now().wallUs - entry.enqueuedAtUs;
    const historical = ageUs > historicalAfterMs * 1000;
    const message = { ...event.body, id: entry.id, type: event.type, seq: entry.sequence, historical };
    try {
      await link.publish(
        {
          topic: topicFor(event.type),
          payload: JSON.stringify(message),
          qos: 1,
          contentType: "application/json",
        },
        signal,
      );
      return { result: "delivered", reference: null, already: false };
    } catch (cause) {
      signal.throwIfAborted();
      return { result: "failed", error: asSyncError(cause, `event ${event.type}`) };
    }
  };

  const probe = async (): Promise<void> => {
    const { phase, lastError } = link.state();
    if (phase === "connected") return;
    const why = lastError === null ? "" : `: ${lastError.message}`;
    throw new SyncError("offline", `no connection to ${link.url}${why}`);
  };

  return {
    name,
    waitsFor: [],
    maxBatch: 64,
    // One batch after the other, and none past one that failed, keeps the events of a device in order at the broker.
    concurrency: 1,
    inOrder: true,
    deliver: async (entries, signal) => {
      await probe();
      return Promise.all(entries.map((entry) => deliverOne(entry, signal)));
    },
    probe,
    // The link belongs to the agent: requests and health go on while nothing is delivered.
    close: async () => undefined,
  };
}

// What a broker keeps retained, read once. A broker does not say where its list ends: what was asked for is here when a message of our
// own, sent behind the question, came back, and then nothing for a moment.
import type { Clock } from "../../device/clock.ts";
import type { MqttLink } from "../../sync/clients/mqtt-link.ts";

export type RetainedOptions = {
  /** A topic that is ours alone. */
  readonly echoTopic: string;
  /** Enough: it need not be waited for the rest. */
  readonly until?: (found: ReadonlyMap<string, string>) => boolean;
  /** Silence that counts as the end, ms. Default 300. */
  readonly quietMs?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Time for an echo before it is called for again, ms. */
const callEveryMs = 500;

/** Resolves with the texts by topic. @throws the signal's reason. */
export async function readRetained(
  link: MqttLink,
  filters: readonly string[],
  { echoTopic, until = () => false, quietMs = 300, clock, signal }: RetainedOptions,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let isEchoed = false;
  let newestNs = clock.monotonicNs();
  const heard = (): void => {
    newestNs = clock.monotonicNs();
  };
  const leave = [
    ...filters.map((filter) =>
      link.subscribe(
        filter,
        ({ topic, payload, retained }) => {
          if (!retained) return;
          found.set(topic, Buffer.from(payload).toString("utf8"));
          heard();
        },
        { stored: true },
      ),
    ),
    link.subscribe(echoTopic, () => {
      isEchoed = true;
      heard();
    }),
  ];
  let calledNs = Number.NEGATIVE_INFINITY;
  /** Again and again: the wire may break, and a broker may take what we say before it has noted what we want to hear. */
  const call = (): void => {
    const nowNs = clock.monotonicNs();
    if (isEchoed || link.state().phase !== "connected" || nowNs - calledNs < callEveryMs * 1e6) return;
    calledNs = nowNs;
    // QoS 1, or it would overtake what a slow link has not acknowledged yet. What cannot be said now is said again.
    link.publish({ topic: echoTopic, payload: "", qos: 1 }, signal).catch(() => undefined);
  };
  try {
    while (!until(found) && !(isEchoed && clock.monotonicNs() - newestNs >= quietMs * 1e6)) {
      call();
      await clock.sleep(20, signal);
    }
    return found;
  } finally {
    for (const part of leave) part();
  }
}

// Says the discovery message: at every connect, when Home Assistant comes up, and takes back what is no longer there. What was said is
// remembered, so that a part that was taken out of the configuration, or all of it, disappears there as well.
import type { Clock } from "../../../device/clock.ts";
import type { Log } from "../../../device/log.ts";
import type { LinkMessage, MqttLink } from "../../../sync/clients/mqtt-link.ts";
import type { Component } from "./component.ts";
import type { Discovery } from "./discovery.ts";

/** What Home Assistant was told. */
export type Announced = {
  /** Where the message lies. */
  readonly topic: string;
  readonly components: Readonly<Record<string, Component["platform"]>>;
  /** Topics of pictures, which are retained, too. */
  readonly pictures: readonly string[];
};

/** Outlives a restart. */
export type AnnouncedMemory = {
  readonly read: () => Announced | null;
  readonly write: (announced: Announced | null) => Promise<void>;
};

export type AnnouncerOptions = {
  readonly link: MqttLink;
  /** null: Home Assistant shall not know of us. */
  readonly wanted: {
    readonly topic: string;
    readonly birthTopic: string;
    readonly discovery: Discovery;
    readonly pictures: readonly string[];
  } | null;
  readonly memory: AnnouncedMemory;
  readonly clock: Clock;
  /** 0…1, for the jitter. */
  readonly random: () => number;
  readonly log: Log;
};

/** Life: create (it serves at once) → close. */
export type Announcer = { readonly close: () => Promise<void> };

/** Home Assistant just started and hears all devices at once. */
const mostJitterMs = 3_000;
/** Some brokers drop whoever publishes where they must not: then the link is worth more than being found. */
const mostLosses = 3;
const restAfterLossesMs = 3_600_000;

export function createAnnouncer({ link, wanted, memory, clock, random, log }: AnnouncerOptions): Announcer {
  const stop = new AbortController();
  let losses = 0;
  let restsUntilNs = Number.NEGATIVE_INFINITY;
  let working: Promise<void> = Promise.resolve();

  const publish = (topic: string, payload: string): Promise<void> =>
    link.publish({ topic, payload, qos: 1, retain: true }, stop.signal);
  const remember = async (next: Announced | null): Promise<void> => {
    if (JSON.stringify(next) === JSON.stringify(memory.read())) return;
    // A full disk must not hide the device: to be found matters more than to be taken back one day.
    await memory
      .write(next)
      .catch((error: Error) =>
        log.warn({ reason: error.message }, "What Home Assistant was told could not be remembered"),
      );
  };
  /** An empty retained message takes a retained one away. */
  const takeBack = async (topics: readonly string[]): Promise<void> => {
    for (const topic of topics) await publish(topic, "");
  };
  const say = async (): Promise<void> => {
    const before = memory.read();
    if (wanted === null) {
      if (before === null) return;
      await takeBack([before.topic, ...before.pictures]);
      return remember(null);
    }
    const { topic, discovery, pictures } = wanted;
    const now: Announced = {
      topic,
      components: Object.fromEntries(
        Object.entries(discovery.components).map(([key, { platform }]) => [key, platform]),
      ),
      pictures,
    };
    // First remembered, then said: what was said and forgotten could never be taken back.
    if (before === null) await remember(now);
    else await remember({ ...now, components: { ...before.components, ...now.components } });
    if (before !== null) {
      await takeBack(
        [before.topic, ...before.pictures].filter((each) => each !== topic && !pictures.includes(each)),
      );
      const gone = Object.entries(before.components).filter(([key]) => !Object.hasOwn(now.components, key));
      const removals = Object.fromEntries(gone.map(([key, platform]) => [key, { platform }]));
      if (before.topic === topic && gone.length > 0)
        await publish(
          topic,
          JSON.stringify({ ...discovery, components: { ...discovery.components, ...removals } }),
        );
    }
    await publish(topic, JSON.stringify(discovery));
    await remember(now);
  };
  const announce = async (): Promise<void> => {
    if (clock.monotonicNs() < restsUntilNs) return;
    try {
      await say();
      losses = 0;
    } catch (error) {
      if (stop.signal.aborted) return;
      const isLost = link.state().phase !== "connected";
      losses = isLost ? losses + 1 : 0;
      const reason = (error as Error).message;
      if (losses < mostLosses) return log.debug({ reason }, "Home Assistant was not told");
      losses = 0;
      restsUntilNs = clock.monotonicNs() + restAfterLossesMs * 1e6;
      log.warn(
        { reason, topic: wanted?.topic },
        "The connection is lost whenever Home Assistant is told of this device: it is not told for an hour. If the broker forbids it, set mqtt.homeAssistant.enabled to false",
      );
    }
  };
  /** One at a time. */
  const announceNext = (): Promise<void> => {
    working = working.then(announce);
    return working;
  };
  const onBirth = async ({ payload, retained }: LinkMessage): Promise<void> => {
    if (retained || Buffer.from(payload).toString("utf8") !== "online") return;
    const isOver = await clock.sleep(random() * mostJitterMs, stop.signal).then(
      () => false,
      () => true,
    );
    if (!isOver) await announceNext();
  };

  const leave = [
    // Not waited for: whoever else greets the broker is more urgent.
    link.onConnect(async () => void announceNext()),
    ...(wanted === null ? [] : [link.subscribe(wanted.birthTopic, (message) => void onBirth(message))]),
  ];
  return {
    close: async () => {
      for (const part of leave.splice(0)) part();
      stop.abort(new Error("the device is stopping"));
      await working;
    },
  };
}

// The retained topics of a device: the newest word on each is kept here and said again at every connect, for brokers forget.
import type { Log } from "../../device/log.ts";
import type { MqttPublication } from "../../sync/clients/mqtt-message.ts";

export type StateBoard = {
  /** Says `text` on `topic` unless that was said last; of several words in a hurry only the newest goes out. */
  readonly post: (topic: string, text: string) => void;
  /** Says everything again; resolves when it is out, or when that failed (the next connect tries again). */
  readonly repost: () => Promise<void>;
  /** Resolves when nothing is on its way. */
  readonly idle: () => Promise<void>;
};

export function createStateBoard({
  publish,
  log,
}: {
  readonly publish: (publication: MqttPublication) => Promise<void>;
  readonly log: Log;
}): StateBoard {
  const wanted = new Map<string, string>();
  const said = new Map<string, string>();
  let pumping: Promise<void> | null = null;

  const pump = async (): Promise<void> => {
    for (;;) {
      const next = [...wanted].find(([topic, text]) => said.get(topic) !== text);
      if (next === undefined) return;
      const [topic, payload] = next;
      try {
        await publish({ topic, payload, qos: 1, retain: true, contentType: "application/json" });
      } catch (error) {
        // It stays wanted: the next post or connect takes it up.
        log.debug({ topic, reason: (error as Error).message }, "A state could not be published");
        return;
      }
      said.set(topic, payload);
    }
  };
  const start = (): Promise<void> => {
    pumping ??= pump().finally(() => {
      pumping = null;
    });
    return pumping;
  };
  return {
    post: (topic, text) => {
      wanted.set(topic, text);
      void start();
    },
    repost: async () => {
      await pumping;
      said.clear();
      await start();
    },
    idle: async () => {
      await pumping;
    },
  };
}

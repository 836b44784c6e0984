// Who listens while a long queue is sent: counts each event once by its id, and looks whether a topic's events come in order.
// Runs in a process of its own, so that what it costs is not counted as the sender's.
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createMqttLink } from "../../sync/clients/mqtt-link.ts";

/** What was heard so far. */
export type Heard = {
  /** Different events. */
  readonly events: number;
  /** Copies of events that were heard before; their id tells. */
  readonly repeats: number;
  /** Events that came after a later one of their topic. */
  readonly overtaken: number;
  readonly topics: number;
};

const sayEveryMs = 200;

/** Says `ready`, then what it heard, one JSON a line, until its stdin ends. @param filter of the topics. */
export async function runQueueListener(url: string, filter: string, events: number): Promise<void> {
  const seen = new Uint8Array(events);
  const newest = new Map<string, number>();
  let heard = { events: 0, repeats: 0, overtaken: 0 };
  const link = createMqttLink({
    url,
    clientId: `queue-listener-${process.pid}`,
    will: null,
    clock: createSystemClock(),
    random: Math.random,
    log: silentLog,
  });
  const say = (): void => {
    process.stdout.write(`${JSON.stringify({ ...heard, topics: newest.size })}\n`);
  };
  link.subscribe(filter, ({ topic, payload }) => {
    const { n } = JSON.parse(Buffer.from(payload).toString("utf8")) as { n: number };
    if (seen[n] === 1) {
      heard = { ...heard, repeats: heard.repeats + 1 };
      return;
    }
    seen[n] = 1;
    heard.events += 1;
    if (n < (newest.get(topic) ?? -1)) heard.overtaken += 1;
    else newest.set(topic, n);
  });
  link.onConnect(async () => {
    process.stdout.write("ready\n");
  });
  const timer = setInterval(say, sayEveryMs);
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once("end", resolve));
  clearInterval(timer);
  say();
  await link.close();
}

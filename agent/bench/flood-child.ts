// Somebody who floods a device with nonsense over MQTT, in a process of its own: so many messages a second, each from a seed.
import { createRandom, pick, type Random } from "../../device/camera/sim/seeded-random.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createMqttLink } from "../../sync/clients/mqtt-link.ts";
import { createTopics } from "../remote/topics.ts";

export type FloodChildOptions = {
  readonly broker: string;
  readonly base: string;
  readonly device: string;
  readonly rate: number;
  readonly seconds: number;
  readonly seed: number;
};

/** What was handed to the broker. */
export type FloodSent = {
  readonly requests: number;
  readonly controls: number;
  readonly large: number;
  readonly retained: number;
};

type Message = {
  readonly kind: keyof FloodSent;
  readonly topic: string;
  readonly payload: string | Uint8Array;
};

const largeBytes = 5 * 2 ** 20;
const sliceMs = 10;
const commands = [
  "status",
  "record",
  "sync",
  "snapshot",
  "config",
  "help",
  "model",
  "restart-not",
  "nothing",
  "a/b/c",
];

/** Floods for so long and gives what it sent. */
export async function runFloodChild(options: FloodChildOptions): Promise<FloodSent> {
  const clock = createSystemClock();
  const random = createRandom(options.seed, "flood");
  const topics = createTopics(options.base, options.device);
  const link = createMqttLink({
    url: options.broker,
    clientId: `flood-${options.device}`,
    will: null,
    maxPayloadBytes: 2 * largeBytes,
    clock,
    random,
    log: silentLog,
  });
  const sent = { requests: 0, controls: 0, large: 0, retained: 0 };
  const { signal } = new AbortController();
  const large = Buffer.alloc(largeBytes, 0x61);
  const send = (message: Message): void => {
    const publication = {
      topic: message.topic,
      payload: message.payload,
      qos: 0 as const,
      retain: message.kind === "retained",
    };
    link.publish(publication, signal).then(
      () => {
        sent[message.kind] += 1;
      },
      // The broker does not take more just now.
      () => undefined,
    );
  };
  const startedMs = performance.now();
  for (let n = 0; performance.now() - startedMs < options.seconds * 1000; ) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * options.rate);
    // One large message a second; the broker keeps it from whoever takes no such packet.
    for (; n < due; n += 1)
      send(
        n % options.rate === 0
          ? { kind: "large", topic: `${topics.root}/request/record`, payload: large }
          : nonsense(topics, random),
      );
    await clock.sleep(sliceMs, signal);
  }
  // What was kept for later devices is taken back.
  for (const command of commands)
    await link.publish(
      { topic: `${topics.root}/request/${command}`, payload: "", qos: 1, retain: true },
      signal,
    );
  await link.close();
  return sent;
}

/** A message that no device should act on. */
export function nonsense(topics: ReturnType<typeof createTopics>, random: Random): Message {
  const payload = payloads[Math.floor(random() * payloads.length)]!(random);
  const chance = random();
  if (chance < 0.2) return { kind: "controls", topic: topics.controlDrive, payload };
  const topic = `${topics.root}/request/${pick(random, commands as [string, ...string[]])}`;
  // An old command that the broker keeps must not act either.
  if (chance < 0.21) return { kind: "retained", topic, payload: '{"action":"stop"}' };
  return { kind: "requests", topic, payload };
}

const payloads: readonly ((random: Random) => string | Uint8Array)[] = [
  () => "",
  () => "null",
  () => "{",
  () => '{"action":"mark","note":7}',
  () => '{"action":["stop"]}',
  () => '{"action":"erase","seconds":1e308}',
  () => '{"__proto__":{"action":"stop"},"transaction":{"a":1}}',
  () => `${"[".repeat(500)}${"]".repeat(500)}`,
  () => Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0xf0, 0x9f]),
  (random) => Buffer.from(Array.from({ length: 64 }, () => Math.floor(random() * 256))),
  () =>
    JSON.stringify({ seq: -1, sentMs: "now", validMs: 1e9, steer: 5, throttle: null, hold: 1, driver: "x" }),
  () => JSON.stringify({ action: "mark", note: "n".repeat(5000), transaction: "t".repeat(5000) }),
  () => '{"action":"explode"}',
];

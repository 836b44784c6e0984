// Somebody who floods a device with nonsense over MQTT, in a process of its own: so many messages a second, each from a seed.
import { createRandom, pick, type Random } from "../../device/camera/sim/seeded-random.ts";
import { createSystemClock } from "../../device/clock.ts";
import { createTopics } from "../remote/topics.ts";
import { closeWire, openWire, publishPacket } from "./flood-wire.ts";

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

/** Messages that are made and packed before the flood begins, and then sent round and round. */
const poolSize = 5000;
/** What the broker does not take at once is not piled up here. */
const maxPiledBytes = 2 ** 20;

/** Floods for so long and gives what it sent. */
export async function runFloodChild(options: FloodChildOptions): Promise<FloodSent> {
  const clock = createSystemClock();
  const random = createRandom(options.seed, "flood");
  const topics = createTopics(options.base, options.device);
  const socket = await openWire(options.broker, `flood-${options.device}`);
  const pool = Array.from({ length: poolSize }, () => packed(nonsense(topics, random)));
  // One large message a second; the broker keeps it from whoever takes no such packet.
  const large = packed({
    kind: "large",
    topic: `${topics.root}/request/record`,
    payload: Buffer.alloc(largeBytes, 0x61),
  });
  const sent = { requests: 0, controls: 0, large: 0, retained: 0 };
  const { signal } = new AbortController();
  const startedMs = performance.now();
  for (let n = 0; performance.now() - startedMs < options.seconds * 1000; ) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * options.rate);
    const batch: Buffer[] = [];
    for (; n < due; n += 1) {
      if (socket.writableLength > maxPiledBytes + largeBytes) continue;
      const { kind, bytes } = n % options.rate === 0 ? large : pool[n % poolSize]!;
      batch.push(bytes);
      sent[kind] += 1;
    }
    if (batch.length > 0) socket.write(Buffer.concat(batch));
    await clock.sleep(sliceMs, signal);
  }
  // What was kept for later devices is taken back.
  for (const command of commands) socket.write(publishPacket(`${topics.root}/request/${command}`, "", true));
  await closeWire(socket);
  return sent;
}

function packed({ kind, topic, payload }: Message): {
  readonly kind: Message["kind"];
  readonly bytes: Buffer;
} {
  return { kind, bytes: publishPacket(topic, payload, kind === "retained") };
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

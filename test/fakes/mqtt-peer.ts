// The other side of MQTT tests: an ordinary link that remembers what it hears.
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import {
  createMqttLink,
  type LinkMessage,
  type MqttLink,
  type MqttLinkOptions,
} from "../../sync/clients/mqtt-link.ts";
import { eventually } from "./eventually.ts";

export type MqttPeer = {
  readonly link: MqttLink;
  readonly heard: LinkMessage[];
  /** The first message on `topic` that passes, heard before or after the call. */
  readonly next: (topic: string, passes?: (message: LinkMessage) => boolean) => Promise<LinkMessage>;
};

/** Connects and hears everything that matches `filter`, retained copies too. */
export async function connectPeer(
  url: string,
  { filter = "#", ...options }: Partial<MqttLinkOptions> & { filter?: string } = {},
): Promise<MqttPeer> {
  const link = createMqttLink({
    url,
    clientId: `peer-${Math.random().toString(36).slice(2)}`,
    will: null,
    clock: createSystemClock(),
    random: Math.random,
    log: silentLog,
    ...options,
  });
  const heard: LinkMessage[] = [];
  link.subscribe(filter, (message) => heard.push(message), { stored: true });
  try {
    await eventually(`a connection to ${link.url}`, () => link.state().phase === "connected");
  } catch (error) {
    await link.close();
    throw error;
  }
  return {
    link,
    heard,
    next: (topic, passes = () => true) =>
      eventually(`a message on ${topic}`, () =>
        heard.find((message) => message.topic === topic && passes(message)),
      ),
  };
}

/** The payload as text. */
export function textOf(message: LinkMessage): string {
  return Buffer.from(message.payload).toString("utf8");
}

/** The payload as JSON. */
export function jsonOf(message: LinkMessage): Record<string, unknown> {
  return JSON.parse(textOf(message)) as Record<string, unknown>;
}

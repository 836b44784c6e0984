// The address of the broker that is part of the agent: `embedded:`, `embedded:PORT` or `embedded:ADDRESS:PORT`.
import { ConfigError } from "../config.ts";

/** Where the embedded broker is asked to listen; null: as it likes (loopback; the usual port or any free one). */
export type EmbeddedUrl = { readonly listen: string | null; readonly port: number | null };

/** The port that MQTT has by custom. */
export const usualMqttPort = 1883;

/** @throws ConfigError that names the three forms. */
export function parseEmbeddedUrl(url: string): EmbeddedUrl {
  const match = /^embedded:(?:(?:(.+):)?(\d+))?$/.exec(url);
  if (match === null)
    throw new ConfigError("(mqtt)", [
      `mqtt.url: expected embedded:, embedded:PORT or embedded:ADDRESS:PORT, got "${url}"`,
    ]);
  const [, listen, port] = match;
  return { listen: listen ?? null, port: port === undefined ? null : Number(port) };
}

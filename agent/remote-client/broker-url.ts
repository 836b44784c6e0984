// Where the broker is for somebody who wants to talk to a device: the configuration says it from the agent's side.
import { parseEmbeddedUrl, usualMqttPort } from "../remote/embedded-url.ts";

/** The address to connect to. An embedded broker is looked for on this machine at the usual port. @param url as `mqtt.url`; null: MQTT is off. */
export function brokerUrlOf(url: string | null): string {
  if (url === null)
    throw new Error("Expected a broker, got a configuration without one; name it with --broker");
  if (!url.startsWith("embedded:")) return url;
  const { listen, port } = parseEmbeddedUrl(url);
  const isAnywhere = listen === null || listen === "0.0.0.0" || listen === "::";
  const host = isAnywhere ? "127.0.0.1" : listen.includes(":") ? `[${listen}]` : listen;
  return `mqtt://${host}:${port || usualMqttPort}`;
}

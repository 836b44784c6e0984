// A broker's URL taken apart; what is shown of it has no secret.
import type { MqttCredentials } from "./mqtt-message.ts";

export type BrokerAddress = {
  /** For messages and receipts: scheme, host and port only. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** TLS. */
  readonly secure: boolean;
  readonly credentials: MqttCredentials | null;
};

/** @throws Error that names the rule; it never repeats an account that stands in the URL. */
export function parseBrokerUrl(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  const secure = url?.protocol === "mqtts:";
  if (url === null || (!secure && url.protocol !== "mqtt:") || url.hostname === "")
    throw new Error(
      `Expected the broker as mqtt://host[:port] or mqtts://host[:port], got "${text.replace(/^.*@/s, "…@")}"`,
    );
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (secure ? 8883 : 1883) : Number(url.port);
  const credentials =
    url.username === "" ? null : { username: decode(url.username), password: decode(url.password) };
  return { url: `${url.protocol}//${url.hostname}:${port}`, host, port, secure, credentials };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new Error("Expected the account in the broker's URL percent-encoded (a % as %25)", { cause });
  }
}

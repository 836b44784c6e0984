// What goes over an MQTT connection and what opens one, in our words: no type of the client library leaves mqtt.ts.

/** Who we are; asked for at every attempt, so that a rotated secret is taken up without a restart. */
export type MqttCredentials = { readonly username: string; readonly password: string };

/** PEM texts for `mqtts://`; what is not given is the system's. */
export type MqttTls = {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
};

/** A message to publish. */
export type MqttPublication = {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos: 0 | 1;
  readonly retain?: boolean;
  /** QoS 0: rather not at all than behind so many bytes that the network has not taken yet: what is late is worth nothing. Default 1 MiB. */
  readonly maxBacklogBytes?: number;
  /** What follows is MQTT 5 only, and left out on a 3.1.1 connection. Seconds until the broker may forget it. */
  readonly expirySeconds?: number;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly contentType?: string;
};

/** A message that came in. */
export type MqttMessage = {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Published with the retain flag. On MQTT 3.1.1 only a stored copy says so, on MQTT 5 the live one too. */
  readonly retained: boolean;
  readonly qos: 0 | 1 | 2;
  /** Seconds the message was still good for when it came; null: no limit, or MQTT 3.1.1. */
  readonly expirySeconds: number | null;
  readonly responseTopic: string | null;
  readonly correlationData: Uint8Array | null;
};

/** A wish to receive. `stored`: also what the broker keeps retained, at every connect. */
export type MqttSubscriptionRequest = { readonly filter: string; readonly stored: boolean };

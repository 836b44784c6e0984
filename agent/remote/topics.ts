// The MQTT topics of one device, `<base>/<device>/…`, and what may be answered where.
import type { MqttPublication } from "../../sync/clients/mqtt-message.ts";
import { isTopicName } from "../../sync/clients/mqtt-topic.ts";

export type RemoteTopics = {
  /** `<base>/<device>` */
  readonly root: string;
  /** `online`, `offline` or `stopped`; retained, and the last will. */
  readonly availability: string;
  readonly info: string;
  readonly health: string;
  readonly recordState: string;
  readonly driveState: string;
  /** What somebody far away who drives publishes; see drive-messages.ts. */
  readonly controlDrive: string;
  readonly cameraStatus: (camera: string) => string;
  /** The newest picture of a camera as it is, for Home Assistant; retained. */
  readonly cameraPicture: (camera: string) => string;
  /** Asks for a new one: `{"camera": "front"}`. */
  readonly controlPicture: string;
  /** Events of a type; delivered through the outbox. */
  readonly event: (type: string) => string;
  /** The filter all requests match. */
  readonly requests: string;
  /** The command a topic asks for, e.g. "record"; null: it is no request of this device. */
  readonly commandOf: (topic: string) => string | null;
  readonly response: (command: string) => string;
  /** Whether somebody who asks may be answered on this topic of their choice. */
  readonly mayAnswerOn: (topic: string) => boolean;
};

/** What the outbox calls the way to the broker. */
export function eventTargetName({ root }: Pick<RemoteTopics, "root">): string {
  return `mqtt:${root}`;
}

/**
 * @param base first levels of every topic, e.g. "outrider" or "fleet/north".
 * @throws Error when base or device cannot stand in a topic.
 */
export function createTopics(base: string, deviceId: string): RemoteTopics {
  if (!isTopicName(base) || /^[$/]|\/$/.test(base))
    throw new Error(`Expected mqtt.base to be a topic without + # $ and outer slashes, got "${base}"`);
  if (!isTopicName(deviceId) || /[/$]/.test(deviceId))
    throw new Error(
      `Expected the device's name to be one level of a topic, without / + # $, got "${deviceId}"`,
    );
  const root = `${base}/${deviceId}`;
  const requestPrefix = `${root}/request/`;
  return {
    root,
    availability: `${root}/availability`,
    info: `${root}/info`,
    health: `${root}/health`,
    recordState: `${root}/record/state`,
    driveState: `${root}/drive/state`,
    controlDrive: `${root}/control/drive`,
    cameraPicture: (camera) => `${root}/camera/${asLevel(camera)}/picture`,
    controlPicture: `${root}/control/picture`,
    cameraStatus: (camera) => `${root}/camera/${asLevel(camera)}/status`,
    event: (type) => `${root}/event/${asLevel(type)}`,
    requests: `${requestPrefix}#`,
    commandOf: (topic) => (topic.startsWith(requestPrefix) ? topic.slice(requestPrefix.length) : null),
    response: (command) => `${root}/response/${asLevel(command)}`,
    mayAnswerOn: (topic) => mayAnswerOn(topic, base, root),
  };
}

/** What the broker says when the device vanishes: retained, as the birth is, or late subscribers would see a stale word. */
export function availabilityWill(topics: RemoteTopics): MqttPublication {
  return { topic: topics.availability, payload: "offline", qos: 1, retain: true };
}

/**
 * An answer goes where the asker says, but never onto a topic on which it would be taken for a command or for a device's own word:
 * otherwise a stranger could make this device drive another.
 */
function mayAnswerOn(topic: string, base: string, root: string): boolean {
  if (!isTopicName(topic) || topic.length > 256 || topic.startsWith("$")) return false;
  if (topic.startsWith(`${root}/`)) return topic.startsWith(`${root}/response/`);
  if (topic === root || topic === base) return false;
  if (topic.startsWith(`${base}/`)) return topic.slice(base.length).split("/")[2] === "response";
  // Elsewhere only where the name says that it is for answers ("clients/ab12/response", "replies/me").
  return topic.split("/").some((level) => /^(response|responses|reply|replies|answer|answers)$/i.test(level));
}

/** A name as one topic level. */
function asLevel(name: string): string {
  return name.replace(/[/+#\0]/g, "_");
}

// The device among those of Home Assistant: the message that announces it, and the pictures it shows.
import type { Log } from "../../../device/log.ts";
import type { MqttLink } from "../../../sync/clients/mqtt-link.ts";
import type { Agent } from "../../agent.ts";
import { readVersion } from "../../version.ts";
import { allowedNames } from "../commands.ts";
import type { RemoteTopics } from "../topics.ts";
import { type Announced, createAnnouncer } from "./announcer.ts";
import { type DiscoveryFacts, discoveryOf, discoveryTopic } from "./discovery.ts";
import { createPictures } from "./pictures.ts";

export type HomeAssistantOptions = {
  readonly link: MqttLink;
  readonly topics: RemoteTopics;
  readonly random: () => number;
  readonly log: Log;
};

const noteName = "home-assistant";

/** Begins at once; where it is disabled it only takes back what was announced before. */
export function openHomeAssistant(
  agent: Agent,
  { link, topics, random, log }: HomeAssistantOptions,
): { readonly close: () => Promise<void> } {
  const { config, clock, store, watcher } = agent;
  const { enabled, prefix, pictureEveryMs } = config.mqtt.homeAssistant;
  const cameras = config.cameras.map(({ id }) => id);
  const announcer = createAnnouncer({
    link,
    wanted: enabled
      ? {
          topic: discoveryTopic(prefix, topics),
          birthTopic: `${prefix}/status`,
          discovery: discoveryOf(factsOf(agent, topics)),
          pictures: cameras.map(topics.cameraPicture),
        }
      : null,
    memory: {
      read: () => (store.notes.get(noteName) ?? null) as Announced | null,
      write: async (announced) => {
        await store.commit(() => store.notes.put(noteName, announced));
      },
    },
    clock,
    random,
    log,
  });
  const pictures = enabled
    ? createPictures({
        link,
        topics,
        cameras,
        newest: (camera) => {
          const frame = agent.newestFrame(camera);
          if (frame === null) return null;
          return { imgId: frame.imgId, size: frame.size, bytes: () => store.frames.picture(frame.imgId) };
        },
        isAlert: (camera) =>
          (watcher?.state().cameras.find(({ id }) => id === camera)?.openSequences ?? 0) > 0,
        // A link that costs money carries them when there is something to see.
        everyMs: () => (agent.sending.isMetered() ? null : pictureEveryMs),
        clock,
        log,
      })
    : null;
  return {
    close: async () => {
      await Promise.all([announcer.close(), pictures?.close()]);
    },
  };
}

function factsOf({ config, devices }: Agent, topics: RemoteTopics): DiscoveryFacts {
  return {
    device: config.device,
    version: readVersion(),
    topics,
    cameras: config.cameras.map(({ id, record, watch }) => ({
      id,
      record,
      watch: config.watch.enabled && watch.enabled,
    })),
    moves: devices.drive.moves,
    commands: allowedNames(config.mqtt.allow),
    healthEveryMs: config.mqtt.healthEveryMs,
  };
}

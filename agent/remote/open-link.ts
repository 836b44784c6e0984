// Opens the way to the broker, the embedded one if none is named, and serves the agent on it.
import type { Log } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { type Broker, startBroker } from "../../sync/clients/broker.ts";
import { createMqttLink, type MqttLink } from "../../sync/clients/mqtt-link.ts";
import { createEventTarget } from "../../sync/targets/events.ts";
import type { Target } from "../../sync/targets/target.ts";
import type { Agent, AgentOptions } from "../agent.ts";
import type { Environment } from "../credentials.ts";
import { createAgentHands } from "./agent-hands.ts";
import { readMqttUser, readTls } from "./broker-access.ts";
import { createDriveControl } from "./drive-control.ts";
import { parseEmbeddedUrl, usualMqttPort } from "./embedded-url.ts";
import { openHomeAssistant } from "./home-assistant/open.ts";
import { createRemote, type Remote } from "./remote.ts";
import type { RequestFigures } from "./requests.ts";
import { cameraStatusOf, healthOf, infoOf, recordStateOf } from "./states.ts";
import { openStoredRequests } from "./stored-requests.ts";
import { availabilityWill, createTopics, eventTargetName } from "./topics.ts";

export type RemoteLink = {
  /** Where the broker is, without secrets. */
  readonly url: string;
  readonly link: MqttLink;
  /** Takes events from the outbox. */
  readonly events: Target;
  /** Begins to serve the agent. */
  readonly serve: (agent: Agent) => void;
  /** What became of the requests; null: none are taken yet. */
  readonly requests: () => RequestFigures | null;
  /** Something changed that may be worth saying now. */
  readonly changed: () => void;
  /** Says goodbye, then stops link and broker; may be called twice. */
  readonly close: () => Promise<void>;
};

/** Requests up to here get through to be refused in words; a broker of MQTT 5 keeps larger ones away from us. */
const leastIncomingBytes = 256 * 1024;
/** Topic, response topic, correlation data. */
const packetOverheadBytes = 16 * 1024;

/** @throws Error when the broker cannot be started or the configuration names files that cannot be read. */
export async function openLink(options: AgentOptions, store: Store): Promise<RemoteLink> {
  const { config, clock, log, random, env } = options;
  const wanted = config.mqtt.url!;
  // Before the broker: what cannot be read must not leave one running.
  readTls(config.mqtt);
  const broker = wanted.startsWith("embedded:") ? await startEmbedded(wanted, env, log) : null;
  const topics = createTopics(config.mqtt.base, config.device);
  const link = createMqttLink({
    url: broker?.url ?? wanted,
    // The store's identity makes the name unique also where two devices were given one name.
    clientId: `outrider-${config.device}-${store.id.slice(-8)}`,
    will: availabilityWill(topics),
    credentials: async () => readMqttUser(env),
    tls: async () => readTls(config.mqtt),
    maxIncomingBytes: Math.max(leastIncomingBytes, config.mqtt.maxRequestBytes + packetOverheadBytes),
    clock,
    random,
    log,
  });
  const events = createEventTarget({ name: eventTargetName(topics), link, topicFor: topics.event, clock });
  let remote: Remote | null = null;
  let control: ReturnType<typeof createDriveControl> | null = null;
  let homeAssistant: ReturnType<typeof openHomeAssistant> | null = null;
  let closing: Promise<void> | null = null;
  return {
    url: link.url,
    link,
    events,
    serve: (agent) => {
      remote ??= createRemote({
        link,
        topics,
        hands: createAgentHands(agent),
        sources: {
          info: () => infoOf(agent),
          health: () => healthOf(agent),
          record: () => recordStateOf(agent),
          drive: () => agent.driving.report(),
          cameras: () =>
            agent.devices.cameras.map((camera) => ({ id: camera.id, status: cameraStatusOf(agent, camera) })),
        },
        seen: openStoredRequests(store),
        allow: config.mqtt.allow,
        maxRequestBytes: config.mqtt.maxRequestBytes,
        rate: { burst: config.mqtt.requestBurst, perSecond: config.mqtt.requestsPerSecond },
        healthEveryMs: config.mqtt.healthEveryMs,
        clock,
        log,
      });
      control ??= createDriveControl({ link, topics, driver: agent.driving.remote });
      homeAssistant ??= openHomeAssistant(agent, { link, topics, random, log });
      // The broker is back, and the network with it: what rests after failures goes now.
      link.onConnect(async () => agent.drain.wake({ linkUp: true }));
    },
    requests: () => remote?.requests() ?? null,
    changed: () => remote?.refresh(),
    close: () => {
      closing ??= (async () => {
        control?.close();
        await homeAssistant?.close();
        await remote?.close();
        await link.close();
        await broker?.close();
      })();
      return closing;
    },
  };
}

/** `embedded:` takes the usual port, or any free one where that is taken; `embedded:1884` and `embedded:0.0.0.0:1883` mean what they say. */
async function startEmbedded(url: string, env: Environment, log: Log): Promise<Broker> {
  const { listen, port } = parseEmbeddedUrl(url);
  const options = { credentials: readMqttUser(env), log, ...(listen === null ? {} : { listen }) };
  if (port !== null) return startBroker({ ...options, port });
  try {
    return await startBroker({ ...options, port: usualMqttPort });
  } catch (cause) {
    log.info({ reason: (cause as Error).message }, "the usual MQTT port is taken: another one is used");
    return startBroker({ ...options, port: 0 });
  }
}

// Whether the configured broker lets us in, without doing anything there.
import type { Clock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createMqttLink } from "../../sync/clients/mqtt-link.ts";
import type { Config } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { readMqttUser, readTls } from "./broker-access.ts";
import { untilConnected } from "./until-connected.ts";

export type ProbeBrokerOptions = {
  readonly config: Config;
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: () => number;
};

/** Resolves with what to say of the broker. @throws Error with the reason when it cannot be reached or refuses us. */
export async function probeBroker(
  { config, env, clock, random }: ProbeBrokerOptions,
  signal: AbortSignal,
): Promise<string> {
  const { url } = config.mqtt;
  if (url === null || url.startsWith("embedded:")) return "is part of the agent";
  const link = createMqttLink({
    url,
    // Not the agent's name: a broker throws out whoever has a name that comes a second time.
    clientId: `outrider-doctor-${Math.floor(random() * 1e9).toString(36)}`,
    will: null,
    credentials: async () => readMqttUser(env),
    tls: async () => readTls(config.mqtt),
    clock,
    random,
    log: silentLog,
  });
  try {
    await untilConnected(link, signal);
    return `answers (MQTT ${link.state().protocol === 5 ? "5" : "3.1.1"})`;
  } finally {
    await link.close();
  }
}

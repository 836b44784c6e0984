// What lets us in at a broker: the account of the environment and the certificates of the configuration.
import { readFileSync } from "node:fs";
import type { MqttCredentials, MqttTls } from "../../sync/clients/mqtt-message.ts";
import { type Config, ConfigError } from "../config.ts";
import type { Environment } from "../credentials.ts";

/** PEM files; null: the system's authorities, no certificate of ours. */
export type TlsFiles = Pick<Config["mqtt"], "caFile" | "certFile" | "keyFile">;

/** The account for the broker; null: none is named. */
export function readMqttUser(env: Environment): MqttCredentials | null {
  const { OUTRIDER_MQTT_USER: username, OUTRIDER_MQTT_PASSWORD: password } = env;
  return username ? { username, password: password ?? "" } : null;
}

/** The certificates, as their files are now: they are renewed while we run. @throws ConfigError when a file cannot be read. */
export function readTls(mqtt: TlsFiles): MqttTls {
  const read = (name: "caFile" | "certFile" | "keyFile"): Buffer | undefined => {
    const path = mqtt[name];
    if (path === null) return undefined;
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new ConfigError("(mqtt)", [
        `mqtt.${name}: expected a readable PEM file, got ${path} (${(cause as Error).message})`,
      ]);
    }
  };
  const [ca, cert, key] = [read("caFile"), read("certFile"), read("keyFile")];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

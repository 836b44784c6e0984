// What the proof of driving from afar is played on: broker, cut wire, the car as a process of its own, the driver's client, and eyes.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { createClosing } from "../closing.ts";
import { type Config, parseConfig } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { storeFolder } from "../folders.ts";
import { openRemoteClient, type RemoteClient } from "../remote-client/open-client.ts";
import { type AgentProcess, startAgent } from "./faults/agent-process.ts";
import { startTcpProxy, type TcpProxy } from "./faults/tcp-proxy.ts";
import { type BenchBroker, openBenchBroker } from "./real-broker.ts";

export type StageOptions = {
  readonly work: string;
  /** mqtt://…; null: one of our own. */
  readonly broker: string | null;
  /** Of the track. */
  readonly seed: number;
  readonly bucket: string;
  readonly index: string;
  readonly endpoint: string | null;
  /** Starts the agent: the program and the words before the verb. */
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

/** Life: openStage → play → close. */
export type Stage = {
  readonly device: string;
  readonly event: string;
  readonly config: Config;
  readonly broker: BenchBroker;
  /** Between car and broker; the driver has a wire of its own. */
  readonly wire: TcpProxy;
  readonly car: AgentProcess;
  readonly client: RemoteClient;
  readonly storeDirectory: string;
  readonly close: () => Promise<void>;
};

export async function openStage(options: StageOptions): Promise<Stage> {
  const { clock, log, env, random, seed } = options;
  const work = join(options.work, "remote-drive");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const run = Math.floor(clock.now().wallUs / 1000).toString(36);
  const [device, event, base] = ["car", `remote-${run}`, `proof-${run}`];
  const closing = createClosing();
  try {
    const broker = closing.add(await openBenchBroker(options.broker, { work, log }));
    if (!broker.url.startsWith("mqtt://"))
      throw new Error(
        `Expected --broker to be mqtt:// (the wire that is cut knows no TLS), got ${broker.name}`,
      );
    const wire = closing.add(await startTcpProxy(broker));
    const values = {
      device,
      data: join(work, "data"),
      cameras: [
        {
          id: "front",
          url: `sim:track?seed=${seed}`,
          width: 320,
          height: 240,
          fps: 20,
          watch: { enabled: false },
        },
      ],
      gamepad: "none:",
      session: { event, comment: "driven from afar" },
      // Every picture is kept, also of a standing car: so that none can be missing without being missed.
      record: { delayMs: 0, standingEveryMs: 0, holdBackMs: 0 },
      store: { commitWindowMs: 20 },
      sync: { bucket: options.bucket, index: options.index, endpoint: options.endpoint },
      mqtt: {
        url: `mqtt://127.0.0.1:${wire.port}`,
        base,
        healthEveryMs: 2000,
        homeAssistant: { enabled: false },
      },
    };
    const config = parseConfig(values, "of the proof");
    const file = join(work, "outrider.yaml");
    writeFileSync(file, JSON.stringify(values, null, 2));
    const car = startAgent({
      command: [...options.program, "run", "--config", file],
      env: environmentOf(env),
    });
    closing.add({ close: async () => void (await car.stop(5_000)) });
    const mqtt = { url: broker.url, base, caFile: null, certFile: null, keyFile: null };
    const client = closing.add(openRemoteClient({ mqtt, env, clock, random, log }));
    const storeDirectory = storeFolder(config.data);
    return { device, event, config, broker, wire, car, client, storeDirectory, close: closing.close };
  } catch (cause) {
    await closing.close();
    throw cause;
  }
}

/** Without what would go before the file: this car is configured by the proof alone. Accounts stay. */
function environmentOf(env: Environment): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !name.startsWith("OUTRIDER_") ||
      name.startsWith("OUTRIDER_MQTT_") ||
      name === "OUTRIDER_CREDENTIALS_FILE",
  );
  return Object.fromEntries(kept);
}

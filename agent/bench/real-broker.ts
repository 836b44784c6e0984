// A broker for a bench: the one that is named, a Mosquitto of its own, or, where none is installed, the embedded one.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../device/log.ts";
import { startBroker } from "../../sync/clients/broker.ts";
import { parseBrokerUrl } from "../../sync/clients/mqtt-address.ts";

export type BenchBroker = {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** For a person: "Mosquitto 2.0.11 of its own", "mqtt://…". */
  readonly name: string;
  readonly close: () => Promise<void>;
};

/** Debian keeps it in /usr/sbin, which is not on every PATH. */
const programs = ["mosquitto", "/usr/sbin/mosquitto"];
const startsWithinMs = 10_000;

/** @param url null: one is started, in `work`. @throws Error when Mosquitto does not start. */
export async function openBenchBroker(
  url: string | null,
  { work, log }: { readonly work: string; readonly log: Log },
): Promise<BenchBroker> {
  if (url !== null) {
    const { host, port, url: shown } = parseBrokerUrl(url);
    return { url, host, port, name: shown, close: async () => undefined };
  }
  const program = programs.find((each) => spawnSync(each, ["-h"]).error === undefined);
  if (program !== undefined) return startMosquitto(program, work);
  const embedded = await startBroker({ port: 0, log });
  const name = "the embedded broker (no mosquitto is installed here)";
  return { url: embedded.url, host: "127.0.0.1", port: embedded.port, name, close: embedded.close };
}

async function startMosquitto(program: string, work: string): Promise<BenchBroker> {
  const port = await freePort();
  mkdirSync(work, { recursive: true });
  const file = join(work, "mosquitto.conf");
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "persistence false",
    // No limit to what it keeps for a slow subscriber: the rest would be dropped without a word.
    "max_queued_messages 0",
    "max_inflight_messages 0",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const child = spawn(program, ["-c", file], { stdio: "ignore" });
  const gone = once(child, "exit");
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    await gone;
  };
  try {
    await untilOpen(port, () => child.exitCode !== null);
  } catch (cause) {
    await close();
    throw cause;
  }
  const version = /version (\S+)/.exec(spawnSync(program, ["-h"], { encoding: "utf8" }).stdout)?.[1] ?? "";
  return {
    url: `mqtt://127.0.0.1:${port}`,
    host: "127.0.0.1",
    port,
    name: `Mosquitto ${version} of its own`,
    close,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function untilOpen(port: number, hasEnded: () => boolean): Promise<void> {
  const endMs = performance.now() + startsWithinMs;
  while (performance.now() < endMs && !hasEnded()) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
  throw new Error(`Expected Mosquitto to listen on 127.0.0.1:${port} within ${startsWithinMs / 1000} s`);
}

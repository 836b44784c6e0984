// A Mosquitto of one's own for tests that have to stop and start the broker. None is installed: null.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export type Mosquitto = {
  readonly url: string;
  /** Resolves when the broker takes connections. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Stops and removes its folder. */
  readonly close: () => Promise<void>;
};

/** The program, or null when this machine has none. Debian keeps it in /usr/sbin, which is not on every PATH. */
export function findMosquitto(): string | null {
  return (
    ["mosquitto", "/usr/sbin/mosquitto"].find((program) => spawnSync(program, ["-h"]).error === undefined) ??
    null
  );
}

/** Prepares a broker on a free loopback port. @param lines more lines of its configuration, with DIR for its folder. */
export async function createMosquitto(program: string, lines: readonly string[] = []): Promise<Mosquitto> {
  const directory = mkdtempSync(join(tmpdir(), "outrider-mosquitto-"));
  const port = await freePort();
  const config = join(directory, "mosquitto.conf");
  const common = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "persistence false",
  ];
  writeFileSync(config, [...common, ...lines].join("\n").replaceAll("DIR", directory));
  let child: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
    if (child === null) return;
    const gone = child.exitCode === null ? once(child, "exit") : null;
    child.kill("SIGTERM");
    await gone;
    child = null;
  };
  return {
    url: `mqtt://127.0.0.1:${port}`,
    start: async () => {
      child = spawn(program, ["-c", config], { stdio: "ignore" });
      await untilOpen(port);
    },
    stop,
    close: async () => {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
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

async function untilOpen(port: number): Promise<void> {
  for (let attempts = 0; attempts < 1200; attempts += 1) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
  throw new Error(`Expected Mosquitto to listen on 127.0.0.1:${port} within a minute`);
}

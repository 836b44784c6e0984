// A Mosquitto of one's own for a measurement: started on a free loopback port, in a folder of its own, stopped at the end.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";

export type OwnMosquitto = { readonly url: string; readonly close: () => Promise<void> };

/** Debian keeps it in /usr/sbin, which is not on every PATH. */
const programs = ["mosquitto", "/usr/sbin/mosquitto"];
const startMs = 10_000;

/** @throws Error when none is installed, or it does not start within 10 s. */
export async function startOwnMosquitto(
  directory: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<OwnMosquitto> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const config = join(directory, "mosquitto.conf");
  // No limit to what it keeps for a slow subscriber: it would drop the rest without a word.
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "persistence false",
    "max_queued_messages 0",
    "max_inflight_messages 0",
  ];
  writeFileSync(config, lines.join("\n"));
  const child = await startFirst(programs, ["-c", config]);
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  };
  for (let waitedMs = 0; waitedMs < startMs; waitedMs += 50) {
    if (await takesConnections(port)) return { url: `mqtt://127.0.0.1:${port}`, close };
    await clock.sleep(50, signal);
  }
  await close();
  throw new Error(`Expected Mosquitto to listen on 127.0.0.1:${port} within ${startMs / 1000} s`);
}

async function startFirst(names: readonly string[], words: readonly string[]): Promise<ChildProcess> {
  for (const name of names) {
    const child = spawn(name, words, { stdio: "ignore" });
    const isThere = await once(child, "spawn").then(
      () => true,
      () => false,
    );
    if (isThere) return child;
  }
  throw new Error("No Mosquitto is installed here (apt-get install mosquitto), and --broker names none");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const isOpen = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

// The words that a real socket hears from a real agent, through the real systemd-notify.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "../fakes/eventually.ts";
import { temporaryFolder } from "../fakes/store.ts";

const program = fileURLToPath(new URL("../../scripts/outrider.ts", import.meta.url));
/** Node.js has no datagram sockets of the file system. */
const receiver = `
import socket, sys
hearing = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
hearing.bind(sys.argv[1])
print("listening", flush=True)
while True:
    for line in hearing.recv(65536).decode().splitlines():
        print(line, flush=True)
`;

test("outrider run tells systemd READY, signs of life, its state and STOPPING", async (t) => {
  for (const [name, argument] of [
    ["python3", "--version"],
    ["systemd-notify", "--version"],
  ] as const)
    if (spawnSync(name, [argument]).status !== 0) return t.skip(`${name} is not here`);
  const folder = temporaryFolder(t);
  const socket = join(folder, "notify");
  const hearing = spawn("python3", ["-c", receiver, socket], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => hearing.kill());
  const heard: string[] = [];
  createInterface({ input: hearing.stdout }).on("line", (line) => void heard.push(line));
  await eventually("a receiver", () => heard.includes("listening"));
  const agent = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), program, "run", "--no-mqtt", "--camera", "sim:track"],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        OUTRIDER_DATA: join(folder, "data"),
        NOTIFY_SOCKET: socket,
        WATCHDOG_USEC: "2000000",
      },
      stdio: "ignore",
    },
  );
  const ended = once(agent, "exit");
  t.after(async () => {
    agent.kill("SIGKILL");
    await ended;
  });
  const lives = (): number => heard.filter((line) => line === "WATCHDOG=1").length;
  await eventually("READY", () => heard.includes("READY=1"));
  const before = lives();
  await eventually("signs of life", () => lives() > before + 2);
  assert.match(heard.findLast((line) => line.startsWith("STATUS="))!, /fps \| frames \d+/);
  // It stands as a whole: nobody is told that it lives.
  agent.kill("SIGSTOP");
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3000));
  // What was on its way arrives.
  await pause();
  const stopped = lives();
  await pause();
  assert.equal(lives(), stopped);
  agent.kill("SIGCONT");
  agent.kill("SIGTERM");
  await eventually("STOPPING", () => heard.includes("STOPPING=1"));
  await ended;
});

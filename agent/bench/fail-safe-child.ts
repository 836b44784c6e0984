// The program that bench fail-safe makes fail: it drives as the agent does, with a stick or somebody far away at the wheel of a guarded
// drive whose board is a file. Takes orders on stdin and says on stdout who drives, one a line.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createSystemClock } from "../../device/clock.ts";
import { remoteValidMs } from "../../device/drive/drive.ts";
import { openGuardedDrive } from "../../device/drive/guard.ts";
import { startGuard } from "../../device/drive/guard-link.ts";
import { type GuardChild, startGuardProgram } from "../../device/drive/guard-program.ts";
import { openGamepad } from "../../device/gamepad/open.ts";
import { silentLog as log } from "../../device/log.ts";
import { createRemoteDriver } from "../drive/remote-driver.ts";
import { createStick } from "../drive/stick.ts";
import { createWheel } from "../drive/wheel.ts";

/** The files of one car, in its folder. */
export const carFiles = { bus: "bus.jsonl", pad: "js0" } as const;

/** Drives until its stdin ends or the signal aborts. */
export async function runFailSafeChild(options: {
  readonly directory: string;
  readonly stdin: NodeJS.ReadableStream;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { directory, signal } = options;
  const clock = createSystemClock();
  let program: GuardChild | null = null;
  const start = () =>
    startGuard({
      clock,
      log,
      start: () => {
        program = startGuardProgram();
        return program;
      },
    });
  // Full speed at once: what is measured is the guard, not the slew.
  const board = `recording:${join(directory, carFiles.bus)}?arm-ms=0&throttle-slew=100000`;
  const drive = await openGuardedDrive({ url: board, clock, log, start });
  const gamepad = await openGamepad(`joydev:${join(directory, carFiles.pad)}`, { clock, log });
  const wheel = createWheel({ drive, clock, log });
  const stick = createStick({ gamepad, wheel, clock, log, throttleLimit: 1 });
  const remote = createRemoteDriver({
    wheel,
    stick,
    clock,
    log,
    refusal: null,
    throttleLimit: 1,
    validMs: remoteValidMs,
    leaseMs: 5000,
  });
  wheel.onChange((change) => {
    if (change.kind === "driver") say(change.driver === null ? "standing" : "driving");
    if (change.kind === "failSafe") say("stopped");
  });

  const obey = async (order: string): Promise<void> => {
    const [word, rest = ""] = order.split(/ (.*)/);
    if (word === "confirm") {
      stick.confirm();
      await wheel.allow();
    } else if (word === "remote") {
      const payload = new TextEncoder().encode(rest);
      remote.take({ payload, retained: false, receivedNs: clock.monotonicNs(), expiresAtNs: null });
    } else if (word === "stall") stall(Number(rest));
    else if (word === "cut") program?.stdin.destroy();
    else if (word === "usage") say(`usage ${Object.values(process.cpuUsage()).reduce((a, b) => a + b)}`);
  };
  const orders = createInterface({ input: options.stdin, signal });
  orders.on("line", (order) => void obey(order));
  const over = new Promise<void>((resolve) => orders.once("close", resolve));
  const stopping = new AbortController();
  const following = stick.follow({
    signal: stopping.signal,
    onPress: () => undefined,
    onLost: () => undefined,
  });
  const watching = wheel.follow(stopping.signal);
  await wheel.allow();
  say("up");
  await over;
  // As the agent closes: the drive first, so that the car stands before anything else goes.
  await drive.close();
  stopping.abort();
  await Promise.all([following, watching]);
  wheel.close();
  await gamepad.close();
}

/** Keeps the event loop from doing anything else. */
function stall(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

/** Written at once, past every buffer of this process. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

// A car for bench fail-safe: a program that drives it, a hand at its pad, and every pulse its ESC got, seen from outside.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../device/clock.ts";
import { type RecordedPulse, recordedPulses } from "../../device/drive/recorded-pulses.ts";
import { followRecording } from "../../device/drive/recording-bus.ts";
import { carFiles } from "./fail-safe-child.ts";
import { createFailSafePad, type FailSafePad } from "./fail-safe-pad.ts";

/** Life: startCar → drive…, orders, faults → close. */
export type FailSafeCar = {
  readonly pid: number;
  readonly pad: FailSafePad;
  readonly order: (line: string) => void;
  /** The newest line that begins with a word, from now on. @throws after two minutes. */
  readonly says: (word: string) => Promise<string>;
  /** All pulses of the ESC so far. */
  readonly pulses: () => readonly RecordedPulse[];
  /** Who wrote the newest pulse: the guard, or who stands in for it. */
  readonly writer: () => number;
  /** Gets the car going: by the hand at the pad, or from afar. @throws when it does not go. */
  readonly drive: (by: "stick" | "remote") => Promise<void>;
  /** Falls silent far away; returns the monotonic ns of the last message. */
  readonly fallSilent: () => number;
  /** Ends the program and cleans up. May be called twice. */
  readonly close: () => Promise<void>;
};

export type FailSafeCarOptions = {
  /** Empty; for the files of this car. */
  readonly directory: string;
  /** Starts the program: the executable and the words before `bench fail-safe-child`. */
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

// A busy machine needs long to start a program, and none of this is measured.
const patienceMs = 120_000;
const lookMs = 5;
/** A hand that holds a button far away sends so often, ms. */
const remoteEveryMs = 50;

/** Whether a pulse lets the motor stand. */
export const isNeutral = ({ us }: RecordedPulse): boolean => Math.abs(us - 1500) < 5;

export async function startCar({
  directory,
  program,
  clock,
  signal,
}: FailSafeCarOptions): Promise<FailSafeCar> {
  const [command, ...words] = program;
  const child: ChildProcess = spawn(command!, [...words, "bench", "fail-safe-child", directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  child.stdin!.on("error", () => undefined);
  const reader = followRecording(join(directory, carFiles.bus));
  const pad = createFailSafePad(join(directory, carFiles.pad));
  const seen: RecordedPulse[] = [];
  const said: string[] = [];
  let isDriving = false;
  let remote: { timer: NodeJS.Timeout; sentNs: number } | null = null;
  let seq = 0;
  createInterface({ input: child.stdout! }).on("line", (line) => {
    said.push(line);
    if (line === "driving") isDriving = true;
    if (line === "standing") isDriving = false;
  });

  const pulses = (): readonly RecordedPulse[] => {
    seen.push(...recordedPulses(reader.take(), 0));
    return seen;
  };
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    const endMs = performance.now() + patienceMs;
    while (!isSo()) {
      signal.throwIfAborted();
      if (performance.now() > endMs) throw new Error(`Expected within ${patienceMs} ms: ${what}`);
      await delay(lookMs);
    }
  };
  const order = (line: string): void => void child.stdin!.write(`${line}\n`);
  const says = async (word: string): Promise<string> => {
    const from = said.length;
    const found = (): string | undefined => said.slice(from).find((line) => line.startsWith(word));
    await until(`the program says "${word}"`, () => found() !== undefined);
    return found()!;
  };
  const moves = (): boolean => {
    const newest = pulses().at(-1);
    return newest !== undefined && !isNeutral(newest);
  };
  /** Trigger at rest, confirmed, then pulled; again when a busy machine made the car stop meanwhile. */
  const driveByStick = async (): Promise<void> => {
    pad.plug();
    while (!moves()) {
      pad.hold(0);
      const again = setInterval(() => order("confirm"), 100);
      try {
        await until("somebody drives", () => isDriving);
      } finally {
        clearInterval(again);
      }
      pad.hold(0.6);
      await until("the car moves, or is stopped", () => moves() || !isDriving);
    }
  };
  const driveFromAfar = (): void => {
    pad.unplug();
    const send = (): void => {
      seq += 1;
      const message = { seq, sentMs: Math.round(clock.monotonicNs() / 1e6), validMs: 500, steer: 0 };
      const wish = isDriving ? { throttle: 0.6 } : { throttle: 0, arm: true };
      order(`remote ${JSON.stringify({ ...message, ...wish, hold: true, driver: "bench" })}`);
      remote = { timer, sentNs: clock.monotonicNs() };
    };
    const timer = setInterval(send, remoteEveryMs);
    remote = { timer, sentNs: 0 };
  };
  const fallSilent = (): number => {
    clearInterval(remote?.timer);
    return remote?.sentNs ?? 0;
  };
  const close = async (): Promise<void> => {
    fallSilent();
    child.kill("SIGCONT");
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await ended;
    pad.unplug();
    reader.close();
  };

  const car: FailSafeCar = {
    pid: child.pid!,
    pad,
    order,
    says,
    pulses,
    writer: () => pulses().at(-1)!.pid,
    drive: async (by) => {
      if (by === "stick") return driveByStick();
      driveFromAfar();
      await until("the car moves", moves);
    },
    fallSilent,
    close,
  };
  try {
    await says("up");
    return car;
  } catch (cause) {
    await close();
    throw cause;
  }
}

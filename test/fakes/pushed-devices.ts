// A camera, a gamepad and a drive in the hands of a test: frames and states come when it says so, and it sees what the drive does.
import type { Camera } from "../../device/camera/camera.ts";
import type { Clock } from "../../device/clock.ts";
import { type Drive, type DriveCommand, neutralCommand } from "../../device/drive/drive.ts";
import { clampCommand } from "../../device/drive/limits.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import {
  type AxisName,
  type ButtonName,
  disconnectedState,
  type Gamepad,
  type GamepadState,
  restingAxes,
} from "../../device/gamepad/gamepad.ts";
import { bytesOf } from "./store.ts";

export type Pushed<T> = {
  readonly push: (value: T) => void;
  readonly end: () => void;
  readonly fail: (reason: unknown) => void;
  readonly values: (signal: AbortSignal) => AsyncIterable<T>;
};

/** Values that are pushed at one end and come out at the other; one consumer. */
export function createPushed<T>(): Pushed<T> {
  const waiting: T[] = [];
  let ended = false;
  let failure: { readonly reason: unknown } | null = null;
  let wake = (): void => undefined;
  return {
    push: (value) => {
      waiting.push(value);
      wake();
    },
    end: () => {
      ended = true;
      wake();
    },
    fail: (reason) => {
      failure = { reason };
      wake();
    },
    async *values(signal) {
      signal.addEventListener("abort", () => wake(), { once: true });
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!;
        if (failure !== null) throw failure.reason;
        if (ended || signal.aborted) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export type PushedCamera = Camera & {
  /** A frame that was exposed now, or at `atNs`. */
  readonly expose: (atNs?: number) => void;
  readonly end: () => void;
  readonly fail: (reason: unknown) => void;
};

export function createPushedCamera(clock: Clock, id = "front", size = 1000): PushedCamera {
  const frames = createPushed<CapturedFrame>();
  let sequence = 0;
  return {
    id,
    frames: frames.values,
    status: () => ({
      state: "online",
      frames: sequence,
      dropped: {},
      restarts: 0,
      newestFrameNs: null,
      fps: 0,
      problem: null,
    }),
    close: async () => frames.end(),
    end: frames.end,
    fail: frames.fail,
    expose: (atNs) => {
      const now = clock.now();
      const moment =
        atNs === undefined
          ? now
          : { ...now, monotonicNs: atNs, wallUs: now.wallUs + (atNs - now.monotonicNs) / 1000 };
      frames.push({
        camera: id,
        sequence,
        moment,
        bytes: bytesOf(sequence, size),
        mediaType: "image/jpeg",
        width: 64,
        height: 48,
      });
      sequence += 1;
    },
  };
}

export type PushedGamepad = Gamepad & {
  /** The axes given, the others at rest, and the buttons that go down with it. */
  readonly hold: (axes: Partial<Record<AxisName, number>>, pressed?: readonly ButtonName[]) => void;
  readonly unplug: () => void;
  readonly end: () => void;
};

export function createPushedGamepad(clock: Clock): PushedGamepad {
  const states = createPushed<GamepadState>();
  return {
    name: "pushed",
    states: states.values,
    close: async () => states.end(),
    hold: (axes, pressed = []) =>
      states.push({
        monotonicNs: clock.monotonicNs(),
        connected: true,
        axes: { ...restingAxes, ...axes },
        down: new Set(pressed),
        pressed,
      }),
    unplug: () => states.push(disconnectedState(clock.monotonicNs())),
    end: states.end,
  };
}

export type WatchedDrive = Drive & {
  /** What it was told, in order: "arm", "neutral: why", or the throttle applied. */
  readonly told: readonly string[];
  /** The next call fails with it. */
  failure: Error | null;
};

export function createWatchedDrive(): WatchedDrive {
  const told: string[] = [];
  let armed = false;
  let applied: DriveCommand = neutralCommand;
  let neutralReason: string | null = null;
  const failOnce = (): void => {
    const { failure } = drive;
    drive.failure = null;
    if (failure !== null) throw failure;
  };
  const drive: WatchedDrive = {
    name: "watched",
    moves: true,
    told,
    failure: null,
    arm: async () => {
      failOnce();
      told.push("arm");
      armed = true;
    },
    apply: async (command) => {
      failOnce();
      applied = armed ? clampCommand(command) : neutralCommand;
      told.push(applied.throttle.toFixed(2));
    },
    neutral: async (reason) => {
      armed = false;
      applied = neutralCommand;
      neutralReason = reason;
      told.push(`neutral: ${reason}`);
    },
    state: () => ({ armed, applied, neutralReason }),
    close: async () => undefined,
  };
  return drive;
}

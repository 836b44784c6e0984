// `tub:DIR?speed=1`: what the stick said in a donkeycar tub, as a gamepad, at the pace of the recording.
import { readTubRecords, type TubRecord } from "../tub.ts";
import { type Gamepad, type GamepadDeps, restingAxes } from "./gamepad.ts";
import { createTimedGamepad, type TimedState } from "./timed-gamepad.ts";

// Donkeycar's drive loop runs at 20 Hz; a pause between two sessions says nothing and is not waited for.
const usualIntervalMs = 50;
const longestIntervalMs = 1000;

/** Makes a gamepad of a tub: angle is the left stick, throttle the right trigger, backwards the left one. */
export function createTubGamepad(options: { directory: string; speed: number }, deps: GamepadDeps): Gamepad {
  const onProblem = (problem: string): void => deps.log.warn({ gamepad: options.directory }, problem);
  return createTimedGamepad(
    {
      name: `tub ${options.directory}`,
      read: () => readTimes(readTubRecords(options.directory, { onProblem })),
      speed: options.speed,
      lastMs: usualIntervalMs,
    },
    deps,
  );
}

async function* readTimes(records: AsyncIterable<TubRecord>): AsyncGenerator<TimedState> {
  let ms = 0;
  let before: TubRecord | null = null;
  for await (const record of records) {
    if (before !== null) ms += intervalMs(before, record);
    before = record;
    yield { ms, connected: true, axes: axesOf(record), down: [] };
  }
}

function intervalMs(before: TubRecord, record: TubRecord): number {
  if (before.timestampMs === null || record.timestampMs === null) return usualIntervalMs;
  const interval = record.timestampMs - before.timestampMs;
  return interval < 0 || interval > longestIntervalMs ? usualIntervalMs : interval;
}

function axesOf({ angle, throttle }: TubRecord): TimedState["axes"] {
  const within = (value: number, min: number): number => Math.min(1, Math.max(min, value)) || 0;
  return {
    ...restingAxes,
    leftx: within(angle, -1),
    righttrigger: within(throttle, 0),
    lefttrigger: within(-throttle, 0),
  };
}

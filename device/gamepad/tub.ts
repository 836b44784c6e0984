// `tub:DIR?fps=recorded`: what the stick said in a donkeycar tub, as a gamepad, in step with the tub's pictures as a camera.
import { checkOptions, type DeviceUrl, DeviceUrlError, numberOption } from "../device-url.ts";
import { readTubRecords, type TubRecord, tubIntervalMs } from "../tub.ts";
import { type Gamepad, type GamepadDeps, restingAxes } from "./gamepad.ts";
import { createTimedGamepad, type TimedState } from "./timed-gamepad.ts";

/** How a tub is played: so many records a second, or as they were recorded, `speed` times as fast. */
export type TubGamepadOptions = {
  readonly directory: string;
  readonly pace: "recorded" | { readonly fps: number };
  readonly speed: number;
};

/** Reads `tub:DIR?fps=20` or `tub:DIR?speed=2`. @throws Error naming the rule and the value. */
export function parseTubOptions(url: DeviceUrl): TubGamepadOptions {
  checkOptions(url, ["fps", "speed"]);
  if (url.place === "") throw new DeviceUrlError("Expected tub: to be followed by a folder, got nothing");
  const speed = numberOption(url, "speed", { min: 0.01, max: 1000, fallback: 1 });
  const isRecorded = (url.options.get("fps") ?? "recorded") === "recorded";
  const fps = isRecorded ? 0 : numberOption(url, "fps", { min: 0.01, max: 1000, fallback: 20 });
  return { directory: url.place, pace: isRecorded ? "recorded" : { fps }, speed };
}

// How long the last record's stick holds, ms.
const lastMs = 75;

/** Makes a gamepad of a tub: angle is the left stick, throttle the right trigger, backwards the left one. */
export function createTubGamepad(options: TubGamepadOptions, deps: GamepadDeps): Gamepad {
  const onProblem = (problem: string): void => deps.log.warn({ gamepad: options.directory }, problem);
  return createTimedGamepad(
    {
      name: `tub ${options.directory}`,
      read: () => readTimes(readTubRecords(options.directory, { onProblem }), options.pace),
      speed: options.speed,
      lastMs,
    },
    deps,
  );
}

/**
 * Each state comes half an interval before its picture: whoever plays both, started within half an interval of each
 * other, finds with every picture the very state it was recorded with.
 */
async function* readTimes(
  records: AsyncIterable<TubRecord>,
  pace: TubGamepadOptions["pace"],
): AsyncGenerator<TimedState> {
  let pictureMs = 0;
  let number = 0;
  let before: TubRecord | null = null;
  for await (const record of records) {
    const previousMs = pictureMs;
    if (pace !== "recorded") pictureMs = (number * 1000) / pace.fps;
    else if (before !== null) pictureMs += tubIntervalMs(before, record);
    number += 1;
    before = record;
    yield { ms: (previousMs + pictureMs) / 2, connected: true, axes: axesOf(record), down: [] };
  }
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

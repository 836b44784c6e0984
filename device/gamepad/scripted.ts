// A gamepad with somebody at it: drives the simulated track as a person would (human-driver.ts), and presses buttons when told.
import type { SimTime } from "../camera/sim/sim-time.ts";
import type { TrackWorld } from "../camera/sim/track.ts";
import { checkOptions, type DeviceUrl, DeviceUrlError, numberOption } from "../device-url.ts";
import {
  type ButtonName,
  type Gamepad,
  type GamepadDeps,
  type GamepadState,
  restingAxes,
} from "./gamepad.ts";
import { createHumanDriver, type Hands } from "./human-driver.ts";
import { buttonNames } from "./mapping.ts";

/** A button pressed for a tenth of a second. */
export type Press = {
  /** Simulated seconds since the first state. */
  readonly atS: number;
  readonly button: ButtonName;
};

/** What `scripted:?seed=3&y=5,12&b=30` says: seed, and for each button the seconds at which it is pressed. */
export type ScriptedUrl = { readonly seed?: number; readonly presses: readonly Press[] };

export type ScriptedGamepadOptions = {
  readonly world: TrackWorld;
  readonly time: SimTime;
  /** How the hands tremble and when the driver stops. Default: the world's. */
  readonly seed?: number;
  /** Buttons beside stick and trigger; none by default. */
  readonly presses?: readonly Press[];
};

/** As often as a pad polled by the existing recorders. */
const statesPerS = 30;
const pressS = 0.1;

/** Opens the scripted gamepad. It says a state 30 times a simulated second, changed or not, until the signal aborts. */
export function createScriptedGamepad(options: ScriptedGamepadOptions, { clock }: GamepadDeps): Gamepad {
  const { world, time, seed = world.seed, presses = [] } = options;
  const closing = new AbortController();
  const buttonsAt = createFinger(presses);
  const driver = createHumanDriver(world, { seed, ticksPerS: statesPerS });
  const handle = createPatience(() => world.car.speed);

  async function* states(signal: AbortSignal): AsyncGenerator<GamepadState, void, undefined> {
    const stop = AbortSignal.any([signal, closing.signal]);
    const startS = time.nowS();
    let before: ReadonlySet<ButtonName> = new Set();
    let elapsedS = 0;
    for (;;) {
      try {
        await time.until(startS + elapsedS, stop);
      } catch (cause) {
        if (stop.aborted) return;
        throw cause;
      }
      world.advanceTo(time.nowS());
      const { hands, confirms } = handle(driver.look());
      const down = confirms ? new Set([...buttonsAt(elapsedS), confirmButton]) : buttonsAt(elapsedS);
      const pressed = [...down].filter((button) => !before.has(button));
      before = down;
      const axes = { ...restingAxes, ...hands };
      yield { monotonicNs: clock.monotonicNs(), connected: true, axes, down, pressed };
      // The next tick that is still to come: one that the consumer slept through is not made up for.
      const ticks = Math.floor((time.nowS() - startS) * statesPerS + 1e-4);
      elapsedS = Math.max(Math.round(elapsedS * statesPerS), ticks) / statesPerS + 1 / statesPerS;
    }
  }

  return {
    name: `scripted driver (seed ${seed})`,
    states,
    close: async () => closing.abort(),
  };
}

/** A car that does not move for so many ticks, whatever the trigger says, is not armed. */
const patienceTicks = 15;
const restTicks = 5;
/** Tries in vain after which it wants to be told that a hand is there: it was stopped by itself. */
const triesInVain = 4;
const confirmButton: ButtonName = "guide";

/**
 * What a person does whose car does not answer (a pause is over, a run begins): lets go of the trigger, and tries again; in the end
 * with the button that says so.
 */
function createPatience(
  speed: () => number,
): (hands: Hands) => { readonly hands: Hands; readonly confirms: boolean } {
  const round = patienceTicks + restTicks;
  let ticks = 0;
  return (hands) => {
    const isStuck = hands.righttrigger > 0 && Math.abs(speed()) < 0.01;
    ticks = isStuck ? ticks + 1 : 0;
    const restFor = (ticks % round) - patienceTicks;
    if (restFor < 0) return { hands, confirms: false };
    const confirms = ticks >= triesInVain * round - restTicks && restFor === restTicks - 2;
    return { hands: { ...hands, righttrigger: 0 }, confirms };
  };
}

/** Reads the options of a scripted gamepad's address. @throws Error naming the rule and the value. */
export function parseScriptedUrl(url: DeviceUrl): ScriptedUrl {
  checkOptions(url, ["seed", ...buttonNames]);
  const presses = buttonNames.flatMap((button) => {
    const times = url.options.get(button);
    return times === undefined
      ? []
      : times.split(",").map((time) => ({ atS: secondsOf(button, time), button }));
  });
  if (!url.options.has("seed")) return { presses };
  const seed = numberOption(url, "seed", { min: 0, max: 4_294_967_295, fallback: 1 });
  return { seed: Math.floor(seed), presses };
}

function secondsOf(button: string, text: string): number {
  const seconds = text.trim() === "" ? Number.NaN : Number(text);
  if (!(seconds >= 0)) {
    throw new DeviceUrlError(`Expected scripted:?${button} to be seconds like 5 or 5,12.5, got "${text}"`);
  }
  return seconds;
}

/** Holds each button from the first look at or after its time; a late look presses late, never not at all. */
function createFinger(presses: readonly Press[]): (elapsedS: number) => ReadonlySet<ButtonName> {
  const releaseAtS = new Map<Press, number>();
  return (elapsedS) => {
    const down = new Set<ButtonName>();
    for (const press of presses) {
      if (elapsedS < press.atS) continue;
      const untilS = releaseAtS.get(press) ?? elapsedS + pressS;
      releaseAtS.set(press, untilS);
      if (elapsedS < untilS) down.add(press.button);
    }
    return down;
  };
}

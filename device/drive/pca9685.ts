// `pca9685:BUS`: a car with servo and ESC on a PCA9685 board. Neutral first, armed later, slow to speed up, quick to stop.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type Drive, type DriveCommand, neutralCommand } from "./drive.ts";
import {
  assertNeutralThrottle,
  checkCurve,
  clampCommand,
  type PulseCurve,
  positionOf,
  pulseOf,
  slew,
  slewThrottle,
} from "./limits.ts";
import { type BoardTiming, nominalOscillatorHz, type RegisterBus, startPulseBoard } from "./pulse-board.ts";

/** A car's calibration. Pulses in microseconds, never in ticks: ticks change with the board. */
export type Pca9685Settings = {
  readonly address: number;
  readonly steeringChannel: number;
  readonly throttleChannel: number;
  /** low = full left, high = full right. */
  readonly steering: PulseCurve;
  /** low = full reverse, high = full forward. */
  readonly throttle: PulseCurve;
  /** The most throttle that is ever applied, 0–1, whatever is asked; a cap, so that it does not add up with other limits. */
  readonly throttleLimit: number;
  readonly steeringSlewUsPerS: number;
  readonly throttleSlewUsPerS: number;
  /** How long neutral is sent before the car may move, so that the ESC arms, ms. */
  readonly armMs: number;
  readonly timing: BoardTiming;
};

/** Careful values that suit most cars; steering directions and ends have to be found for each. */
export const defaultPca9685Settings: Pca9685Settings = {
  address: 0x40,
  steeringChannel: 1,
  throttleChannel: 0,
  steering: { lowUs: 1800, neutralUs: 1500, highUs: 1200 },
  throttle: { lowUs: 1000, neutralUs: 1500, highUs: 2000 },
  throttleLimit: 0.5,
  steeringSlewUsPerS: 4000,
  throttleSlewUsPerS: 500,
  armMs: 1500,
  timing: { frequencyHz: 50, oscillatorHz: nominalOscillatorHz },
};

/** The least time in which an ESC arms, ms. */
export const escArmMs = 1000;

/** @throws Error naming rule and value of the first setting that is wrong. */
export function checkPca9685Settings(
  settings: Pca9685Settings,
  { leastArmMs }: { readonly leastArmMs: number },
): void {
  checkCurve("steering", settings.steering);
  checkCurve("throttle", settings.throttle);
  const within = (name: string, value: number, min: number, max: number): void => {
    if (!(value >= min && value <= max))
      throw new Error(`Expected ${name} to be ${min}–${max}, got ${value}`);
  };
  within("address", settings.address, 0x03, 0x77);
  within("steeringChannel", settings.steeringChannel, 0, 15);
  within("throttleChannel", settings.throttleChannel, 0, 15);
  if (settings.steeringChannel === settings.throttleChannel)
    throw new Error(
      `Expected steeringChannel and throttleChannel to differ, got ${settings.steeringChannel} for both`,
    );
  within("throttleLimit", settings.throttleLimit, 0, 1);
  within("steeringSlewUsPerS", settings.steeringSlewUsPerS, 50, 100_000);
  within("throttleSlewUsPerS", settings.throttleSlewUsPerS, 50, 100_000);
  within("armMs", settings.armMs, leastArmMs, 60_000);
  // Servo pulses are up to 2.1 ms long: slower than 24 Hz the chip cannot, faster than 400 Hz they would not fit.
  within("frequencyHz", settings.timing.frequencyHz, 24, 400);
  within("oscillatorHz", settings.timing.oscillatorHz, 20e6, 30e6);
}

const stepMs = 20;
const retryMs = 50;
const closeAttempts = 5;

/**
 * Opens the car: the board is brought up sending neutral. The bus belongs to the drive from here on, also when opening fails.
 * @throws Error when a setting is wrong or the board does not answer.
 */
export async function openPca9685(
  bus: RegisterBus,
  options: { settings: Pca9685Settings; clock: Clock; log: Log; name?: string; leastArmMs?: number },
): Promise<Drive> {
  const { settings, clock, log } = options;
  const { steeringChannel, throttleChannel } = settings;
  const neutralPulses = { steeringUs: settings.steering.neutralUs, throttleUs: settings.throttle.neutralUs };
  const channels = ({ steeringUs, throttleUs }: typeof neutralPulses) => [
    { channel: steeringChannel, us: steeringUs },
    { channel: throttleChannel, us: throttleUs },
  ];
  const closing = new AbortController();
  let pulses = neutralPulses;
  let asked: DriveCommand = neutralCommand;
  let armed = false;
  let neutralReason: string | null = null;
  let failure: unknown = null;
  let stops = 0;
  let steppedNs = clock.monotonicNs();
  let ramping: Promise<void> | null = null;
  let lastWrite: Promise<void> = Promise.resolve();

  const board = await startBoard();
  const neutralSinceNs = clock.monotonicNs();

  async function startBoard() {
    try {
      checkPca9685Settings(settings, { leastArmMs: options.leastArmMs ?? escArmMs });
      return await startPulseBoard(bus, {
        address: settings.address,
        timing: settings.timing,
        first: channels(neutralPulses),
        clock,
        signal: closing.signal,
      });
    } catch (cause) {
      await bus.close();
      throw cause;
    }
  }

  /** Writes what holds when its turn comes, one transfer after the other: a neutral overtakes commands still waiting. */
  const send = (): Promise<void> => {
    const sending = lastWrite.then(() => board.write(channels(pulses)));
    lastWrite = sending.catch((cause: unknown) => {
      if (failure === null && !closing.signal.aborted) void recover(cause);
    });
    return sending;
  };
  /** The board goes on sending its last pulse for ever, so neutral is tried until it gets through. */
  const recover = async (cause: unknown): Promise<void> => {
    failure = cause;
    stop("the servo board did not answer");
    log.error({ cause }, "the servo board did not answer; trying to write neutral");
    while (failure !== null && !closing.signal.aborted) {
      try {
        await clock.sleep(retryMs, closing.signal);
        await board.write(channels(neutralPulses));
        failure = null;
        log.warn({}, "the servo board answers again and has neutral");
      } catch (again) {
        // Said once above; the last reason is what apply() tells.
        failure = again;
      }
    }
  };

  const goals = (): typeof neutralPulses => ({
    steeringUs: pulseOf(asked.steering, settings.steering),
    throttleUs: pulseOf(
      Math.min(settings.throttleLimit, Math.max(-settings.throttleLimit, asked.throttle)),
      settings.throttle,
    ),
  });
  const isThere = (): boolean => {
    const goal = goals();
    return pulses.steeringUs === goal.steeringUs && pulses.throttleUs === goal.throttleUs;
  };
  /** One step towards what is asked; a long pause before it does not make it longer. */
  const step = (): Promise<void> => {
    const nowNs = clock.monotonicNs();
    const elapsedMs = Math.min(stepMs, (nowNs - steppedNs) / 1e6);
    steppedNs = nowNs;
    const goal = goals();
    pulses = {
      steeringUs: slew(pulses.steeringUs, goal.steeringUs, {
        usPerS: settings.steeringSlewUsPerS,
        elapsedMs,
      }),
      throttleUs: slewThrottle(pulses.throttleUs, goal.throttleUs, {
        usPerS: settings.throttleSlewUsPerS,
        elapsedMs,
        neutralUs: settings.throttle.neutralUs,
      }),
    };
    return send();
  };
  /** Goes on stepping when the caller says nothing new; ends when there, or disarmed. */
  const ramp = async (): Promise<void> => {
    try {
      while (armed && !isThere()) {
        await clock.sleep(stepMs, closing.signal);
        if (armed) await step();
      }
    } catch (cause) {
      // A bus that fails is dealt with in recover().
      log.debug({ cause }, "the drive stopped moving towards its command");
    } finally {
      ramping = null;
    }
  };
  const stop = (reason: string): void => {
    armed = false;
    stops += 1;
    asked = neutralCommand;
    pulses = neutralPulses;
    neutralReason = reason;
  };
  const assertOpen = (): void => {
    if (closing.signal.aborted) throw new Error("Expected an open drive, got a closed one");
  };

  return {
    name: options.name ?? `PCA9685 at address 0x${settings.address.toString(16)}`,
    moves: true,
    arm: async () => {
      assertOpen();
      if (armed) return;
      assertNeutralThrottle(asked);
      const stopsBefore = stops;
      const waitMs = settings.armMs - (clock.monotonicNs() - neutralSinceNs) / 1e6;
      if (waitMs > 0) await clock.sleep(waitMs, closing.signal);
      assertNeutralThrottle(asked);
      await send();
      if (stops !== stopsBefore) throw new Error(`Stopped while arming: ${neutralReason}`);
      steppedNs = clock.monotonicNs();
      armed = true;
    },
    apply: async (command) => {
      assertOpen();
      if (failure !== null) throw new Error("The servo board no longer answers", { cause: failure });
      asked = clampCommand(command);
      if (!armed) return;
      await step();
      if (ramping === null && !isThere()) ramping = ramp();
    },
    neutral: async (reason) => {
      stop(reason);
      if (!closing.signal.aborted) await send();
    },
    state: () => ({
      armed,
      applied: {
        steering: positionOf(pulses.steeringUs, settings.steering),
        throttle: positionOf(pulses.throttleUs, settings.throttle),
      },
      neutralReason,
    }),
    close: async () => {
      if (closing.signal.aborted) return;
      stop("closed");
      closing.abort(new DOMException("the drive was closed", "AbortError"));
      try {
        await insist(send, closeAttempts);
      } finally {
        await bus.close();
      }
    },
  };
}

/** Does `act` until it succeeds, `attempts` times at most. @throws the last failure. */
async function insist(act: () => Promise<void>, attempts: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (cause) {
      if (attempt >= attempts)
        throw new Error("The servo board did not take neutral: cut the power of the car", { cause });
    }
  }
}

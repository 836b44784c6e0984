// The PCA9685 itself (NXP data sheet rev. 4): registers, prescaler, and pulses in microseconds on some of its 16 channels.
import type { Clock } from "../clock.ts";

/** The little of an I²C bus that the board needs. */
export type RegisterBus = {
  /** Writes bytes to a register and, by auto-increment, the ones after it. At most 32 bytes. */
  readonly writeBlock: (address: number, register: number, bytes: Uint8Array) => Promise<void>;
  readonly readByte: (address: number, register: number) => Promise<number>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

const register = { mode1: 0x00, mode2: 0x01, led0: 0x06, prescale: 0xfe } as const;
const mode1 = { restart: 0x80, autoIncrement: 0x20, sleep: 0x10 } as const;
const mode2TotemPole = 0x04;
const bytesPerChannel = 4;
const stepsPerPeriod = 4096;
/** Nominal; single boards are several per cent off, which is why it can be calibrated. */
export const nominalOscillatorHz = 25_000_000;

/** How fast a board runs. */
export type BoardTiming = {
  /** Pulses per second that servos and ESC expect. */
  readonly frequencyHz: number;
  /** The board's real oscillator: measured pulse rate × 4096 × (prescale + 1). */
  readonly oscillatorHz: number;
};

/** The prescaler for a pulse rate. @throws Error outside of what the chip can do. */
export function prescaleFor({ frequencyHz, oscillatorHz }: BoardTiming): number {
  const prescale = Math.round(oscillatorHz / (stepsPerPeriod * frequencyHz)) - 1;
  if (!(prescale >= 3 && prescale <= 255))
    throw new Error(
      `Expected frequency to give a prescale of 3–255 (about 24–1526 Hz), got ${frequencyHz} Hz`,
    );
  return prescale;
}

/** Steps of 4096 after which a pulse of `us` microseconds ends, at the rate that the prescaler really gives. */
export function stepsOf(us: number, timing: BoardTiming): number {
  const stepsPerUs = timing.oscillatorHz / (prescaleFor(timing) + 1) / 1e6;
  return Math.min(stepsPerPeriod - 1, Math.max(0, Math.round(us * stepsPerUs)));
}

/** A pulse on a channel. */
export type ChannelPulse = { readonly channel: number; readonly us: number };

/** A board that runs. */
export type PulseBoard = {
  /** Sets pulses; neighbouring channels go in one transfer and change together. */
  readonly write: (pulses: readonly ChannelPulse[]) => Promise<void>;
};

// The oscillator needs 0.5 ms after sleep (7.3.1.1); timers are no finer than this anyway.
const wakeMs = 2;

/**
 * Brings a board up with `first` on its channels before any pulse leaves it: put to sleep (whatever it was sending ends),
 * rate set, pulses set, woken. Nothing but `first` is ever sent.
 */
export async function startPulseBoard(
  bus: RegisterBus,
  options: {
    address: number;
    timing: BoardTiming;
    first: readonly ChannelPulse[];
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<PulseBoard> {
  const { address, timing } = options;
  const setMode1 = (bits: number): Promise<void> =>
    bus.writeBlock(address, register.mode1, Uint8Array.of(bits));
  const write = async (pulses: readonly ChannelPulse[]): Promise<void> => {
    for (const run of neighbours(pulses)) {
      const bytes = Uint8Array.from(run.flatMap(({ us }) => pulseBytes(stepsOf(us, timing))));
      await bus.writeBlock(address, register.led0 + bytesPerChannel * (run[0]?.channel ?? 0), bytes);
    }
  };
  // The prescaler can only be written while the chip sleeps.
  await setMode1(mode1.autoIncrement | mode1.sleep);
  const prescale = prescaleFor(timing);
  await bus.writeBlock(address, register.prescale, Uint8Array.of(prescale));
  const got = await bus.readByte(address, register.prescale);
  if (got !== prescale)
    throw new Error(
      `Expected a PCA9685 at address 0x${address.toString(16)} to keep prescale ${prescale}, got ${got}: is it another chip?`,
    );
  await bus.writeBlock(address, register.mode2, Uint8Array.of(mode2TotemPole));
  await write(options.first);
  await setMode1(mode1.autoIncrement);
  await options.clock.sleep(wakeMs, options.signal);
  // Channels that were running before the sleep start again only with RESTART (7.3.1.1).
  await setMode1(mode1.autoIncrement | mode1.restart);
  await write(options.first);
  return { write };
}

/** The four registers of a channel: on at step 0, off at `steps`. */
function pulseBytes(steps: number): number[] {
  return [0, 0, steps & 0xff, steps >> 8];
}

/** Pulses in runs of neighbouring channels, ascending, none longer than one transfer of 32 bytes. */
function neighbours(pulses: readonly ChannelPulse[]): ChannelPulse[][] {
  const runs: ChannelPulse[][] = [];
  for (const pulse of [...pulses].sort((a, b) => a.channel - b.channel)) {
    const run = runs.at(-1);
    if (run !== undefined && run.length < 8 && run.at(-1)?.channel === pulse.channel - 1) run.push(pulse);
    else runs.push([pulse]);
  }
  return runs;
}

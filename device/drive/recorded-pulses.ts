// The pulses of a channel in a recording of register writes: what a servo or an ESC would have got, and when.
import { defaultPca9685Settings } from "./pca9685.ts";
import { nominalOscillatorHz, prescaleFor } from "./pulse-board.ts";
import type { RegisterWrite } from "./recording-bus.ts";

/** A pulse that was set. */
export type RecordedPulse = {
  /** Monotonic ns. */
  readonly ns: number;
  /** Who set it. */
  readonly pid: number;
  readonly us: number;
};

const led0 = 0x06;
const prescaleRegister = 0xfe;
const bytesPerChannel = 4;

/** Every time a channel's pulse was written, in order; at the usual rate of pulses until another was set. */
export function recordedPulses(writes: readonly RegisterWrite[], channel: number): readonly RecordedPulse[] {
  const pulses: RecordedPulse[] = [];
  let stepUs = stepOf(prescaleFor(defaultPca9685Settings.timing));
  for (const { ns, pid, register, bytes } of writes) {
    if (register === prescaleRegister) stepUs = stepOf(bytes[0]!);
    const at = led0 + bytesPerChannel * channel - register;
    // The two bytes at which the pulse ends; it begins at 0.
    const low = bytes[at + 2];
    const high = bytes[at + 3];
    if (register < led0 || at < 0 || low === undefined || high === undefined) continue;
    pulses.push({ ns, pid, us: (low + high * 256) * stepUs });
  }
  return pulses;
}

/** Microseconds of one of the 4096 steps. */
function stepOf(prescale: number): number {
  return ((prescale + 1) * 1e6) / nominalOscillatorHz;
}

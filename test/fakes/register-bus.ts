// An I²C bus with one PCA9685 on it: keeps its registers as the chip does, records every transfer, can fail.
import type { RegisterBus } from "../../device/drive/pulse-board.ts";

export type Transfer = { readonly register: number; readonly bytes: readonly number[] };

export type FakeRegisterBus = RegisterBus & {
  readonly transfers: Transfer[];
  /** Pulse a channel sends now, microseconds by the chip's own oscillator; null while it sends none. */
  readonly pulseUs: (channel: number) => number | null;
  readonly isClosed: () => boolean;
  /** While true every transfer fails. */
  failing: boolean;
};

const mode1 = 0x00;
const led0 = 0x06;
const prescaleRegister = 0xfe;

/** Makes a board with an oscillator of its own; `running` is what an earlier program left on channel 0, in steps. */
export function createFakeRegisterBus(
  options: { oscillatorHz?: number; running?: number; address?: number } = {},
): FakeRegisterBus {
  const { oscillatorHz = 25e6, address = 0x40 } = options;
  const registers = new Uint8Array(256);
  // Power-on values: asleep, prescale for 200 Hz.
  registers[mode1] = 0x11;
  registers[prescaleRegister] = 0x1e;
  if (options.running !== undefined) {
    registers[mode1] = 0x20;
    registers[led0 + 2] = options.running & 0xff;
    registers[led0 + 3] = options.running >> 8;
  }
  const transfers: Transfer[] = [];
  let closed = false;
  const isAsleep = (): boolean => (registers[mode1]! & 0x10) !== 0;
  const checkBus = (asked: number): void => {
    if (closed) throw new Error("bus is closed");
    if (bus.failing || asked !== address)
      throw Object.assign(new Error("Remote I/O error"), { code: "EREMOTEIO" });
  };
  const bus: FakeRegisterBus = {
    failing: false,
    transfers,
    writeBlock: async (asked, register, bytes) => {
      checkBus(asked);
      if (bytes.length > 32) throw new Error(`a transfer of ${bytes.length} bytes`);
      transfers.push({ register, bytes: [...bytes] });
      const increments = (registers[mode1]! & 0x20) !== 0;
      for (const [index, byte] of bytes.entries()) {
        const at = increments ? register + index : register;
        if (at === prescaleRegister && !isAsleep()) continue;
        registers[at] = byte;
      }
    },
    readByte: async (asked, register) => {
      checkBus(asked);
      return registers[register]!;
    },
    close: async () => {
      closed = true;
    },
    isClosed: () => closed,
    pulseUs: (channel) => {
      if (isAsleep()) return null;
      const [onL = 0, onH = 0, offL = 0, offH = 0] = registers.subarray(
        led0 + 4 * channel,
        led0 + 4 * channel + 4,
      );
      if ((offH & 0x10) !== 0) return null;
      const steps = offL + offH * 256 - (onL + onH * 256);
      return (steps * (registers[prescaleRegister]! + 1) * 1e6) / oscillatorHz;
    },
  };
  return bus;
}

// The machine's I²C bus, by the optional package i2c-bus (it compiles native code, so only cars with a servo board need it).
import type { RegisterBus } from "./pulse-board.ts";

/** The part of the package we use, its promise API. */
type PromisedBus = {
  readonly writeI2cBlock: (
    address: number,
    register: number,
    length: number,
    bytes: Buffer,
  ) => Promise<unknown>;
  readonly readByte: (address: number, register: number) => Promise<number>;
  readonly close: () => Promise<void>;
};

/** Opens /dev/i2c-`number`. @throws Error that says what to install or to switch on. */
export async function openI2cBus(number: number): Promise<RegisterBus> {
  const open = await loadPackage();
  let bus: PromisedBus;
  try {
    bus = await open(number);
  } catch (cause) {
    throw new Error(
      `Cannot open /dev/i2c-${number}: switch I²C on (sudo raspi-config nonint do_i2c 0) and join its group (sudo usermod -aG i2c $USER)`,
      { cause },
    );
  }
  let closed = false;
  return {
    writeBlock: async (address, register, bytes) => {
      await bus.writeI2cBlock(address, register, bytes.length, Buffer.from(bytes));
    },
    readByte: (address, register) => bus.readByte(address, register),
    close: async () => {
      if (closed) return;
      closed = true;
      await bus.close();
    },
  };
}

async function loadPackage(): Promise<(number: number) => Promise<PromisedBus>> {
  // A name in a variable keeps compilers and bundlers from looking for a package that may not be there.
  const name: string = "i2c-bus";
  let loaded: unknown;
  try {
    loaded = await import(name);
  } catch (cause) {
    throw new Error(
      `The drive pca9685: needs the package i2c-bus, which is not installed: run "npm install i2c-bus"`,
      {
        cause,
      },
    );
  }
  const { openPromisified, default: main } = loaded as {
    openPromisified?: unknown;
    default?: { openPromisified?: unknown };
  };
  const open = openPromisified ?? main?.openPromisified;
  if (typeof open !== "function")
    throw new Error("Expected the package i2c-bus to have openPromisified (version 5), got another version");
  return open as (number: number) => Promise<PromisedBus>;
}

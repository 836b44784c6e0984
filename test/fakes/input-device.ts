// A real FIFO standing in for a device file, the bytes a kernel would write to it, and a machine that lists it.
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InputSystem } from "../../device/gamepad/discovery.ts";
import { type EvdevEventBytes, nativeEventBytes } from "../../device/gamepad/evdev-events.ts";

/** An input event: type, code, value. */
export type FakeEvent = readonly [type: number, code: number, value: number];

export const synReport: FakeEvent = [0, 0, 0];
export const synDropped: FakeEvent = [0, 3, 0];
export const key = (code: number, value: number): FakeEvent => [1, code, value];
export const axis = (code: number, value: number): FakeEvent => [3, code, value];

/** The bytes of evdev events, little-endian, time of the kernel left 0. */
export function evdevBytes(events: readonly FakeEvent[], size: EvdevEventBytes = nativeEventBytes()): Buffer {
  const bytes = Buffer.alloc(events.length * size);
  for (const [index, [type, code, value]] of events.entries()) {
    const body = index * size + size - 8;
    bytes.writeUInt16LE(type, body);
    bytes.writeUInt16LE(code, body + 2);
    bytes.writeInt32LE(value, body + 4);
  }
  return bytes;
}

/** The bytes of joydev events: type (1 button, 2 axis, +0x80 initial), number, value. */
export function joydevBytes(events: readonly FakeEvent[]): Buffer {
  const bytes = Buffer.alloc(events.length * 8);
  for (const [index, [type, number, value]] of events.entries()) {
    bytes.writeInt16LE(value, index * 8 + 4);
    bytes.writeUInt8(type, index * 8 + 6);
    bytes.writeUInt8(number, index * 8 + 7);
  }
  return bytes;
}

/** A folder for device files, and its removal. */
export type FakeInputFolder = {
  readonly path: string;
  /** Plugs a device in: a FIFO whose writer is open. */
  readonly plug: (name: string) => FakeInputDevice;
  readonly remove: () => void;
};

export type FakeInputDevice = {
  readonly path: string;
  readonly write: (bytes: Uint8Array) => void;
  /** The device goes away, and its file with it. */
  readonly unplug: () => void;
};

export function makeInputFolder(): FakeInputFolder {
  const path = mkdtempSync(join(tmpdir(), "outrider-input-"));
  const open = new Set<() => void>();
  return {
    path,
    plug: (name) => {
      const file = join(path, name);
      execFileSync("mkfifo", [file]);
      // Opened for both, so that it does not wait for a reader.
      const descriptor = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
      const unplug = (): void => {
        if (!open.delete(unplug)) return;
        rmSync(file);
        closeSync(descriptor);
      };
      open.add(unplug);
      return { path: file, write: (bytes) => void writeSync(descriptor, bytes), unplug };
    },
    remove: () => {
      for (const unplug of open) unplug();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A machine that lists devices as the given text says, which may change while it runs. */
export function fakeInputSystem(
  folder: string,
  text: () => string,
  driver: string | null = null,
): InputSystem {
  return {
    readDevices: async () => text(),
    readDriver: async () => driver,
    folder,
    wordBits: 64,
  };
}

/** What the kernel says of a wired Xbox 360 pad. */
export const xbox360Block = (handlers: string): string => `I: Bus=0003 Vendor=045e Product=028e Version=0114
N: Name="Microsoft X-Box 360 pad"
P: Phys=usb-0000:01:00.0-1.2/input0
S: Sysfs=/devices/platform/usb1/1-1/1-1.2/1-1.2:1.0/input/input5
U: Uniq=
H: Handlers=${handlers}
B: PROP=0
B: EV=20000b
B: KEY=7cdb000000000000 0 0 0 0
B: ABS=3003f
B: FF=107030000 0
`;

/** What the kernel says of an Xbox One pad on Bluetooth, with the firmware of 2017 and later. */
export const xboxBluetoothBlock = (
  handlers: string,
): string => `I: Bus=0005 Vendor=045e Product=02fd Version=0903
N: Name="Xbox Wireless Controller"
P: Phys=b8:27:eb:00:00:01
S: Sysfs=/devices/virtual/misc/uhid/0005:045E:02FD.0001/input/input7
U: Uniq=98:7a:14:00:00:02
H: Handlers=${handlers}
B: PROP=0
B: EV=10001f
B: KEY=7fff000000000000 0 100040000000 0 0
B: ABS=30627
B: MSC=10
`;

/** What the kernel says of a PS4 pad with Sony's driver: three devices, of which one is the pad. */
export const ps4Blocks = (handlers: string): string => `I: Bus=0003 Vendor=054c Product=09cc Version=8111
N: Name="Sony Interactive Entertainment Wireless Controller Touchpad"
S: Sysfs=/devices/x/input/input10
H: Handlers=mouse0 event20
B: PROP=5
B: EV=b
B: KEY=2420 10000 0 0 0 0
B: ABS=260800000000003

I: Bus=0003 Vendor=054c Product=09cc Version=8111
N: Name="Sony Interactive Entertainment Wireless Controller Motion Sensors"
S: Sysfs=/devices/x/input/input11
H: Handlers=event21
B: PROP=40
B: EV=19
B: ABS=3f
B: MSC=20

I: Bus=0003 Vendor=054c Product=09cc Version=8111
N: Name="Sony Interactive Entertainment Wireless Controller"
S: Sysfs=/devices/x/input/input12
H: Handlers=${handlers}
B: PROP=0
B: EV=20000b
B: KEY=7fdb000000000000 0 0 0 0
B: ABS=3003f
B: FF=107030000 0
`;

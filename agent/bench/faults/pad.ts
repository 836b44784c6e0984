// A gamepad as joydev gives it, on a FIFO: held at some throttle, unplugged, silent, storming or talking nonsense.
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";

/** Life: createPad → plug → … → unplug. */
export type FaultPad = {
  readonly path: string;
  /** There, at rest for a moment, then held at some throttle. */
  readonly plug: () => void;
  /** Gone, as a radio that is out of reach or a pulled plug is. */
  readonly unplug: () => void;
  /** Bytes that no joystick says. */
  readonly say: (bytes: Uint8Array) => void;
};

const sayEveryMs = 100;
const restMs = 500;
const axis = { steering: 0, throttle: 5 } as const;
const axisEvent = 0x02;
const rest = -32_767;

/** Makes the FIFO; nothing is there yet. @throws Error where there are no FIFOs. */
export function createPad(path: string): FaultPad {
  const made = spawnSync("mkfifo", [path]);
  if (made.status !== 0) throw new Error(`mkfifo ${path}: ${made.stderr?.toString() ?? made.error?.message}`);
  let file: number | null = null;
  let timer: NodeJS.Timeout | null = null;
  const say = (bytes: Uint8Array): void => {
    if (file === null) return;
    try {
      writeSync(file, bytes);
    } catch (cause) {
      // Nobody reads: a full FIFO takes nothing, as a device without a reader keeps nothing.
      if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") throw cause;
    }
  };
  return {
    path,
    say,
    plug: () => {
      if (file !== null) return;
      // For reading and writing: only then does the open not wait for a reader.
      file = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      let ticks = 0;
      timer = setInterval(() => {
        ticks += 1;
        say(event(axis.steering, Math.round(20_000 * Math.sin(ticks / 7))));
        say(event(axis.throttle, ticks * sayEveryMs < restMs ? rest : 12_000));
      }, sayEveryMs);
    },
    unplug: () => {
      if (timer !== null) clearInterval(timer);
      if (file !== null) closeSync(file);
      timer = null;
      file = null;
    },
  };
}

/** struct js_event of linux/joystick.h: time, value, type, number. */
function event(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(Math.round(performance.now()) >>> 0, 0);
  bytes.writeInt16LE(value, 4);
  bytes[6] = axisEvent;
  bytes[7] = number;
  return bytes;
}

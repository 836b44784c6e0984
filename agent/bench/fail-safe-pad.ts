// A hand at a gamepad as joydev gives it, on a FIFO: a trigger held somewhere, a plug that is pulled, a storm of events.
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";

/** Life: create → plug, hold, storm, unplug in any order → unplug. */
export type FailSafePad = {
  /** There, with the trigger at rest. Idempotent. */
  readonly plug: () => void;
  /** Gone, file and all, as when a receiver is pulled. Idempotent. */
  readonly unplug: () => void;
  /** The trigger at 0..1. */
  readonly hold: (trigger: number) => void;
  /** So many movements of the steering axis at once. */
  readonly storm: (events: number) => void;
};

// As an Xbox pad is numbered: what an unknown file is taken for.
const axis = { steering: 0, trigger: 5 } as const;
const kind = { axis: 0x02, initial: 0x82 } as const;
const full = 32_767;

export function createFailSafePad(path: string): FailSafePad {
  let file: number | null = null;
  const say = (events: readonly Uint8Array[]): void => {
    if (file === null) return;
    try {
      writeSync(file, Buffer.concat(events));
    } catch (cause) {
      // Nobody reads fast enough: a kernel's queue overflows, too.
      if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") throw cause;
    }
  };
  return {
    plug: () => {
      if (file !== null) return;
      execFileSync("mkfifo", [path]);
      // For reading, too: only then does the open not wait for a reader.
      file = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      say([event(kind.initial, axis.steering, 0), event(kind.initial, axis.trigger, -full)]);
    },
    unplug: () => {
      if (file === null) return;
      rmSync(path);
      closeSync(file);
      file = null;
    },
    hold: (trigger) => say([event(kind.axis, axis.trigger, Math.round((2 * trigger - 1) * full))]),
    storm: (events) =>
      say(
        Array.from({ length: events }, (_, index) =>
          event(kind.axis, axis.steering, index % 2 === 0 ? 12_000 : -12_000),
        ),
      ),
  };
}

/** struct js_event of linux/joystick.h; nobody looks at its time. */
function event(type: number, number: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeInt16LE(value, 4);
  bytes[6] = type;
  bytes[7] = number;
  return bytes;
}

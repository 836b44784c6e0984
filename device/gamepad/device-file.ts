// A device file (or a FIFO standing in for one) read without ever waiting: what is there now, or nothing.
import { closeSync, constants, openSync, readSync } from "node:fs";

/** An open device file. Life: open → read… → close. */
export type DeviceFile = {
  /** The bytes that are there now (valid until the next read); null: none. @throws when the device is gone. */
  readonly read: () => Uint8Array | null;
  /** May be called twice. */
  readonly close: () => void;
};

/** Opens a device file; tests pass their own. @throws the system's error when it is missing or forbidden. */
export type OpenDeviceFile = (path: string) => DeviceFile;

// The kernel's queue of one reader holds at most some hundred events, a FIFO 64 KiB.
const bufferBytes = 64 * 1024;

/**
 * Opens a device file for reading. Not blocking on purpose: a read that waits would hold one of the process's few pool
 * threads for ever, and could not be cancelled when we close.
 */
export const openDeviceFile: OpenDeviceFile = (path) => {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = new Uint8Array(bufferBytes);
  let open = true;
  return {
    read: () => {
      if (!open) throw new Error(`${path} is closed`);
      let count: number;
      try {
        count = readSync(descriptor, buffer, 0, buffer.length, null);
      } catch (cause) {
        if (codeOf(cause) === "EAGAIN") return null;
        throw new Error(`${path} is gone (${codeOf(cause) ?? "read error"})`, { cause });
      }
      // A device never ends; a FIFO does when its last writer closes.
      if (count === 0) throw new Error(`${path} is gone (end of file)`);
      return buffer.subarray(0, count);
    },
    close: () => {
      if (!open) return;
      open = false;
      closeSync(descriptor);
    },
  };
};

/** The system's code of an error ("EACCES", …); null where it has none. */
export function codeOf(thrown: unknown): string | null {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}

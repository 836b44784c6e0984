// Reads a pad through evdev (/dev/input/eventN): reports, lost events, unplugging. Ranges come from the model or from movement.
import { createAxisScaler } from "./axis-range.ts";
import { openDeviceFile } from "./device-file.ts";
import { createEvdevParser } from "./evdev-events.ts";
import { type ReaderOptions, readAll } from "./joydev.ts";
import type { Connection } from "./live-gamepad.ts";
import { triggerCodes } from "./mapping.ts";
import { createPad } from "./pad.ts";
import type { RawInput } from "./raw-input.ts";

export type EvdevOptions = ReaderOptions & {
  /**
   * The present state from elsewhere (joydev), axes −1..1, asked at open and whenever the kernel lost events, because evdev
   * tells it only by ioctl. null or not given: the pad counts as at rest until it moves.
   */
  readonly readState?: () => RawInput | null;
};

/** Opens an evdev device. @throws the system's error when it cannot be opened. */
export function connectEvdev(options: EvdevOptions): Connection {
  const file = (options.openFile ?? openDeviceFile)(options.path);
  const parser = createEvdevParser();
  const pad = createPad(options.mapping, options.settings);
  const triggers = triggerCodes(options.mapping);
  const { stickRange, triggerRange } = options.controller;
  const scaler = createAxisScaler((code) => (triggers.has(code) ? triggerRange : stickRange), triggers);
  const restore = (): void => {
    const state = options.readState?.() ?? null;
    if (state !== null) pad.apply(state);
  };
  restore();
  return {
    name: `${options.device?.name ?? options.mapping.name} (${options.path})`,
    note: () => {
      const unknown = scaler.unknown();
      const learning = `, range of ${unknown.length} axes not known yet: turn the sticks round and press the triggers fully once`;
      return `mapping: ${options.mapping.name}${unknown.length === 0 ? "" : learning}`;
    },
    poll: () => {
      readAll(file, (bytes) => {
        for (const input of parser.push(bytes)) {
          pad.apply(scaler.scale(input));
          if (input.kind === "lost") restore();
        }
      });
      return pad.take(options.clock.monotonicNs());
    },
    close: file.close,
  };
}

// The bare movements of one pad, before any mapping: for a person who makes one.
import type { Clock } from "../clock.ts";
import { createAxisScaler } from "./axis-range.ts";
import { type IdentifiedDevice, pickController } from "./controllers.ts";
import { type OpenDeviceFile, openDeviceFile } from "./device-file.ts";
import { createEvdevParser } from "./evdev-events.ts";
import { deviceFile } from "./input-devices.ts";
import { readAll } from "./joydev.ts";
import { createJoydevParser, numberJoydevControls } from "./joydev-events.ts";
import { triggerCodes } from "./mapping.ts";
import type { RawInput } from "./raw-input.ts";

const pollMs = 10;

/**
 * Every movement of a pad in evdev codes, axes −1…1, and null after each look at it, so that a consumer can think of other
 * things while the pad lies still. By joydev where the pad has it, which knows the ranges.
 * @throws Error when the pad cannot be opened or goes away.
 */
export async function* readRawInput(
  device: IdentifiedDevice,
  options: { folder: string; clock: Clock; signal: AbortSignal; openFile?: OpenDeviceFile },
): AsyncGenerator<RawInput | null> {
  const { clock, signal } = options;
  const joystick = deviceFile(device, "js", options.folder);
  const path = joystick ?? deviceFile(device, "event", options.folder);
  if (path === null)
    throw new Error(`Expected ${device.name} to have a device file, got ${device.handlers.join(" ")}`);
  const controller = pickController(device);
  const triggers = triggerCodes(controller.mapping);
  const scaler = createAxisScaler(
    (code) => (triggers.has(code) ? controller.triggerRange : controller.stickRange),
    triggers,
  );
  const parser =
    joystick === null
      ? createEvdevParser()
      : createJoydevParser(numberJoydevControls(device.keys, device.axes));
  const file = (options.openFile ?? openDeviceFile)(path);
  try {
    while (!signal.aborted) {
      const inputs: RawInput[] = [];
      readAll(file, (bytes) => void inputs.push(...parser.push(bytes)));
      yield* joystick === null ? inputs.map((input) => scaler.scale(input)) : inputs;
      yield null;
      await clock.sleep(pollMs, signal).catch((cause: unknown) => {
        if (!signal.aborted) throw cause;
      });
    }
  } finally {
    file.close();
  }
}

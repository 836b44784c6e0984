import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DeviceFile } from "../../../device/gamepad/device-file.ts";
import { connectEvdev } from "../../../device/gamepad/evdev.ts";
import { connectJoydev, type ReaderOptions, unlistedController } from "../../../device/gamepad/joydev.ts";
import type { Connection } from "../../../device/gamepad/live-gamepad.ts";
import { buttonNames, isTrigger } from "../../../device/gamepad/mapping.ts";
import { defaultPadSettings } from "../../../device/gamepad/pad.ts";
import { axis, evdevBytes, joydevBytes, key, synDropped, synReport } from "../../fakes/input-device.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

/** A pad behind bytes that a test makes up; each piece is one look. */
function connect(
  open: (options: ReaderOptions) => Connection,
): Connection & { readonly push: (bytes: Uint8Array) => void } {
  const waiting: Uint8Array[] = [];
  const file: DeviceFile = { read: () => waiting.shift() ?? null, close: () => undefined };
  const controller = unlistedController();
  const connection = open({
    path: "/dev/input/made-up",
    device: null,
    mapping: controller.mapping,
    controller,
    settings: defaultPadSettings,
    clock: createManualClock(),
    openFile: () => file,
  });
  return { ...connection, push: (bytes) => waiting.push(bytes) };
}

// Real events among any bytes, cut anywhere: what a bad receiver, a full queue or a program in the way makes of them.
const code = fc.oneof(fc.integer({ min: 0, max: 0x2ff }), fc.constantFrom(0, 1, 2, 5, 0x130, 0x131));
const value = fc.oneof(
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const event = fc.oneof(
  fc.tuple(code, value).map(([at, to]) => axis(at, to)),
  fc.tuple(code, fc.integer({ min: 0, max: 2 })).map(([at, to]) => key(at, to)),
  fc.constantFrom(synReport, synDropped),
);
const joydevEvent = fc.tuple(
  fc.constantFrom(1, 2, 0x81, 0x82),
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: -32_768, max: 32_767 }),
);
const bytes = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(event, { maxLength: 20 }).map((events) => new Uint8Array(evdevBytes(events))),
    fc.array(joydevEvent, { maxLength: 20 }).map((events) => new Uint8Array(joydevBytes(events))),
  ),
  { maxLength: 20 },
);

for (const [name, open] of [
  ["evdev", connectEvdev],
  ["joydev", connectJoydev],
] as const)
  test(`${name}: whatever bytes come, a state stays a state`, () => {
    fc.assert(
      fc.property(bytes, (pieces) => {
        const pad = connect(open);
        for (const piece of pieces) {
          pad.push(piece);
          const state = pad.poll();
          if (state === null) continue;
          assert.equal(state.connected, true);
          for (const [each, at] of Object.entries(state.axes)) {
            const least = isTrigger(each as keyof typeof state.axes) ? 0 : -1;
            assert.ok(at >= least && at <= 1, `${each} ${at}`);
          }
          for (const each of [...state.down, ...state.pressed]) assert.ok(buttonNames.includes(each), each);
        }
      }),
    );
  });

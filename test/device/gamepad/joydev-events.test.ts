import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createJoydevParser, numberJoydevControls } from "../../../device/gamepad/joydev-events.ts";
import { joydevBytes } from "../../fakes/input-device.ts";

const numbers = { buttons: [0x130, 0x131], axes: [0, 1, 2] };

describe("createJoydevParser()", () => {
  test("createJoydevParser() tells the initial state from movements", () => {
    const bytes = joydevBytes([
      [0x81, 0, 1],
      [0x82, 2, -32767],
      [0x02, 0, 32767],
      [0x01, 1, 1],
    ]);
    assert.deepEqual(createJoydevParser(numbers, true).push(bytes), [
      {
        kind: "initial",
        changes: [
          { kind: "button", code: 0x130, value: 1 },
          { kind: "axis", code: 2, value: -1 },
        ],
      },
      {
        kind: "changes",
        changes: [
          { kind: "axis", code: 0, value: 1 },
          { kind: "button", code: 0x131, value: 1 },
        ],
      },
    ]);
  });

  test("createJoydevParser() leaves out numbers the pad does not have", () => {
    assert.deepEqual(
      createJoydevParser(numbers, true).push(
        joydevBytes([
          [0x02, 9, 5],
          [0x01, 7, 1],
          [0x04, 0, 1],
        ]),
      ),
      [],
    );
  });

  test("createJoydevParser() gives the same changes however the bytes are cut", () => {
    const event = fc.tuple(
      fc.constantFrom(1, 2, 0x81, 0x82),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: -32768, max: 32767 }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.integer({ min: 1, max: 17 }), (events, piece) => {
        const bytes = joydevBytes(events);
        const flat = (parts: readonly Uint8Array[]): unknown[] => {
          const parser = createJoydevParser(numbers, true);
          return parts
            .flatMap((part) => parser.push(part))
            .flatMap((input) =>
              input.kind === "lost" ? [] : input.changes.map((change) => [input.kind, change]),
            );
        };
        const parts: Uint8Array[] = [];
        for (let offset = 0; offset < bytes.length; offset += piece)
          parts.push(bytes.subarray(offset, offset + piece));
        const whole = flat([bytes]);
        assert.deepEqual(flat(parts), whole);
        for (const [, change] of whole as [string, { value: number }][])
          assert.ok(Math.abs(change.value) <= 1);
      }),
    );
  });
});

test("numberJoydevControls() numbers buttons from BTN_JOYSTICK up, then the lower ones, and leaves out plain keys", () => {
  assert.deepEqual(numberJoydevControls(new Set([0x9e, 0x101, 0x131, 0x130, 0x120]), new Set([0x10, 0, 5])), {
    buttons: [0x120, 0x130, 0x131, 0x101],
    axes: [0, 5, 0x10],
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  deviceFile,
  isGamepad,
  parseBitmap,
  parseInputDevices,
} from "../../../device/gamepad/input-devices.ts";
import { ps4Blocks, xbox360Block, xboxBluetoothBlock } from "../../fakes/input-device.ts";

const keyboard = `I: Bus=0011 Vendor=0001 Product=0001 Version=ab41
N: Name="AT Translated Set 2 keyboard"
H: Handlers=sysrq kbd event0 leds
B: KEY=402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe
`;

describe("parseInputDevices()", () => {
  test("parseInputDevices() reads names, ids, files and controls", () => {
    const [, pad] = parseInputDevices(`${keyboard}\n${xbox360Block("event5 js0")}`, 64);
    assert.ok(pad !== undefined);
    assert.deepEqual(
      [pad.name, pad.bus, pad.vendor, pad.product, pad.version],
      ["Microsoft X-Box 360 pad", 3, 0x045e, 0x028e, 0x0114],
    );
    assert.deepEqual(
      [...pad.keys],
      [0x130, 0x131, 0x133, 0x134, 0x136, 0x137, 0x13a, 0x13b, 0x13c, 0x13d, 0x13e],
    );
    assert.deepEqual([...pad.axes], [0, 1, 2, 3, 4, 5, 0x10, 0x11]);
    assert.equal(deviceFile(pad, "event"), "/dev/input/event5");
    assert.equal(deviceFile(pad, "js"), "/dev/input/js0");
    assert.equal(pad.unique, "");
  });

  test("parseInputDevices() leaves out blocks without ids", () => {
    assert.deepEqual(parseInputDevices('N: Name="half a block"\n\ngarbage', 64), []);
  });

  test("parseInputDevices() survives any text", () => {
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => void parseInputDevices(text, 32)));
  });
});

test("isGamepad() picks the pad out of what a PS4 controller registers, and no keyboard", () => {
  const devices = parseInputDevices(
    `${keyboard}\n${ps4Blocks("event22 js1")}\n${xboxBluetoothBlock("event7")}`,
    64,
  );
  assert.deepEqual(
    devices.map((device) => isGamepad(device)),
    [false, false, false, true, true],
  );
});

describe("parseBitmap()", () => {
  test("parseBitmap() reads words of 32 bits where the reading program has them", () => {
    // BTN_SOUTH is bit 304: word 9 of 32 bits, bit 16.
    assert.deepEqual([...parseBitmap("10000 0 0 0 0 0 0 0 0 0", 32, 0x300)], [0x130]);
  });

  test("parseBitmap() takes a long word as proof of 64 bits", () => {
    assert.deepEqual([...parseBitmap("1000000000000 0 0 0 0", 32, 0x300)], [0x130]);
  });

  test("parseBitmap() finds exactly the bits that were set", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 0x2ff })),
        fc.constantFrom(32 as const, 64 as const),
        (codes, size) => {
          // The highest word below keeps a 64-bit map from looking like a 32-bit one.
          const words: bigint[] = [];
          for (const code of codes) {
            const index = Math.floor(code / size);
            words[index] = (words[index] ?? 0n) | (1n << BigInt(code % size));
          }
          const text = Array.from(words, (word) => (word ?? 0n).toString(16))
            .reverse()
            .join(" ");
          assert.deepEqual(
            [...parseBitmap(text, size, 0x300)].sort((a, b) => a - b),
            [...codes].sort((a, b) => a - b),
          );
        },
      ),
    );
  });
});

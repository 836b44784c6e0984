import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type IdentifiedDevice, pickController } from "../../../device/gamepad/controllers.ts";
import { abs } from "../../../device/gamepad/input-codes.ts";
import { parseInputDevices } from "../../../device/gamepad/input-devices.ts";
import { bindSdlMapping, numberSdlControls } from "../../../device/gamepad/sdl-binding.ts";
import { formatTarget, parseSdlMapping } from "../../../device/gamepad/sdl-mapping.ts";
import { ps4Blocks, xbox360Block, xboxBluetoothBlock } from "../../fakes/input-device.ts";

const listed = (text: string, driver: string | null = null): IdentifiedDevice => ({
  ...parseInputDevices(text, 64).at(-1)!,
  driver,
});
const codes = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const device = (over: Partial<IdentifiedDevice>): IdentifiedDevice => ({
  ...listed(xbox360Block("event5 js0")),
  ...over,
});

// What SDL knows of the same models, as fields alone: the positions must agree, control by control.
const xpadFields =
  "a:b0,b:b1,back:b6,dpdown:h0.4,dpleft:h0.8,dpright:h0.2,dpup:h0.1,guide:b8,leftshoulder:b4,leftstick:b9,lefttrigger:a2,leftx:a0,lefty:a1,rightshoulder:b5,rightstick:b10,righttrigger:a5,rightx:a3,righty:a4,start:b7,x:b2,y:b3";
const plainSonyFields =
  "a:b1,b:b2,back:b8,dpdown:h0.4,dpleft:h0.8,dpright:h0.2,dpup:h0.1,guide:b12,leftshoulder:b4,leftstick:b10,lefttrigger:a3,leftx:a0,lefty:a1,rightshoulder:b5,rightstick:b11,righttrigger:a4,rightx:a2,righty:a5,start:b9,x:b0,y:b3";
const known: readonly { name: string; device: IdentifiedDevice; sdl: string; range: [number, number] }[] = [
  {
    name: "Xbox (USB, 360)",
    device: listed(xbox360Block("event5 js0"), "xpad"),
    sdl: xpadFields,
    range: [32767, 255],
  },
  { name: "Xbox (USB)", device: device({ product: 0x02ea }), sdl: xpadFields, range: [32767, 1023] },
  {
    name: "Xbox (Bluetooth)",
    device: listed(xboxBluetoothBlock("event7 js0")),
    sdl: "a:b0,b:b1,back:b15,dpdown:h0.4,dpleft:h0.8,dpright:h0.2,dpup:h0.1,guide:b16,leftshoulder:b6,leftstick:b13,lefttrigger:a5,leftx:a0,lefty:a1,rightshoulder:b7,rightstick:b14,righttrigger:a4,rightx:a2,righty:a3,start:b11,x:b3,y:b4",
    range: [65535, 1023],
  },
  {
    name: "Xbox (Bluetooth, old firmware)",
    device: device({
      bus: 5,
      product: 0x02e0,
      keys: new Set([0x8b, ...codes(0x130, 0x139)]),
    }),
    sdl: "a:b0,b:b1,back:b6,dpdown:h0.4,dpleft:h0.8,dpright:h0.2,dpup:h0.1,guide:b10,leftshoulder:b4,leftstick:b8,lefttrigger:a2,leftx:a0,lefty:a1,rightshoulder:b5,rightstick:b9,righttrigger:a5,rightx:a3,righty:a4,start:b7,x:b2,y:b3",
    range: [65535, 1023],
  },
  {
    name: "Xbox (Bluetooth, as wired)",
    device: device({ bus: 5, product: 0x0b13 }),
    sdl: xpadFields,
    range: [32767, 1023],
  },
  {
    name: "PS4",
    device: listed(ps4Blocks("event22 js1"), "playstation"),
    sdl: "a:b0,b:b1,back:b8,dpdown:h0.4,dpleft:h0.8,dpright:h0.2,dpup:h0.1,guide:b10,leftshoulder:b4,leftstick:b11,lefttrigger:a2,leftx:a0,lefty:a1,rightshoulder:b5,rightstick:b12,righttrigger:a5,rightx:a3,righty:a4,start:b9,x:b3,y:b2",
    range: [255, 255],
  },
  {
    name: "PS4 (plain HID driver)",
    device: device({ vendor: 0x054c, product: 0x05c4, keys: new Set(codes(0x130, 0x13d)) }),
    sdl: plainSonyFields,
    range: [255, 255],
  },
  {
    name: "PS5 (plain HID driver)",
    device: device({ bus: 5, vendor: 0x054c, product: 0x0ce6, keys: new Set(codes(0x130, 0x13d)) }),
    sdl: plainSonyFields,
    range: [255, 255],
  },
  {
    name: "Logitech F710 (switch at X)",
    device: device({ vendor: 0x046d, product: 0xc21f }),
    sdl: xpadFields,
    range: [32767, 255],
  },
  {
    name: "Logitech F710 (switch at D)",
    device: device({
      vendor: 0x046d,
      product: 0xc219,
      keys: new Set(codes(0x120, 0x12b)),
      axes: new Set([abs.x, abs.y, abs.z, abs.rz, abs.hat0x, abs.hat0y]),
    }),
    sdl: "a:b1,b:b2,back:b8,dpdown:h0.4,dpleft:h0.8,dpright:h0.2,dpup:h0.1,leftshoulder:b4,leftstick:b10,lefttrigger:b6,leftx:a0,lefty:a1,rightshoulder:b5,rightstick:b11,righttrigger:b7,rightx:a2,righty:a3,start:b9,x:b0,y:b3",
    range: [255, 255],
  },
];

describe("pickController()", () => {
  for (const pad of known) {
    test(`pickController() knows the ${pad.name} as SDL does`, () => {
      const { mapping, stickRange, triggerRange } = pickController(pad.device);
      assert.equal(mapping.name, pad.name);
      assert.deepEqual([stickRange?.max, triggerRange?.max], pad.range);
      const { mapping: sdl, missing } = bindSdlMapping(
        parseSdlMapping(`${"0".repeat(32)},x,${pad.sdl},`),
        numberSdlControls(pad.device.keys, pad.device.axes),
      );
      assert.deepEqual(missing, []);
      const ours = mapping.bindings.map((binding) => JSON.stringify(binding));
      for (const binding of sdl.bindings)
        assert.ok(
          ours.includes(JSON.stringify(binding)),
          `${formatTarget(binding.target)}: ${JSON.stringify(binding.source)}`,
        );
      // No control of the pad does two things.
      const present = mapping.bindings.filter(({ source }) =>
        source.kind === "button" ? pad.device.keys.has(source.code) : pad.device.axes.has(source.code),
      );
      const sources = present.map(({ source }) => JSON.stringify(source));
      assert.equal(new Set(sources).size, sources.length);
    });
  }

  test("pickController() reads other makers' pads on the xpad driver like Microsoft's, their triggers to be learned", () => {
    const { mapping, stickRange, triggerRange } = pickController(
      device({ vendor: 0x0e6f, product: 0x0213, driver: "xpad" }),
    );
    assert.equal(mapping.name, "Xbox (USB)");
    assert.deepEqual([stickRange?.max, triggerRange], [32767, null]);
  });

  test("pickController() goes by position for an unknown pad that keeps the kernel's rule", () => {
    const { mapping, stickRange } = pickController(device({ vendor: 1, product: 1 }));
    const source = (name: string) => mapping.bindings.find(({ target }) => target.name === name)?.source;
    assert.deepEqual(source("x"), { kind: "button", code: 0x134 });
    assert.deepEqual(source("righttrigger"), { kind: "axis", code: abs.rz, from: -1, to: 1 });
    assert.equal(stickRange, null);
  });

  test("pickController() finds the triggers of unknown pads where they are", () => {
    const trigger = (axes: number[]): unknown =>
      pickController(device({ vendor: 1, product: 1, axes: new Set([0, 1, ...axes]) })).mapping.bindings.find(
        ({ target }) => target.name === "righttrigger",
      )?.source;
    assert.deepEqual(trigger([abs.z, abs.rz, abs.gas, abs.brake]), {
      kind: "axis",
      code: abs.gas,
      from: -1,
      to: 1,
    });
    assert.deepEqual(trigger([abs.rx, abs.ry, abs.hat2x, abs.hat2y]), {
      kind: "axis",
      code: abs.hat2x,
      from: -1,
      to: 1,
    });
    assert.deepEqual(trigger([abs.rx, abs.ry]), { kind: "button", code: 0x139 });
    assert.deepEqual(trigger([abs.z, abs.rz]), { kind: "button", code: 0x139 });
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { axisNames, buttonNames, isTrigger } from "../../../device/gamepad/mapping.ts";
import { createPad } from "../../../device/gamepad/pad.ts";
import {
  bindSdlMapping,
  findSdlMapping,
  numberSdlControls,
  sdlGuid,
  sdlSourceOf,
} from "../../../device/gamepad/sdl-binding.ts";
import {
  formatSdlMapping,
  formatSdlSource,
  parseSdlMapping,
  parseSdlMappings,
  type SdlField,
} from "../../../device/gamepad/sdl-mapping.ts";

const guid = "030000005e0400008e02000014010000";
const pad360 =
  `${guid},Xbox 360 Controller,a:b0,b:b1,back:b6,dpdown:h0.4,dpleft:h0.8,dpright:h0.2,dpup:h0.1,guide:b8,` +
  "leftshoulder:b4,leftstick:b9,lefttrigger:a2,leftx:a0,lefty:a1,rightshoulder:b5,rightstick:b10,righttrigger:a5," +
  "rightx:a3,righty:a4,start:b7,x:b2,y:b3,platform:Linux,";
const keys360 = new Set([0x130, 0x131, 0x133, 0x134, 0x136, 0x137, 0x13a, 0x13b, 0x13c, 0x13d, 0x13e]);
const axes360 = new Set([0, 1, 2, 3, 4, 5, 0x10, 0x11]);

describe("parseSdlMapping()", () => {
  test("parseSdlMapping() reads a whole line", () => {
    const mapping = parseSdlMapping(pad360);
    assert.deepEqual([mapping.guid, mapping.name, mapping.platform], [guid, "Xbox 360 Controller", "Linux"]);
    assert.equal(mapping.fields.length, 21);
    assert.deepEqual(mapping.ignored, []);
  });

  test("parseSdlMapping() reads halves, inversion and half targets", () => {
    const { fields } = parseSdlMapping(`${guid},x,lefty:a1~,-leftx:b3,+leftx:-a4,righttrigger:+a2~,`);
    assert.deepEqual(fields, [
      {
        target: { kind: "axis", name: "lefty", from: -1, to: 1 },
        source: { kind: "axis", index: 1, half: 0, inverted: true },
      },
      { target: { kind: "axis", name: "leftx", from: 0, to: -1 }, source: { kind: "button", index: 3 } },
      {
        target: { kind: "axis", name: "leftx", from: 0, to: 1 },
        source: { kind: "axis", index: 4, half: -1, inverted: false },
      },
      {
        target: { kind: "axis", name: "righttrigger", from: 0, to: 1 },
        source: { kind: "axis", index: 2, half: 1, inverted: true },
      },
    ] satisfies SdlField[]);
  });

  test("parseSdlMapping() sets aside what it has no use for", () => {
    const mapping = parseSdlMapping(`${guid},x,touchpad:b13,misc1:b5,guide:,dpup:h0.0,crc:1234,a:b0,`);
    assert.equal(mapping.fields.length, 1);
    assert.deepEqual(mapping.ignored, ["touchpad:b13", "misc1:b5", "guide:", "dpup:h0.0", "crc:1234"]);
  });

  for (const [line, rule] of [
    ["xinput,pad,a:b0,", /GUID of 32 hex digits, got "xinput"/],
    [`${guid},,a:b0,`, /name after the GUID/],
    [`${guid},pad,a=b0,`, /target:source, got "a=b0"/],
    [`${guid},pad,a:q7,`, /source like b0.*got "a:q7"/],
    [`${guid},pad,dpup:h0.3,`, /got "dpup:h0.3"/],
  ] as const) {
    test(`parseSdlMapping() names what is wrong in ${line.slice(30)}`, () => {
      assert.throws(() => parseSdlMapping(line), rule);
    });
  }
});

test("parseSdlMappings() keeps the good lines and tells the bad ones by number", () => {
  const { mappings, problems } = parseSdlMappings(`# list\n\n${pad360}\nnonsense\r\n${pad360}\n`);
  assert.equal(mappings.length, 2);
  assert.deepEqual(
    problems.map((problem) => problem.slice(0, 7)),
    ["line 4:"],
  );
});

test("formatSdlMapping() writes lines that parseSdlMapping() reads back the same", () => {
  const source = fc.oneof(
    fc.integer({ min: 0, max: 99 }).map((index) => ({ kind: "button" as const, index })),
    fc
      .tuple(
        fc.integer({ min: 0, max: 63 }),
        fc.constantFrom(-1 as const, 0 as const, 1 as const),
        fc.boolean(),
      )
      .map(([index, half, inverted]) => ({ kind: "axis" as const, index, half, inverted })),
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const))
      .map(([index, mask]) => ({ kind: "hat" as const, index, mask })),
  );
  const target = fc.oneof(
    fc.constantFrom(...buttonNames).map((name) => ({ kind: "button" as const, name })),
    fc
      .constantFrom(...axisNames)
      .map((name) => ({ kind: "axis" as const, name, from: isTrigger(name) ? 0 : -1, to: 1 })),
    fc
      .tuple(fc.constantFrom("leftx" as const, "righty" as const), fc.constantFrom(-1, 1))
      .map(([name, to]) => ({ kind: "axis" as const, name, from: 0, to })),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ target, source }, { noNullPrototype: true })), (fields) => {
      const read = parseSdlMapping(formatSdlMapping({ guid, name: "a, pad", fields }));
      assert.deepEqual(read, { guid, name: "a  pad", platform: "Linux", fields, ignored: [] });
    }),
  );
});

test("parseSdlMapping() either reads a line or throws an Error, whatever the line", () => {
  const word = fc.stringMatching(/^[a-z0-9:~+\-.]{0,12}$/);
  fc.assert(
    fc.property(fc.array(word), (words) => {
      try {
        parseSdlMapping([guid, "pad", ...words].join(","));
      } catch (error) {
        assert.ok(error instanceof Error && error.message.startsWith("Expected"));
      }
    }),
  );
});

describe("bindSdlMapping()", () => {
  test("bindSdlMapping() ties SDL's numbers to the codes of the pad", () => {
    const { mapping, missing } = bindSdlMapping(parseSdlMapping(pad360), numberSdlControls(keys360, axes360));
    assert.deepEqual(missing, []);
    const source = (name: string) => mapping.bindings.find(({ target }) => target.name === name)?.source;
    assert.deepEqual(source("x"), { kind: "button", code: 0x133 });
    assert.deepEqual(source("start"), { kind: "button", code: 0x13b });
    assert.deepEqual(source("rightx"), { kind: "axis", code: 3, from: -1, to: 1 });
    assert.deepEqual(source("righttrigger"), { kind: "axis", code: 5, from: -1, to: 1 });
    assert.deepEqual(source("dpup"), { kind: "axis", code: 0x11, from: 0, to: -1 });
    assert.deepEqual(source("dpright"), { kind: "axis", code: 0x10, from: 0, to: 1 });
  });

  test("bindSdlMapping() names the controls a pad does not have", () => {
    const { missing } = bindSdlMapping(
      parseSdlMapping(`${guid},x,a:b40,dpup:h2.1,leftx:a9,`),
      numberSdlControls(keys360, axes360),
    );
    assert.deepEqual(missing, ["a:b40", "dpup:h2.1", "leftx:a9"]);
  });

  test("bindSdlMapping() makes a stick of two buttons and turns an axis round", () => {
    const { mapping } = bindSdlMapping(
      parseSdlMapping(`${guid},x,-leftx:b0,+leftx:b1,righty:a1~,`),
      numberSdlControls(keys360, axes360),
    );
    const pad = createPad(mapping);
    pad.apply({
      kind: "changes",
      changes: [
        { kind: "button", code: 0x130, value: 1 },
        { kind: "axis", code: 1, value: 1 },
      ],
    });
    assert.deepEqual([pad.take(1)?.axes.leftx], [-1]);
    pad.apply({ kind: "changes", changes: [{ kind: "button", code: 0x131, value: 1 }] });
    const state = pad.take(2);
    assert.deepEqual([state?.axes.leftx, state?.axes.righty], [0, -1]);
  });
});

test("numberSdlControls() puts keys below BTN_JOYSTICK last and hats apart from axes", () => {
  const numbers = numberSdlControls(new Set([0x9e, 0xac, 0x130, 0x120]), new Set([0, 9, 0x10, 0x11, 0x13]));
  assert.deepEqual(numbers, { buttons: [0x120, 0x130, 0x9e, 0xac], axes: [0, 9], hats: [0x10, 0x12] });
});

test("sdlSourceOf() is bindSdlMapping() backwards", () => {
  const numbers = numberSdlControls(keys360, axes360);
  for (const text of ["b3", "a2", "+a4", "-a1", "a0~", "+a3~", "-a5~", "h0.1", "h0.2", "h0.4", "h0.8"]) {
    const line = parseSdlMapping(`${guid},x,a:${text},`);
    const bound = bindSdlMapping(line, numbers).mapping.bindings[0]!.source;
    const source = sdlSourceOf(bound, numbers);
    assert.ok(source !== null);
    assert.equal(formatSdlSource(source), text);
  }
});

describe("findSdlMapping()", () => {
  const device = { bus: 3, vendor: 0x045e, product: 0x028e, version: 0x0114 };
  const line = (id: string, name: string, platform = "Linux") =>
    parseSdlMapping(`${id},${name},a:b0,platform:${platform},`);

  test("sdlGuid() is SDL's, with little-endian words", () => {
    assert.equal(sdlGuid(device), guid);
  });

  test("findSdlMapping() prefers the very version, ignores the name's CRC and other platforms, and lets the last line win", () => {
    const lines = [
      line("030000005e0400008e02000099990000", "other version"),
      line(guid, "windows", "Windows"),
      line(guid, "first"),
      line("0300abcd5e0400008e02000014017801", "with CRC and driver"),
      line("030000005e040000ea02000014010000", "other product"),
    ];
    assert.equal(findSdlMapping(lines, device)?.name, "with CRC and driver");
    assert.equal(findSdlMapping(lines.slice(0, 2), device)?.name, "other version");
    assert.equal(findSdlMapping(lines.slice(4), device), null);
  });
});

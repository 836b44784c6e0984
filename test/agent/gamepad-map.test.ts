import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { mapGamepad, mappingQuestions, saveMapping } from "../../agent/gamepad-map.ts";
import { withSkips } from "../../agent/gamepad-skips.ts";
import { type IdentifiedDevice, pickController } from "../../device/gamepad/controllers.ts";
import { abs } from "../../device/gamepad/input-codes.ts";
import { parseInputDevices } from "../../device/gamepad/input-devices.ts";
import type { RawInput } from "../../device/gamepad/raw-input.ts";
import { readRawInput } from "../../device/gamepad/raw-reader.ts";
import { bindSdlMapping, numberSdlControls } from "../../device/gamepad/sdl-binding.ts";
import { parseSdlMapping } from "../../device/gamepad/sdl-mapping.ts";
import { joydevBytes, makeInputFolder, xbox360Block } from "../fakes/input-device.ts";
import { createManualClock } from "../fakes/manual-clock.ts";

const device: IdentifiedDevice = { ...parseInputDevices(xbox360Block("event5 js0"), 64)[0]!, driver: "xpad" };
const directory = mkdtempSync(join(tmpdir(), "outrider-map-"));
after(() => rmSync(directory, { recursive: true }));

const changes = (...list: [kind: "button" | "axis", code: number, value: number][]): RawInput => ({
  kind: "changes",
  changes: list.map(([kind, code, value]) => ({ kind, code, value })),
});
const tap = (code: number): RawInput[] => [changes(["button", code, 1]), changes(["button", code, 0])];
const swing = (code: number, rest: number, end: number): RawInput[] =>
  [rest + (end - rest) * 0.02, rest + (end - rest) * 0.5, end, rest].map((value) =>
    changes(["axis", code, value]),
  );

/** What a hand does at a wired Xbox pad when asked. */
function handOf(question: (typeof mappingQuestions)[number]): RawInput[] {
  const { mapping } = pickController(device);
  const binding = mapping.bindings.find(
    ({ target, source }) =>
      target.name === question.target.name &&
      (source.kind === "button" ? device.keys.has(source.code) : device.axes.has(source.code)),
  )!;
  if (binding.source.kind === "button") return tap(binding.source.code);
  const { code, from, to } = binding.source;
  const rest = question.wanted === "stick" ? 0 : question.wanted === "trigger" ? from : 0;
  return swing(code, rest, to);
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe("mapGamepad()", () => {
  test("mapGamepad() finds by hand the mapping that is built in", async () => {
    const said: string[] = [];
    const line = await mapGamepad({
      device,
      inputs: each(mappingQuestions.flatMap(handOf)),
      say: (text) => void said.push(text),
    });
    assert.match(line, /^030000005e0400008e02000014010000,Microsoft X-Box 360 pad,.*,platform:Linux,$/);
    const { mapping, missing } = bindSdlMapping(
      parseSdlMapping(line),
      numberSdlControls(device.keys, device.axes),
    );
    assert.deepEqual(missing, []);
    assert.equal(mapping.bindings.length, mappingQuestions.length);
    const builtIn = pickController(device).mapping.bindings.map((binding) => JSON.stringify(binding));
    for (const binding of mapping.bindings)
      assert.ok(builtIn.includes(JSON.stringify(binding)), JSON.stringify(binding));
    assert.equal(said.filter((text) => /^\d+\/21: /.test(text)).length, mappingQuestions.length);
  });

  test("mapGamepad() takes an axis that goes the other way, the axis of a trigger that also clicks, and skips", async () => {
    const inputs = [
      ...swing(abs.x, 0, -1),
      changes(["button", 0x139, 1], ["axis", abs.rz, -0.95]),
      changes(["axis", abs.rz, 1]),
      changes(["axis", abs.rz, -1], ["button", 0x139, 0]),
      "skip" as const,
      ...tap(0x131),
    ];
    const line = await mapGamepad({ device, inputs: each(inputs), say: () => undefined });
    assert.match(line, /pad,leftx:a0~,righttrigger:a5,a:b1,platform/);
  });

  test("mapGamepad() does not take one control for two things", async () => {
    const said: string[] = [];
    const inputs = [...swing(abs.x, 0, 1), ...swing(abs.x, 0, 1), ...swing(abs.rz, -1, 1)];
    const line = await mapGamepad({ device, inputs: each(inputs), say: (text) => void said.push(text) });
    assert.match(line, /pad,leftx:a0,righttrigger:a5,platform/);
    assert.match(said.join("\n"), /is leftx already/);
  });

  test("mapGamepad() says so when nothing was mapped", async () => {
    await assert.rejects(
      mapGamepad({ device, inputs: each([]), say: () => undefined }),
      /at least one control/,
    );
  });
});

test("saveMapping() replaces the line of the same pad and keeps the rest of the file", () => {
  const path = join(directory, "pads.txt");
  const line = (id: string, name: string): string => `${id},${name},a:b0,platform:Linux,`;
  saveMapping(path, line("030000005e0400008e02000014010000", "one"));
  saveMapping(path, line("030000004c050000c405000011810000", "two"));
  saveMapping(path, line("030000005e0400008e02000014010000", "three"));
  const lines = readFileSync(path, "utf8").split("\n");
  assert.deepEqual(
    lines.map((text) => text.split(",")[1]),
    [" one line a pad", "two", "three", undefined],
  );
  assert.deepEqual(readdirSync(directory), ["pads.txt"]);
});

test("withSkips() passes a typed line on as a skip, also while the pad lies still", async () => {
  const lines = new EventEmitter();
  async function* inputs(): AsyncGenerator<RawInput | null> {
    yield null;
    lines.emit("line", "");
    yield null;
    yield { kind: "lost" };
  }
  const got: unknown[] = [];
  for await (const input of withSkips(inputs(), lines)) got.push(input);
  assert.deepEqual(got, ["skip", { kind: "lost" }]);
  assert.equal(lines.listenerCount("line"), 0);
});

test("readRawInput() reads the bare controls of a pad, by joydev where there is one", async () => {
  const folder = makeInputFolder();
  try {
    const clock = createManualClock();
    const stop = new AbortController();
    const joystick = folder.plug("js0");
    joystick.write(
      joydevBytes([
        [0x02, 3, 32767],
        [0x01, 2, 1],
      ]),
    );
    const got: RawInput[] = [];
    for await (const input of readRawInput(device, { folder: folder.path, clock, signal: stop.signal })) {
      if (input === null) stop.abort();
      else got.push(input);
    }
    assert.deepEqual(got, [changes(["axis", abs.rx, 1], ["button", 0x133, 1])]);
  } finally {
    folder.remove();
  }
});

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createKeyboardGamepad, splitKeys } from "../../../device/gamepad/keyboard.ts";
import { openGamepad } from "../../../device/gamepad/open.ts";
import { silentLog } from "../../../device/log.ts";
import { testGamepad } from "../../contracts/gamepad.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { collectStates } from "../../fakes/state-collector.ts";

function fakeTerminal() {
  const modes: boolean[] = [];
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => void modes.push(raw),
  });
  return { stream, modes };
}

describe("splitKeys()", () => {
  test("splitKeys() cuts arrows, letters and unknown sequences", () => {
    assert.deepEqual(splitKeys("w\x1b[A\x1bOD\x1b[1;5C\x1b[3~x"), {
      keys: ["w", "\x1b[A", "\x1bOD", "\x1b[1;5C", "\x1b[3~", "x"],
      rest: "",
    });
  });

  test("splitKeys() keeps the beginning of a key, and gives up on what becomes none", () => {
    assert.deepEqual(splitKeys("a\x1b["), { keys: ["a"], rest: "\x1b[" });
    assert.deepEqual(splitKeys("\x1bw"), { keys: ["\x1b", "w"], rest: "" });
    assert.deepEqual(splitKeys(`\x1b[${"1".repeat(40)}`).rest, "");
  });

  test("splitKeys() loses no character and holds little back, whatever is typed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("\x1b", "[", "O", "A", "1", ";", "~", "w"), { maxLength: 60 }),
        (typed) => {
          const { keys, rest } = splitKeys(typed.join(""));
          assert.equal(keys.join("") + rest, typed.join(""));
          assert.ok(rest.length <= 16);
        },
      ),
    );
  });
});

describe("createKeyboardGamepad()", () => {
  test("createKeyboardGamepad() reads keys raw, gives Ctrl-C on and puts the terminal back", async () => {
    const { stream, modes } = fakeTerminal();
    const interrupts: string[] = [];
    const clock = createManualClock();
    const gamepad = await openGamepad("keyboard:", {
      clock,
      log: silentLog,
      keyboard: { stream, interrupt: () => void interrupts.push("Ctrl-C") },
    });
    const collector = collectStates(gamepad);
    await clock.advance(20);
    stream.write("\x1b");
    await clock.advance(20);
    stream.write("[D1\x03?");
    await clock.advance(100);
    assert.ok((collector.last()?.axes.leftx ?? 0) < 0);
    assert.ok(collector.states.some(({ pressed }) => pressed.includes("a")));
    assert.deepEqual(interrupts, ["Ctrl-C"]);
    await collector.stop();
    assert.deepEqual(modes, [true, false]);
  });

  test("createKeyboardGamepad() is disconnected when the terminal closes", async () => {
    const { stream } = fakeTerminal();
    const clock = createManualClock();
    const collector = collectStates(
      createKeyboardGamepad({ stream, interrupt: () => undefined }, { clock, log: silentLog }),
    );
    await clock.advance(20);
    stream.end();
    await clock.advance(60);
    await collector.ended;
    assert.equal(collector.last()?.connected, false);
  });

  test("createKeyboardGamepad() refuses an input that is no terminal", () => {
    const clock = createManualClock();
    const input = { stream: new PassThrough(), interrupt: () => undefined };
    assert.throws(() => createKeyboardGamepad(input, { clock, log: silentLog }), /to have a terminal/);
  });
});

testGamepad("createKeyboardGamepad()", async () => {
  const { stream } = fakeTerminal();
  const clock = createManualClock();
  const gamepad = createKeyboardGamepad({ stream, interrupt: () => undefined }, { clock, log: silentLog });
  stream.write("wa\r");
  return { gamepad, advance: clock.advance, close: gamepad.close };
});

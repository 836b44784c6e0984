import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createEvdevParser, nativeEventBytes } from "../../../device/gamepad/evdev-events.ts";
import type { RawInput } from "../../../device/gamepad/raw-input.ts";
import { axis, evdevBytes, key, synDropped, synReport } from "../../fakes/input-device.ts";

const parse = (bytes: Uint8Array, size: 16 | 24 = 24): readonly RawInput[] =>
  createEvdevParser(size, true).push(bytes);

describe("createEvdevParser()", () => {
  for (const size of [16, 24] as const) {
    test(`createEvdevParser() gives complete reports of ${size}-byte events`, () => {
      const bytes = evdevBytes([axis(0, -32768), key(0x130, 1), synReport, axis(0, 7)], size);
      assert.deepEqual(parse(bytes, size), [
        {
          kind: "changes",
          changes: [
            { kind: "axis", code: 0, value: -32768 },
            { kind: "button", code: 0x130, value: 1 },
          ],
        },
      ]);
    });
  }

  test("createEvdevParser() reads the very bytes of a 64-bit kernel", () => {
    // seconds, microseconds, EV_ABS ABS_RX −2, then SYN_REPORT; as `xxd /dev/input/event5` shows them.
    const bytes = Buffer.from(
      "e1c6b165000000002f5b0a000000000003000300feffffffe1c6b165000000002f5b0a00000000000000000000000000",
      "hex",
    );
    assert.deepEqual(parse(bytes), [{ kind: "changes", changes: [{ kind: "axis", code: 3, value: -2 }] }]);
  });

  test("createEvdevParser() says lost after SYN_DROPPED and leaves out the torn report", () => {
    const bytes = evdevBytes([axis(0, 5), synDropped, axis(0, 6), synReport, axis(0, 7), synReport]);
    assert.deepEqual(parse(bytes, nativeEventBytes()), [
      { kind: "lost" },
      { kind: "changes", changes: [{ kind: "axis", code: 0, value: 7 }] },
    ]);
  });

  test("createEvdevParser() leaves out auto-repeat, other event types and empty reports", () => {
    assert.deepEqual(parse(evdevBytes([key(0x130, 2), [4, 4, 9], synReport, synReport], 24)), []);
  });

  test("createEvdevParser() keeps the last value of a control in one report", () => {
    assert.deepEqual(parse(evdevBytes([axis(1, 1), axis(1, 2), synReport], 24)), [
      { kind: "changes", changes: [{ kind: "axis", code: 1, value: 2 }] },
    ]);
  });

  test("createEvdevParser() holds a bounded report when SYN_REPORT never comes", () => {
    const parser = createEvdevParser(24, true);
    for (let code = 0; code < 5000; code += 1) parser.push(evdevBytes([axis(code, 1)], 24));
    assert.deepEqual(parser.push(evdevBytes([synReport], 24)), [{ kind: "lost" }]);
  });

  test("createEvdevParser() gives the same however the bytes are cut", () => {
    const events = fc.array(
      fc.oneof(
        fc.tuple(
          fc.constantFrom(1, 3, 4),
          fc.integer({ min: 0, max: 0x2ff }),
          fc.integer({ min: -40000, max: 70000 }),
        ),
        fc.constant(synReport),
        fc.constant(synDropped),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        events,
        fc.constantFrom(16 as const, 24 as const),
        fc.array(fc.integer({ min: 1, max: 50 })),
        (list, size, cuts) => {
          const bytes = evdevBytes(list, size);
          const parser = createEvdevParser(size, true);
          const pieces: RawInput[] = [];
          let offset = 0;
          for (const cut of [...cuts, bytes.length]) {
            pieces.push(...parser.push(bytes.subarray(offset, offset + cut)));
            offset += cut;
          }
          assert.deepEqual(pieces, parse(bytes, size));
        },
      ),
    );
  });

  test("createEvdevParser() survives any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        for (const input of parse(bytes)) assert.ok(input.kind === "lost" || input.changes.length > 0);
      }),
    );
  });
});

test("nativeEventBytes() is 16 for 32-bit programs and 24 for 64-bit ones", () => {
  assert.deepEqual(
    ["arm", "ia32", "arm64", "x64"].map((arch) => nativeEventBytes(arch)),
    [16, 16, 24, 24],
  );
});

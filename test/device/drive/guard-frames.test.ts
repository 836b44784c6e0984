import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createLineCutter,
  formatFrame,
  type GuardAnswer,
  type GuardQuestion,
  parseAnswer,
  parseQuestion,
} from "../../../device/drive/guard-frames.ts";

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0);
const n = fc.integer({ min: 0 });
const command = fc.record({ steering: number, throttle: number });
const question: fc.Arbitrary<GuardQuestion> = fc.oneof(
  fc.record({ ask: fc.constant("open" as const), n, url: fc.string() }),
  fc.record({ ask: fc.constant("arm" as const), n, validMs: number }),
  fc.record({ ask: fc.constant("apply" as const), n, command, validMs: number, sentNs: number }),
  fc.record({ ask: fc.constant("neutral" as const), n, reason: fc.string() }),
  fc.record({ ask: fc.constant("close" as const), n }),
);
const state = fc.record({
  armed: fc.boolean(),
  applied: command,
  neutralReason: fc.option(fc.string()),
});
const failSafe = fc.record({
  cause: fc.constantFrom("stale" as const, "lost" as const, "guard" as const, "bus" as const),
  reason: fc.string(),
  atNs: number,
  silentMs: number,
  applied: command,
});
const level = fc.constantFrom("debug" as const, "info" as const, "warn" as const, "error" as const);
const answer: fc.Arbitrary<GuardAnswer> = fc.oneof(
  fc.record({ say: fc.constant("done" as const), n, state }),
  fc.record({ say: fc.constant("refused" as const), n, message: fc.string() }),
  fc.record({ say: fc.constant("stopped" as const), failSafe }),
  fc.record({ say: fc.constant("log" as const), level, message: fc.string() }),
);

/** What comes out of a pipe that hands on `text` in pieces. */
function cut(text: Uint8Array, piece: number): string[] {
  const lines: string[] = [];
  const push = createLineCutter((line) => lines.push(line));
  for (let at = 0; at < text.length; at += piece) push(text.subarray(at, at + piece));
  return lines;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test("messages come out of the pipe as they went in, however it is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(question, answer), { maxLength: 5 }),
      fc.integer({ min: 1, max: 99 }),
      (messages, piece) => {
        const lines = cut(bytesOf(messages.map(formatFrame).join("")), piece);
        assert.deepEqual(
          lines.map((line) => parseQuestion(line) ?? parseAnswer(line)),
          // As plain objects.
          JSON.parse(JSON.stringify(messages)),
        );
      },
    ),
  );
});

test("parseQuestion() and parseAnswer() take no nonsense, and throw at none", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((value) => JSON.stringify(value)),
      ),
      (text) => {
        assert.equal(parseQuestion(text), null);
        assert.equal(parseAnswer(text), null);
      },
    ),
  );
});

test("parseQuestion() refuses commands with parts that are missing or of another type", () => {
  const whole = { ask: "apply", n: 1, command: { steering: 0, throttle: 0.5 }, validMs: 200, sentNs: 1 };
  assert.notEqual(parseQuestion(JSON.stringify(whole)), null);
  for (const wrong of [
    { n: 1.5 },
    { n: null },
    { command: null },
    { command: { steering: 0 } },
    { command: { steering: 0, throttle: "full" } },
    // Not a number in JavaScript is null in JSON.
    { command: { steering: 0, throttle: Number.NaN } },
    { validMs: "200" },
    { sentNs: undefined },
    { ask: "fly" },
  ])
    assert.equal(parseQuestion(JSON.stringify({ ...whole, ...wrong })), null, JSON.stringify(wrong));
});

test("createLineCutter() holds a bounded line when none ends, and goes on with the next", () => {
  const endless = bytesOf("x".repeat(100_000));
  const lines = cut(Buffer.concat([endless, bytesOf("\nok\n")]), 1000);
  assert.deepEqual(lines, ["", "ok"]);
});

test("createLineCutter() survives any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 500 }), (bytes, piece) => {
      for (const line of cut(bytes, piece)) assert.equal(parseQuestion(line), null);
    }),
  );
});

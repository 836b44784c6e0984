import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { describeIssue } from "../../agent/describe-issue.ts";

const schema = z.strictObject({
  fps: z.number().max(240),
  url: z.string().max(10),
  pilot: z.enum(["stick", "model"]),
  places: z.array(z.strictObject({ size: z.number() })),
  act: z.discriminatedUnion("action", [
    z.strictObject({ action: z.literal("get") }),
    z.strictObject({ action: z.literal("set"), to: z.number() }),
  ]),
});
const good = { fps: 30, url: "sim:", pilot: "stick", places: [], act: { action: "get" } };
const linesOf = (values: unknown): readonly string[] =>
  schema.safeParse(values).error!.issues.flatMap((issue) => describeIssue(issue, values));

test("describeIssue() names path, rule and value, and nothing else", () => {
  assert.deepEqual(linesOf({ ...good, fps: 999, pilot: "ghost" }), [
    "fps: expected number to be <=240, got 999",
    'pilot: expected one of "stick"|"model", got "ghost"',
  ]);
  assert.deepEqual(linesOf({ ...good, places: [{ size: "x" }], act: {} }), [
    'places[0].size: expected number, got "x"',
    "act.action: expected 'get' | 'set', got nothing",
  ]);
  assert.deepEqual(linesOf({ ...good, speed: 1, colour: 2 }), ["speed: no such key", "colour: no such key"]);
  assert.deepEqual(linesOf(null), ["(top): expected object, got null"]);
});

test("describeIssue() hides accounts and cuts a long value", () => {
  assert.match(linesOf({ ...good, url: "rtsp://ann:sesame@host" })[0]!, /got "rtsp:\/\/\*\*\*@host"$/);
  assert.ok(linesOf({ ...good, url: "x".repeat(9000) })[0]!.length < 300);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { readHelp } from "../../../agent/remote-client/command-schema.ts";
import { parametersOf } from "../../../agent/remote-client/words.ts";

/** Help as a device gives it. */
function helpOf(schema: z.ZodType) {
  const data = [{ name: "x", summary: "s", parameters: z.toJSONSchema(schema, { io: "input" }) }];
  return readHelp(JSON.parse(JSON.stringify(data)))[0]!;
}

const record = helpOf(
  z.discriminatedUnion("action", [
    z.strictObject({ action: z.literal("start"), session: z.record(z.string(), z.string()).default({}) }),
    z.strictObject({ action: z.literal("mark"), note: z.string().default("") }),
    z.strictObject({ action: z.literal("erase"), seconds: z.number() }),
    z.strictObject({ action: z.literal("stop") }),
  ]),
);
const config = helpOf(
  z.discriminatedUnion("action", [
    z.strictObject({
      action: z.literal("set"),
      set: z.record(z.string(), z.unknown()).default({}),
      unset: z.array(z.string()).default([]),
      confirm: z.boolean().default(false),
    }),
    z.strictObject({ action: z.literal("get"), path: z.string().optional() }),
  ]),
);
const camera = helpOf(
  z.discriminatedUnion("action", [
    z.strictObject({
      action: z.literal("settings"),
      camera: z.string(),
      settings: z.strictObject({ fps: z.number().optional(), record: z.boolean().optional() }),
      confirm: z.boolean().default(false),
    }),
    z.strictObject({
      action: z.literal("verify"),
      by: z.string().default("remote"),
      sightings: z.array(z.string()),
    }),
  ]),
);
const snapshot = helpOf(z.strictObject({ camera: z.string().optional() }));

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

for (const [help, text, expected] of [
  [record, "start", { action: "start" }],
  [record, "action=start session.event=training", { action: "start", session: { event: "training" } }],
  [record, "start event=7 track=hall", { action: "start", session: { event: "7", track: "hall" } }],
  [record, "mark 5", { action: "mark", note: "5" }],
  [record, "mark note=a=b", { action: "mark", note: "a=b" }],
  [record, "erase 5", { action: "erase", seconds: 5 }],
  [record, "", {}],
  [
    config,
    "set record.delayMs=50 mqtt.url=mqtt://b cameras.front.fps=15",
    { action: "set", set: { "record.delayMs": 50, "mqtt.url": "mqtt://b", "cameras.front.fps": 15 } },
  ],
  [config, "set unset=a.b unset=c confirm=true", { action: "set", unset: ["a.b", "c"], confirm: true }],
  [
    config,
    'set sync.windows=[{"from":"01:00","to":"02:00"}]',
    { action: "set", set: { "sync.windows": [{ from: "01:00", to: "02:00" }] } },
  ],
  [config, "set sync.bucket=null", { action: "set", set: { "sync.bucket": null } }],
  [config, "get record", { action: "get", path: "record" }],
  [
    camera,
    "settings front fps=15 record=false",
    { action: "settings", camera: "front", settings: { fps: 15, record: false } },
  ],
  [camera, "verify S1 S2 by=ranger", { action: "verify", sightings: ["S1", "S2"], by: "ranger" }],
  [snapshot, "front", { camera: "front" }],
  [
    null,
    "start n=5 t=true s=x a.b.c=null",
    { action: "start", n: 5, t: true, s: "x", a: { b: { c: null } } },
  ],
] as const)
  test(`parametersOf() reads "${text}"${help === null ? " without help" : ""}`, () => {
    assert.deepEqual(parametersOf(words(text), help), expected);
  });

test("parametersOf() names what does not fit", () => {
  const rejects = (text: string, help: typeof record, message: RegExp): void =>
    assert.throws(() => parametersOf(words(text), help), message);
  rejects("fly", record, /followed by start, mark, erase, stop, got "fly"/);
  rejects("stop now", record, /name=value or nothing, got "now"/);
  rejects("stop why=x", record, /Expected no parameter, got "why"|Expected one of/);
  rejects("settings front speed=3", camera, /one of camera, settings \(fps, record\), confirm, got "speed"/);
  rejects("set x={", config, /Expected JSON/);
  rejects("start session.__proto__=1", record, /name=value/);
});

test("parametersOf() never reaches a prototype and never throws anything but its own error", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string()),
      fc.constantFrom(record, config, camera, snapshot, null),
      (texts, help) => {
        try {
          parametersOf([...texts, "a.__proto__.polluted=1", "__proto__.polluted=1"], help);
        } catch (error) {
          assert.equal((error as Error).name, "WordsError");
        }
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      },
    ),
  );
});

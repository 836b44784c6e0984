import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Command, isRepeatable } from "../../../agent/remote/command.ts";
import { allowedNames, commandNames, createCommands } from "../../../agent/remote/commands.ts";
import type { RemoteHands } from "../../../agent/remote/hands.ts";
import { createFakeHands } from "../../fakes/hands.ts";

const never = new AbortController().signal;
const sighting = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

function open(changes: Partial<RemoteHands> = {}) {
  const { hands, calls } = createFakeHands();
  const table = new Map(
    createCommands({ ...hands, ...changes }).map((command): [string, Command] => [command.name, command]),
  );
  const run = async (name: string, parameters: unknown): Promise<unknown> => {
    const command = table.get(name)!;
    return command.run(command.schema.parse(parameters), never);
  };
  return { table, run, calls };
}

/** What each command takes, and what it has done for it. null: it only tells. */
const good: readonly (readonly [name: string, parameters: object, call: string | null])[] = [
  ["status", {}, null],
  ["stats", {}, null],
  ["record", { action: "start", session: { event: "race" } }, 'start {"event":"race"}'],
  ["record", { action: "pause" }, "pause"],
  ["record", { action: "resume" }, "resume"],
  ["record", { action: "mark", note: "bump" }, "mark bump"],
  ["record", { action: "erase", seconds: 2.5 }, "erase 2.5"],
  ["record", { action: "undo" }, "undo"],
  ["record", { action: "stop" }, "stop"],
  ["session", { action: "get" }, null],
  [
    "session",
    { action: "set", session: { event: "race", track: "hall" } },
    'change {"set":{"session.event":"race","session.track":"hall"},"unset":[],"confirm":false}',
  ],
  ["camera", { action: "list" }, null],
  ["camera", { action: "disable", camera: "front" }, 'use front ["record","watch"] false'],
  ["camera", { action: "enable", camera: "front", uses: ["watch"] }, 'use front ["watch"] true'],
  [
    "camera",
    { action: "settings", camera: "front", settings: { fps: 5, watch: { everyMs: 50 } } },
    'change {"set":{"cameras.front.fps":5,"cameras.front.watch":{"everyMs":50}},"unset":[],"confirm":false}',
  ],
  ["model", { action: "list" }, null],
  [
    "model",
    { action: "use", detector: "animal-v1", embedder: null },
    'change {"set":{"watch.detector":"animal-v1","watch.embedder":null},"unset":[],"confirm":false}',
  ],
  [
    "model",
    { action: "use", detector: "post-v1", camera: "ridge", confirm: true },
    'change {"set":{"cameras.ridge.watch.detector":"post-v1"},"unset":[],"confirm":true}',
  ],
  ["individuals", { action: "list", suggested: true, limit: 5 }, null],
  [
    "individuals",
    { action: "verify", sightings: [sighting], as: "Amba" },
    `verify ["${sighting}"] {"as":"Amba","by":"remote"}`,
  ],
  [
    "individuals",
    { action: "reject", sightings: [sighting], by: "ranger" },
    `reject ["${sighting}"] {"by":"ranger"}`,
  ],
  ["sync", {}, "sync"],
  ["sync", { action: "now" }, "sync"],
  ["sync", { action: "pause" }, "sync pause"],
  ["sync", { action: "resume" }, "sync resume"],
  ["sync", { action: "status" }, null],
  ["sync", { action: "limits" }, null],
  [
    "sync",
    { action: "limits", limits: { bytesPerSecond: "200 kB", metered: true } },
    'change {"set":{"sync.bytesPerSecond":"200 kB","sync.metered":true},"unset":[],"confirm":false}',
  ],
  ["sync", { action: "retry", target: "s3://b" }, "sync retry s3://b"],
  ["drive", { action: "state" }, null],
  ["drive", { action: "model", model: "steer-v1" }, "drive model steer-v1"],
  ["drive", { action: "stick" }, "drive stick"],
  ["drive", { action: "pause" }, "drive pause"],
  ["drive", { action: "resume" }, "drive resume"],
  ["drive", { action: "release" }, "drive release"],
  ["drive", { action: "stop" }, "drive stop asked from afar"],
  ["config", { action: "get", path: "record" }, null],
  [
    "config",
    { action: "set", set: { "record.delayMs": 50 } },
    'change {"action":"set","set":{"record.delayMs":50},"unset":[],"confirm":false}',
  ],
  ["config", { action: "confirm" }, "confirm"],
  ["config", { action: "rollback" }, "rollback"],
  ["log", { action: "get" }, null],
  ["log", { action: "level", level: "debug" }, "log debug"],
  ["restart", {}, "restart"],
  ["help", {}, null],
];

/** What each command refuses before anything is done. */
const bad: readonly (readonly [name: string, parameters: unknown])[] = [
  ["status", { action: "now" }],
  ["stats", { all: true }],
  ["record", {}],
  ["record", { action: "fly" }],
  ["record", { action: "stop", now: true }],
  ["record", { action: "start", session: { event: 1 } }],
  ["record", { action: "start", session: { "a.b": "" } }],
  [
    "record",
    { action: "start", session: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, ""])) },
  ],
  ["record", { action: "erase" }],
  ["record", { action: "erase", seconds: -1 }],
  ["record", { action: "erase", seconds: 1e9 }],
  ["record", { action: "mark", note: "x".repeat(501) }],
  ["session", { action: "set", session: {} }],
  ["session", { action: "set", session: { __proto__x: "1" } }],
  ["camera", { action: "disable" }],
  ["camera", { action: "disable", camera: "../front" }],
  ["camera", { action: "disable", camera: "front", uses: ["heat"] }],
  ["camera", { action: "settings", camera: "front", settings: {} }],
  ["camera", { action: "settings", camera: "front", settings: { id: "rear" } }],
  ["camera", { action: "settings", camera: "front", settings: { fps: "fast" } }],
  ["snapshot", { camera: 3 }],
  ["model", { action: "use" }],
  ["model", { action: "use", detector: "../../etc" }],
  ["model", { action: "use", embedder: "reid-v1", camera: "front" }],
  ["individuals", { action: "verify", sightings: [] }],
  ["individuals", { action: "verify", sightings: ["x"] }],
  ["individuals", { action: "verify", sightings: [sighting], as: "a", newName: "b" }],
  ["individuals", { action: "list", limit: 1e6 }],
  ["sync", { action: "forget" }],
  ["sync", { now: true }],
  ["sync", { action: "limits", limits: { bucket: "s3://elsewhere" } }],
  ["drive", {}],
  ["drive", { action: "ahead", throttle: 1 }],
  ["drive", { action: "model", model: "/etc/passwd" }],
  ["config", { action: "set" }],
  ["config", { action: "set", set: [1] }],
  ["config", { action: "set", set: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`a${n}`, 1])) }],
  ["config", { action: "get", path: "" }],
  ["log", { action: "level", level: "everything" }],
  ["restart", { now: true }],
  ["help", { command: "status" }],
];

test("createCommands() has the commands of the design, each with a sentence and an example that works", () => {
  const { table } = open();
  assert.deepEqual([...table.keys()], commandNames, "what `info` says is what there is");
  assert.deepEqual(commandNames, [
    ...["status", "stats", "record", "session", "camera", "snapshot", "model", "individuals", "sync"],
    ...["drive", "config", "log", "restart", "help"],
  ]);
  for (const { name, summary, example, schema } of table.values()) {
    assert.match(name, /^[a-z]+$/, "one level of a topic");
    assert.match(summary, /^[A-Z].*\.$/, name);
    assert.equal(schema.safeParse(example).success, true, `the example of ${name}`);
  }
});

test("every command does what its parameters say, and what only tells does nothing", async () => {
  for (const [name, parameters, call] of good) {
    const { run, calls, table } = open();
    if (name === "record") await run("record", { action: "start" });
    calls.length = 0;
    await run(name, parameters);
    assert.deepEqual(calls, call === null ? [] : [call], `${name} ${JSON.stringify(parameters)}`);
    const command = table.get(name)!;
    const isAnsweredAnew = isRepeatable(command, command.schema.parse(parameters));
    if (call === null && name !== "sync")
      assert.ok(isAnsweredAnew, `${name} ${JSON.stringify(parameters)} only tells`);
  }
});

test("every command refuses what it cannot take", () => {
  const { table } = open();
  for (const [name, parameters] of bad)
    assert.equal(
      table.get(name)!.schema.safeParse(parameters).success,
      false,
      `${name} ${JSON.stringify(parameters).slice(0, 100)}`,
    );
  for (const name of commandNames)
    assert.ok(
      bad.some((row) => row[0] === name),
      `${name} has a bad example`,
    );
});

test("no JSON value makes a command throw while it is read, and what passes has one of the known actions", () => {
  const { table } = open();
  const actions = new Set(good.map(([, parameters]) => (parameters as { action?: string }).action ?? "now"));
  fc.assert(
    fc.property(
      fc.constantFrom(...table.values()),
      fc.oneof(
        fc.jsonValue(),
        fc
          .record({ action: fc.constantFrom(...actions) }, { requiredKeys: [] })
          .chain((known) =>
            fc.dictionary(fc.string(), fc.jsonValue()).map((more) => ({ ...more, ...known })),
          ),
      ),
      ({ schema }, parameters) => {
        const parsed = schema.safeParse(parameters);
        if (!parsed.success) return;
        const { action = "now" } = parsed.data as { action?: string };
        assert.ok(actions.has(action));
      },
    ),
    { numRuns: 1000 },
  );
});

test("record says when there is no run to stop or to mark", async () => {
  const { run } = open();
  await assert.rejects(run("record", { action: "stop" }), { code: "not_recording" });
  await assert.rejects(run("record", { action: "mark" }), { code: "not_recording" });
});

test("session tells what the next run will say of itself", async () => {
  const { run } = open();
  assert.deepEqual(await run("session", { action: "set", session: { track: "hall" } }), {
    session: { event: "test", track: "hall" },
  });
});

test("snapshot gives the picture as base64, and says when there is none or it is too large", async () => {
  const picture = {
    imgId: "20240501T10-00-00-000000",
    camera: "front",
    mediaType: "image/jpeg",
    bytes: Buffer.from("jpeg"),
  };
  const { run } = open({ snapshot: async () => picture });
  assert.deepEqual(await run("snapshot", { camera: "front" }), {
    imgId: picture.imgId,
    camera: "front",
    mediaType: "image/jpeg",
    size: 4,
    base64: "anBlZw==",
  });
  await assert.rejects(open({ snapshot: async () => null }).run("snapshot", {}), { code: "no_picture" });
  const huge = { ...picture, bytes: new Uint8Array(800_000) };
  await assert.rejects(open({ snapshot: async () => huge }).run("snapshot", {}), { code: "too_large" });
});

test("a stop of the car acts each time it comes, and waits for no memory", () => {
  const drive = open().table.get("drive")!;
  assert.equal(isRepeatable(drive, { action: "stop", reason: "" }), true);
  assert.equal(isRepeatable(drive, { action: "model" }), false);
});

test("help describes every command with a JSON schema, and only those that are allowed", async () => {
  const { run } = open();
  const table = (await run("help", {})) as { name: string; example: object; parameters: object }[];
  assert.deepEqual(
    table.map(({ name }) => name),
    commandNames,
  );
  assert.match(JSON.stringify(table), /"const":"erase"/);
  const { hands } = createFakeHands();
  const few = createCommands(hands, { allow: ["help", "status", "nonsense"] });
  assert.deepEqual(
    few.map(({ name }) => name),
    ["status", "help"],
  );
  assert.deepEqual(allowedNames(["help", "status"]), ["status", "help"]);
  const told = (await few.at(-1)!.run({}, never)) as { name: string }[];
  assert.deepEqual(
    told.map(({ name }) => name),
    ["status", "help"],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, commandNames, createCommands } from "../../../agent/remote/commands.ts";
import type { RemoteHands } from "../../../agent/remote/hands.ts";
import { createFakeHands } from "../../fakes/hands.ts";

const never = new AbortController().signal;

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

test("createCommands() has the commands of the design, each with a summary", () => {
  const { table } = open();
  assert.deepEqual([...table.keys()], ["status", "record", "sync", "snapshot", "help"]);
  assert.deepEqual([...table.keys()], commandNames, "what `info` says is what there is");
  assert.deepEqual(
    [...table.values()].filter(({ effect }) => effect === "act").map(({ name }) => name),
    ["record", "sync"],
  );
});

test("record takes every action with its own parameters", async () => {
  const { run, calls } = open();
  assert.deepEqual(await run("record", { action: "start", session: { event: "race" } }), { run: "R1" });
  await run("record", { action: "pause" });
  await run("record", { action: "resume" });
  await run("record", { action: "mark", note: "bump" });
  assert.deepEqual(await run("record", { action: "erase", seconds: 2.5 }), { erased: 25 });
  assert.deepEqual(await run("record", { action: "stop" }), { run: "R1" });
  assert.deepEqual(calls, ['start {"event":"race"}', "pause", "resume", "mark bump", "erase 2.5", "stop"]);
});

test("record refuses what it cannot take", async () => {
  const { table, run } = open();
  const { schema } = table.get("record")!;
  for (const parameters of [
    {},
    { action: "fly" },
    { action: "stop", now: true },
    { action: "start", session: { event: 1 } },
    { action: "start", session: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, ""])) },
    { action: "erase" },
    { action: "erase", seconds: -1 },
    { action: "erase", seconds: 1e9 },
    { action: "mark", note: "x".repeat(501) },
  ])
    assert.equal(schema.safeParse(parameters).success, false, JSON.stringify(parameters));
  await assert.rejects(run("record", { action: "stop" }), { code: "not_recording" });
  await assert.rejects(run("record", { action: "mark" }), { code: "not_recording" });
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

test("help describes every command with a JSON schema", async () => {
  const { run } = open();
  const table = (await run("help", {})) as { name: string; summary: string; parameters: object }[];
  assert.deepEqual(
    table.map(({ name }) => name),
    ["status", "record", "sync", "snapshot", "help"],
  );
  assert.match(JSON.stringify(table), /"const":"erase"/);
});

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { chooseSession, type SessionDialogueOptions } from "../../../agent/record/session-dialogue.ts";
import { temporaryFolder } from "../../fakes/store.ts";

/** Answers in order, then nobody. */
function answering(lines: readonly string[]) {
  const left = [...lines];
  const said: string[] = [];
  return {
    said,
    dialogue: {
      ask: async () => left.shift() ?? null,
      say: (text: string) => void said.push(text),
    },
  };
}

function open(t: TestContext, changes: Partial<SessionDialogueOptions> = {}) {
  const root = temporaryFolder(t);
  const warnings: string[] = [];
  const options: SessionDialogueOptions = {
    directory: join(root, "pictures"),
    cacheDirectory: join(root, "cache"),
    known: {},
    dialogue: null,
    warn: (text) => void warnings.push(text),
    ...changes,
  };
  return { options, warnings };
}

const template = "session_template.json";

test("chooseSession() asks until the event can be used, and keeps the session in folder and cache", async (t) => {
  const { said, dialogue } = answering([
    "",
    "what",
    "e",
    "event:two words",
    "no colon",
    "label: 3",
    "event: hall:1",
    "event: hall",
    "weather: rain",
    "",
    "",
  ]);
  const { options } = open(t, { dialogue });
  const session = await chooseSession(options);
  assert.equal(session.event, "hall");
  assert.equal(session.weather, "rain");
  assert.ok(said.some((line) => /Expected enter, e or i, got "what"/.test(line)));
  assert.ok(said.some((line) => /Expected field:value, got "no colon"/.test(line)));
  assert.ok(said.some((line) => /label: expected a name that is no field of a label/.test(line)));
  assert.ok(said.some((line) => /event: .*got "two words"/.test(line)));
  for (const folder of [options.directory, options.cacheDirectory])
    assert.deepEqual(JSON.parse(readFileSync(join(folder, template), "utf8")), session);
  // The next folder begins with it, and i walks through every field.
  const next = answering(["i", "", "piste2", "", "", "", "", ""]);
  const other = await chooseSession({
    ...options,
    directory: `${options.directory}2`,
    dialogue: next.dialogue,
  });
  assert.deepEqual([other.event, other.track, other.weather], ["hall", "piste2", "rain"]);
});

test("chooseSession() uses the session a folder has, and lets what is known win", async (t) => {
  const { options } = open(t, { known: { event: "training" } });
  await chooseSession(options);
  const again = await chooseSession({ ...options, known: { track: "hall" } });
  assert.deepEqual([again.event, again.track], ["training", "hall"]);
});

test("chooseSession() at the end of input needs an event from elsewhere", async (t) => {
  const { dialogue } = answering(["e", "track:hall"]);
  const { options } = open(t, { dialogue });
  await assert.rejects(chooseSession(options), /needs an event \(--event NAME, or session_template\.json/);
  assert.equal(existsSync(options.directory), false);
});

test("chooseSession() names what is wrong with a template, or with lenient passes over it", async (t) => {
  const { options } = open(t);
  mkdirSync(options.directory);
  writeFileSync(join(options.directory, template), '{"event": 5');
  await assert.rejects(chooseSession(options), /session_template\.json cannot be used:\n {2}expected JSON/);
  const problems: string[] = [];
  const session = await chooseSession({
    ...options,
    known: { event: "x" },
    lenient: ({ message }) => void problems.push(message),
  });
  assert.equal(session.event, "x");
  assert.equal(problems.length, 1);
  assert.equal(readFileSync(join(options.directory, template), "utf8"), '{"event": 5', "left as it is");
});

test("chooseSession() goes on without a cache that cannot be written or read", async (t) => {
  const root = temporaryFolder(t);
  writeFileSync(join(root, "file"), "");
  const { options, warnings } = open(t, {
    known: { event: "x" },
    cacheDirectory: join(root, "file", "cache"),
  });
  assert.equal((await chooseSession(options)).event, "x");
  assert.match(warnings[0]!, /not remembered/);
});

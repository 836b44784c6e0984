import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readHardwareConf } from "../../device/hardware-conf.ts";
import {
  emptySessionTemplate,
  eventProblem,
  parseSessionTemplate,
  readCachedSessionTemplate,
  readSessionTemplate,
  writeSessionTemplate,
} from "../../device/session-template.ts";
import { SettingsFileError } from "../../device/settings-file.ts";

const root = mkdtempSync(join(tmpdir(), "outrider-session-"));
after(() => rmSync(root, { recursive: true }));

function folder(name: string, content?: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  if (content !== undefined) writeFileSync(join(path, "session_template.json"), content);
  return path;
}

const session = {
  event: "session_14012020",
  track: "piste1",
  track_picture: "",
  track_type: "single lane",
  comment: "night",
};

test("writeSessionTemplate() writes what readSessionTemplate() reads, and leaves nothing beside it", () => {
  const directory = join(root, "made", "by", "write");
  writeSessionTemplate(directory, { ...session, driver: "alice" });
  writeSessionTemplate(directory, { ...session, driver: "bob" });
  assert.deepEqual(readSessionTemplate(directory), { ...session, driver: "bob" });
  assert.deepEqual(readdirSync(directory), ["session_template.json"]);
  assert.match(readFileSync(join(directory, "session_template.json"), "utf8"), /^{\n {4}"event"/);
});

test("readSessionTemplate() names the file and every problem at once", () => {
  const directory = folder(
    "bad",
    JSON.stringify({ event: "two words", track: 1, track_picture: "", track_type: "", label: "x" }),
  );
  assert.throws(
    () => readSessionTemplate(directory),
    (error: unknown) => {
      assert.ok(error instanceof SettingsFileError);
      assert.equal(error.problems.length, 4);
      assert.match(error.message, /bad\/session_template\.json cannot be used/);
      assert.match(error.message, /comment: expected text, got nothing/);
      assert.match(error.message, /track: expected text, got 1/);
      assert.match(error.message, /label: expected a name that is no field of a label/);
      assert.match(error.message, /event: expected .* no space, got "two words"/);
      return true;
    },
  );
});

test("readSessionTemplate() refuses broken JSON, a list and a missing file", () => {
  assert.throws(() => readSessionTemplate(folder("broken", '{"event": ')), /expected JSON/);
  assert.throws(() => readSessionTemplate(folder("list", "[]")), /expected a JSON object, got \[\]/);
  assert.throws(() => readSessionTemplate(folder("none")), /the file does not exist/);
});

test("readSessionTemplate() goes on with the empty template when lenient, and says so", () => {
  const problems: string[] = [];
  const template = readSessionTemplate(folder("lenient"), {
    lenient: (error) => problems.push(error.message),
  });
  assert.deepEqual(template, emptySessionTemplate);
  assert.equal(problems.length, 1);
});

test("readCachedSessionTemplate() is null for no cache and for a broken one", () => {
  assert.equal(readCachedSessionTemplate(folder("cache-none")), null);
  assert.equal(readCachedSessionTemplate(folder("cache-broken", "{")), null);
  const cache = join(root, ".cache");
  writeSessionTemplate(cache, session);
  assert.deepEqual(readCachedSessionTemplate(cache), session);
});

test("parseSessionTemplate() drops the s3_bucket of old templates and accepts a byte order mark", () => {
  assert.deepEqual(parseSessionTemplate({ ...session, s3_bucket: "b" }), session);
  assert.deepEqual(readSessionTemplate(folder("bom", `\uFEFF${JSON.stringify(session)}`)), session);
});

test("eventProblem() accepts what a bucket key may hold and nothing else", () => {
  for (const event of ["session_14012020", "a/b", "it's-(1)*!", "A"])
    assert.equal(eventProblem(event), null, event);
  for (const event of ["", "two words", "é", "a.b", "..", "a\n", "/", null, 3])
    assert.match(eventProblem(event) ?? "", /^event: expected/, String(event));
});

test("readHardwareConf() reads the file, names every problem, and is {} when lenient", () => {
  const path = join(root, "hardware_conf.json");
  const conf = { car: "patate", version: 1, computer: "Raspberry_Pi2", camera: "Picam_v2" };
  writeFileSync(path, JSON.stringify(conf));
  assert.deepEqual(readHardwareConf(path), conf);
  writeFileSync(path, JSON.stringify({ car: 1, version: "one", computer: "x" }));
  assert.throws(
    () => readHardwareConf(path),
    /car: expected text, got 1\n {2}camera: expected text, got nothing\n {2}version: expected an integer/,
  );
  const problems: string[] = [];
  assert.deepEqual(
    readHardwareConf(join(root, "none.json"), { lenient: (e) => problems.push(e.message) }),
    {},
  );
  assert.match(problems[0] ?? "", /the file does not exist/);
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { after, test } from "node:test";
import { restingAxes } from "../../device/gamepad/gamepad.ts";
import { createStateFile } from "../../device/gamepad/state-file.ts";
import type { ExitCode, VerbContext } from "../../scripts/cli.ts";
import { createGamepadCommand } from "../../scripts/gamepad.ts";

const directory = mkdtempSync(join(tmpdir(), "outrider-gamepad-"));
after(() => rmSync(directory, { recursive: true }));

async function run(...argv: string[]): Promise<{ stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const into = (name: keyof typeof written): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written[name] += chunk.toString();
        done();
      },
    });
  const context: VerbContext = {
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: into("stdout"),
    stderr: into("stderr"),
    env: {},
    signal: new AbortController().signal,
    interrupt: () => undefined,
    exit: (_code: ExitCode) => undefined,
  };
  await createGamepadCommand(context)
    .exitOverride()
    .parseAsync(["node", "gamepad", ...argv]);
  return written;
}

async function recording(): Promise<string> {
  const path = join(directory, "run.jsonl");
  const file = await createStateFile(path, "a pad");
  await file.write({ monotonicNs: 0, connected: true, axes: restingAxes, down: new Set(["a"]), pressed: [] });
  await file.write({
    monotonicNs: 2e6,
    connected: true,
    axes: { ...restingAxes, leftx: 1 },
    down: new Set(),
    pressed: [],
  });
  await file.close();
  return path;
}

test("createGamepadCommand() shows a replay as JSON lines, records it, and counts on stderr", async () => {
  const source = await recording();
  const copy = join(directory, "copy.jsonl");
  const { stdout, stderr } = await run("show", `replay:${source}`, "--json", "--record", copy);
  const states = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { connected: boolean; down: string[]; axes: { leftx: number } });
  assert.deepEqual(
    states.map(({ connected, down, axes }) => [connected, down, axes.leftx]),
    [
      [true, ["a"], 0],
      [true, [], 1],
      [false, [], 0],
    ],
  );
  assert.equal(stderr, `3 states, 1 presses, unplugged 1 times; recorded in ${copy}\n`);
  const again = await run("show", `replay:${copy}`);
  assert.match(again.stdout, /\+a\n.*leftx 1\.00\n/);
});

test("createGamepadCommand() ends a show by itself after --for", async () => {
  const { stdout, stderr } = await run("show", "none:", "--for", "1s");
  assert.match(stdout, /no gamepad: not connected/);
  assert.match(stderr, /^1 states/);
});

test("createGamepadCommand() lists this machine's gamepads as one JSON line", async () => {
  const { stdout } = await run("list", "--json");
  assert.ok(Array.isArray((JSON.parse(stdout) as { gamepads: unknown }).gamepads));
});

test("createGamepadCommand() names what is wrong with a gamepad", async () => {
  await assert.rejects(run("show", "wheel:"), /Expected gamepad to be one of auto/);
  await assert.rejects(run("show", "keyboard:"), /to have a terminal/);
});

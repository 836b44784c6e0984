import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type GamepadState, restingAxes } from "../../../device/gamepad/gamepad.ts";
import { createReplayGamepad } from "../../../device/gamepad/replay.ts";
import { createStateFile, readStateFile } from "../../../device/gamepad/state-file.ts";
import { createTimedGamepad, type TimedState } from "../../../device/gamepad/timed-gamepad.ts";
import { type Log, silentLog } from "../../../device/log.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { collectStates } from "../../fakes/state-collector.ts";

const directory = mkdtempSync(join(tmpdir(), "outrider-states-"));
after(() => rmSync(directory, { recursive: true }));
const header = '{"format":"outrider-gamepad-states","version":1}\n';
const fileWith = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const readAll = async (path: string, problems: string[] = []): Promise<TimedState[]> => {
  const states: TimedState[] = [];
  for await (const state of readStateFile(path, (problem) => void problems.push(problem))) states.push(state);
  return states;
};
const state = (ms: number, leftx: number, down: GamepadState["pressed"] = []): GamepadState => ({
  monotonicNs: 5e9 + ms * 1e6,
  connected: true,
  axes: { ...restingAxes, leftx },
  down: new Set(down),
  pressed: [],
});

describe("createStateFile()", () => {
  test("createStateFile() writes what readStateFile() reads back", async () => {
    const path = join(directory, "written.jsonl");
    const writer = await createStateFile(path, "a pad");
    await writer.write(state(0, 0));
    await writer.write(state(12.5, -0.25, ["a", "dpup"]));
    await writer.close(5e9 + 40e6);
    await writer.close();
    assert.deepEqual(await readAll(path), [
      { ms: 0, connected: true, axes: restingAxes, down: [] },
      { ms: 12.5, connected: true, axes: { ...restingAxes, leftx: -0.25 }, down: ["a", "dpup"] },
      { ms: 40, connected: false, axes: restingAxes, down: [] },
    ]);
    assert.match(
      readFileSync(path, "utf8"),
      /^\{"format":"outrider-gamepad-states","version":1,"gamepad":"a pad"\}\n/,
    );
  });

  test("createStateFile() writes times that never go back, however early the states of a replay come", async () => {
    const path = join(directory, "early.jsonl");
    const writer = await createStateFile(path, "a pad");
    await writer.write(state(0, 0));
    await writer.write(state(3, 0.5));
    await writer.write(state(2.9, 0.75));
    // Ended at 2.6 ms, with a state in the file that was due at 3 ms.
    await writer.close(5e9 + 2.6e6);
    assert.deepEqual(
      (await readAll(path)).map(({ ms, connected }) => [ms, connected]),
      [
        [0, true],
        [3, true],
        [3, true],
        [3, false],
      ],
    );
  });

  test("createStateFile() never overwrites a recording", async () => {
    const path = fileWith("there.jsonl", header);
    await assert.rejects(createStateFile(path, "a pad"), /EEXIST/);
  });
});

describe("readStateFile()", () => {
  test("readStateFile() leaves out a last line that was cut, and tells", async () => {
    const path = fileWith("cut.jsonl", `${header}{"ms":0}\n`);
    appendFileSync(path, '{"ms":20,"axes":{"lef');
    const problems: string[] = [];
    assert.equal((await readAll(path, problems)).length, 1);
    assert.match(problems[0] ?? "", /line 3 is cut off/);
  });

  for (const [name, text, rule] of [
    ["empty", "", /got an empty file/],
    ["foreign", '{"hello":1}\n', /expected a file of gamepad states/],
    ["newer", '{"format":"outrider-gamepad-states","version":9}\n', /expected version 1 .*got 9/],
    ["no time", `${header}{"axes":{}}\n`, /line 2: expected ms to be a number from 0, got undefined/],
    ["backwards", `${header}{"ms":5}\n{"ms":4}\n`, /line 3: expected ms not below 5, got 4/],
    [
      "wrong axis",
      `${header}{"ms":0,"axes":{"wheel":1}}\n`,
      /line 2: expected an axis of leftx.*got "wheel"/,
    ],
    ["far axis", `${header}{"ms":0,"axes":{"righttrigger":-1}}\n`, /axes.righttrigger to be 0…1, got -1/],
    ["wrong button", `${header}{"ms":0,"down":["z"]}\n`, /expected a button of a, b,.*got "z"/],
    ["broken in the middle", `${header}{"ms":\n{"ms":1}\n`, /line 2: expected a JSON object/],
  ] as const) {
    test(`readStateFile() says what is wrong with a file: ${name}`, async () => {
      await assert.rejects(readAll(fileWith("wrong.jsonl", text)), rule);
    });
  }
});

describe("createTimedGamepad()", () => {
  const timed = (ms: number, down: TimedState["down"] = []): TimedState => ({
    ms,
    connected: true,
    axes: restingAxes,
    down,
  });

  test("createTimedGamepad() keeps the pace, says presses, and ends disconnected", async () => {
    const clock = createManualClock();
    const startNs = clock.monotonicNs();
    async function* read() {
      yield timed(0, ["a"]);
      yield timed(100, ["a", "b"]);
      yield { ...timed(150), connected: false };
      yield timed(200, ["a"]);
    }
    const gamepad = createTimedGamepad(
      { name: "test", read, speed: 2, lastMs: 50 },
      { clock, log: silentLog },
    );
    const collector = collectStates(gamepad);
    await clock.advance(50);
    assert.equal(collector.states.length, 2);
    await clock.advance(1000);
    await collector.ended;
    assert.deepEqual(
      collector.states.map(({ monotonicNs, connected, pressed }) => [
        (monotonicNs - startNs) / 1e6,
        connected,
        pressed,
      ]),
      [
        [0, true, ["a"]],
        [50, true, ["b"]],
        [75, false, []],
        [100, true, ["a"]],
        [125, false, []],
      ],
    );
  });
});

test("createReplayGamepad() warns of a cut file and fails on a broken one", async () => {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
  const clock = createManualClock();
  const play = async (path: string): Promise<number> => {
    const collector = collectStates(createReplayGamepad({ path, speed: 1000 }, { clock, log }));
    const ticking = setInterval(() => void clock.advance(10), 1);
    await collector.ended.finally(() => clearInterval(ticking));
    return collector.states.length;
  };
  assert.equal(await play(fileWith("cut2.jsonl", `${header}{"ms":0}\n{"ms":9`)), 2);
  assert.equal(warnings.length, 1);
  await assert.rejects(play(fileWith("broken2.jsonl", `${header}{"ms":-1}\n`)), /expected ms/);
});

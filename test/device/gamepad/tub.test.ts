import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openTubCamera } from "../../../device/camera/tub.ts";
import { openGamepad } from "../../../device/gamepad/open.ts";
import { silentLog } from "../../../device/log.ts";
import { createReplayStart } from "../../../device/replay-start.ts";
import { testGamepad } from "../../contracts/gamepad.ts";
import { createManualClock, type ManualClock } from "../../fakes/manual-clock.ts";
import { collectStates } from "../../fakes/state-collector.ts";

const directory = mkdtempSync(join(tmpdir(), "outrider-tub-"));
after(() => rmSync(directory, { recursive: true }));

function writeTub(name: string, records: readonly Record<string, unknown>[]): string {
  const tub = join(directory, name);
  mkdirSync(join(tub, "images"), { recursive: true });
  const lines = records.map((record, index) =>
    JSON.stringify({
      _index: index,
      "cam/image_array": `${index}_cam_image_array_.jpg`,
      "user/mode": "user",
      ...record,
    }),
  );
  writeFileSync(join(tub, "catalog_0.catalog"), `${lines.join("\n")}\n`);
  const manifest = [
    ["cam/image_array", "user/angle", "user/throttle", "user/mode"],
    ["image_array", "float", "float", "str"],
    {},
    { created_at: 1, sessions: { all_full_ids: [], last_id: 0 } },
    { paths: ["catalog_0.catalog"], current_index: records.length, max_len: 1000, deleted_indexes: [] },
  ];
  writeFileSync(join(tub, "manifest.json"), manifest.map((line) => JSON.stringify(line)).join("\n"));
  return tub;
}

/** Turns the clock while the system reads files. */
async function turn(clock: ManualClock, ms: number): Promise<void> {
  for (let done = 0; done < ms; done += 20) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(20);
  }
}

/** Turns the clock until something is over: how often depends on the disk, not on us. */
async function turnUntil(clock: ManualClock, over: Promise<unknown>): Promise<void> {
  let isOver = false;
  const end = over.finally(() => {
    isOver = true;
  });
  while (!isOver) await turn(clock, 20);
  await end;
}

test("openGamepad() of a tub says steering and throttle at the pace of the recording, and stops at its end", async () => {
  const at = (ms: number, angle: number, throttle: number) => ({
    "user/angle": angle,
    "user/throttle": throttle,
    _timestamp_ms: 1_700_000_000_000 + ms,
  });
  // The last but one comes an hour later: another session, not waited for.
  const tub = writeTub("paced", [
    at(0, -0.5, 0.25),
    at(60, 1.2, -0.4),
    at(3_600_000, 0, 0),
    at(3_600_040, 0.1, 1),
  ]);
  const clock = createManualClock();
  const startNs = clock.monotonicNs();
  const collector = collectStates(await openGamepad(`tub:${tub}`, { clock, log: silentLog }));
  await turnUntil(clock, collector.ended);
  const first = collector.states[0]!.monotonicNs;
  assert.ok(first >= startNs);
  assert.deepEqual(
    collector.states.map(({ monotonicNs, connected, axes }) => [
      (monotonicNs - first) / 1e6,
      connected,
      axes.leftx,
      axes.righttrigger,
      axes.lefttrigger,
    ]),
    [
      [0, true, -0.5, 0.25, 0],
      [30, true, 1, 0, 0.4],
      [85, true, 0, 0, 0],
      [130, true, 0.1, 1, 0],
      [205, false, 0, 0, 0],
    ],
  );
});

test("openGamepad() of a tub at a fixed pace gives each state half an interval before its picture", async () => {
  const tub = writeTub(
    "fixed",
    [0, 0.1, 0.2].map((angle) => ({ "user/angle": angle, "user/throttle": 0 })),
  );
  const clock = createManualClock();
  const collector = collectStates(await openGamepad(`tub:${tub}?fps=10`, { clock, log: silentLog }));
  await turnUntil(clock, collector.ended);
  const first = collector.states[0]!.monotonicNs;
  assert.deepEqual(
    collector.states.map(({ monotonicNs }) => (monotonicNs - first) / 1e6),
    [0, 50, 150, 225],
  );
  await assert.rejects(openGamepad("tub:?fps=10", { clock, log: silentLog }), /followed by a folder/);
  await assert.rejects(
    openGamepad("tub:x?fps=fast", { clock, log: silentLog }),
    /fps to be 0.01–1000, got "fast"/,
  );
});

const dataRoot = process.env.OUTRIDER_TEST_DATA;
const archive = dataRoot === undefined ? "" : join(dataRoot, "donkey_tub", "tub.tar.gz");
const skip = existsSync(archive)
  ? false
  : `needs a real tub: donkey_tub/tub.tar.gz in the folder OUTRIDER_TEST_DATA (${dataRoot ?? "not set"})`;

test("openGamepad() of a tub gives every picture of the tub camera its own state", { skip }, async () => {
  execFileSync("tar", ["-xzf", archive, "-C", directory]);
  const tub = join(directory, "tub");
  const clock = createManualClock();
  const stop = new AbortController();
  const settings = { id: "front", url: `tub:${tub}?fps=20`, width: 160, height: 120, fps: 20, quality: 75 };
  // As the agent has it: both count from one moment, whichever is ready first.
  const deps = { clock, log: silentLog, replayStartNs: createReplayStart(clock) };
  const camera = await openTubCamera(settings, deps);
  const collector = collectStates(await openGamepad(`tub:${tub}?fps=20`, deps));
  let joined = 0;
  const filming = (async () => {
    for await (const frame of camera.frames(stop.signal)) {
      const state = collector.states.findLast(({ monotonicNs }) => monotonicNs <= frame.moment.monotonicNs);
      assert.equal(state?.axes.leftx, frame.truth?.angle);
      joined += 1;
      if (joined === 100) return;
    }
  })();
  await turnUntil(clock, filming);
  stop.abort();
  await collector.stop();
  await camera.close();
  assert.equal(joined, 100);
});

test("openGamepad() of a tub fails on a folder that is none", async () => {
  const clock = createManualClock();
  const collector = collectStates(await openGamepad(`tub:${directory}`, { clock, log: silentLog }));
  await assert.rejects(collector.ended, /Expected a donkeycar tub/);
});

testGamepad("openGamepad() of tub", async () => {
  const tub = writeTub(
    "contract",
    Array.from({ length: 60 }, (_, index) => ({ "user/angle": index / 60, "user/throttle": 0.5 })),
  );
  const clock = createManualClock();
  const gamepad = await openGamepad(`tub:${tub}`, { clock, log: silentLog });
  return { gamepad, advance: (ms) => turn(clock, ms), close: gamepad.close };
});

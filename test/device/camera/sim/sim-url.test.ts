import assert from "node:assert/strict";
import test from "node:test";
import { parseSimUrl } from "../../../../device/camera/sim/sim-url.ts";

test("parseSimUrl() reads seed, pace and frames, with defaults", () => {
  assert.deepEqual(parseSimUrl("sim:track"), { world: "track", seed: null, pace: "clock", frames: null });
  assert.deepEqual(parseSimUrl("sim:track?seed=0&pace=asap&frames=600"), {
    world: "track",
    seed: 0,
    pace: "asap",
    frames: 600,
  });
});

test("parseSimUrl() reads the camera posts, the reserve's with its animals and nights", () => {
  const run = { seed: null, pace: "clock", frames: null };
  assert.deepEqual(parseSimUrl("sim:ridge"), { world: "ridge", ...run });
  assert.deepEqual(parseSimUrl("sim:reserve"), { world: "reserve", ...run, animals: null, night: "never" });
  assert.deepEqual(parseSimUrl("sim:reserve?seed=4&animals=12&night=cycle&pace=asap"), {
    world: "reserve",
    seed: 4,
    pace: "asap",
    frames: null,
    animals: 12,
    night: "cycle",
  });
});

test("parseSimUrl() refuses what only another scene has, and animals and nights that cannot be", () => {
  assert.throws(() => parseSimUrl("sim:ridge?animals=3"), /only seed, pace and frames, got "animals"/);
  assert.throws(
    () => parseSimUrl("sim:reserve?animals=0&night=dark&colour=red"),
    /seed, pace, frames, animals and night, got "colour".*night to be never, always or cycle, got "dark".*animals to be a whole number 1–60, got "0"/s,
  );
});

test("parseSimUrl() lists every problem with rule and value", () => {
  assert.throws(
    () => parseSimUrl("sim:track?seed=-1&pace=fast&frames=0&colour=red"),
    (error: Error) => {
      for (const part of ["seed", '"-1"', "pace", '"fast"', "frames", '"0"', '"colour"']) {
        assert.ok(error.message.includes(part), `${part} in ${error.message}`);
      }
      return true;
    },
  );
  for (const url of ["sim:moon", "sim:", "track", "folder:track"])
    assert.throws(() => parseSimUrl(url), /of the form sim:track/);
});

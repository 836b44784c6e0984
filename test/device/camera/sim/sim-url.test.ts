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

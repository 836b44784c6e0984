import assert from "node:assert/strict";
import { test } from "node:test";
import { createShadow, type Disagreement } from "../../../agent/drive/shadow.ts";
import type { Commanded } from "../../../agent/drive/wheel.ts";
import type { CapturedFrame } from "../../../device/frame.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

function setUp() {
  const clock = createManualClock();
  const said: Disagreement[] = [];
  let commanded: Omit<Commanded, "monotonicNs"> | null = null;
  const shadow = createShadow({
    wheel: { commandAt: (monotonicNs) => (commanded === null ? null : { ...commanded, monotonicNs }) },
    nameOf: ({ sequence }) => `frame-${sequence}`,
    onDisagreement: (disagreement) => said.push(disagreement),
  });
  const startNs = clock.monotonicNs();
  /** Person and model steer at a second of the run. */
  const see = (
    second: number,
    person: number,
    model: number,
    kind: "stick" | "model" = "stick",
    throttle = 0.5,
  ) => {
    commanded = { steering: person, throttle, driver: { kind, createdBy: null } };
    const moment = { ...clock.now(), monotonicNs: startNs + second * 1e9 };
    const frame = { camera: "front", sequence: Math.round(second * 10), moment } as CapturedFrame;
    shadow.advise({
      frame,
      model: "m",
      advice: {
        steering: model,
        throttle: null,
        confidence: 1,
        bins: { direction: 0, speed: null },
        outputs: {},
      },
    });
  };
  return { shadow, see, said };
}

test("advise() counts how far model and person are apart, of moving cars that a person drives", () => {
  const { shadow, see } = setUp();
  assert.deepEqual(shadow.figures().meanDifference, null);
  see(0, 0, 0.1);
  see(1, 0.5, 0.2);
  see(2, -0.5, 0.5, "model");
  see(3, -0.5, 0.5, "stick", 0);
  const { model, frames, meanDifference, shareBeyond } = shadow.figures();
  assert.deepEqual([model, frames, meanDifference!.toFixed(3), shareBeyond], ["m", 2, "0.200", 0.5]);
});

test("advise() tells of a disagreement once in a few seconds, and remembers the worst of each bend by name", () => {
  const { shadow, see, said } = setUp();
  for (let n = 0; n < 20; n += 1) see(n / 10, 0, 0.3 + n / 100);
  for (let n = 0; n < 10; n += 1) see(10 + n * 4, 0, 0.9 - n / 100);
  assert.deepEqual(
    said.slice(0, 2).map(({ imgId }) => imgId),
    ["frame-0", "frame-100"],
  );
  assert.equal(said.length, 11);
  assert.deepEqual(
    shadow.figures().worst.map(({ imgId, difference }) => [imgId, difference.toFixed(2)]),
    [
      ["frame-100", "0.90"],
      ["frame-140", "0.89"],
      ["frame-180", "0.88"],
      ["frame-220", "0.87"],
      ["frame-260", "0.86"],
    ],
  );
  assert.equal(shadow.takeFigures().frames, 30);
  assert.deepEqual([shadow.figures().frames, shadow.figures().worst], [0, []]);
});

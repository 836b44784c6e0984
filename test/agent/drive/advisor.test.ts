// The model that looks at the road: the newest picture, whole ones only, and only while somebody wants to know.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Advised, createAdvisor } from "../../../agent/drive/advisor.ts";
import { silentLog } from "../../../device/log.ts";
import { loadCatalog } from "../../../models/catalog.ts";
import type { Picture } from "../../../models/vision.ts";
import { drawBright } from "../../fakes/bright-vision.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createPushedCamera } from "../../fakes/pushed-devices.ts";

const { manifest, file } = loadCatalog({ folders: [] }).find("steer-v1");

test("follow() advises on the newest picture, passes over those that came meanwhile, and survives what is no picture", async (t) => {
  const clock = createManualClock();
  const [dark, bright] = [await drawBright(1, []), await drawBright(2, [])];
  const camera = createPushedCamera(clock);
  const pictures = new Map<number, Uint8Array>([
    [0, dark],
    [1, dark],
    [2, bright],
    [3, new Uint8Array(10)],
    [4, dark],
  ]);
  const drawn = {
    ...camera,
    async *frames(signal: AbortSignal) {
      for await (const frame of camera.frames(signal))
        yield { ...frame, bytes: pictures.get(frame.sequence) ?? dark };
    },
  };
  let free = (): void => undefined;
  const seen: Picture[] = [];
  const opened: string[] = [];
  const advisor = createAdvisor({
    log: silentLog,
    open: async (id) => {
      opened.push(`open ${id}`);
      return {
        model: { manifest: { ...manifest, id }, file },
        steer: async (picture) => {
          seen.push(picture);
          if (seen.length === 4) throw new Error("the worker crashed");
          if (seen.length === 1)
            await new Promise<void>((resolve) => {
              free = resolve;
            });
          return {
            steering: 0,
            throttle: null,
            confidence: 1,
            bins: { direction: 0, speed: null },
            outputs: {},
          };
        },
        close: async () => void opened.push(`close ${id}`),
      };
    },
  });
  const stop = new AbortController();
  const advice: Advised[] = [];
  const problems: unknown[] = [];
  let isWanted = true;
  await advisor.use("a");
  const following = advisor.follow({
    signal: stop.signal,
    isWanted: () => isWanted,
    onAdvice: (advised) => advice.push(advised),
    onProblem: (cause) => problems.push(cause),
  });
  const recorded: number[] = [];
  const tapped = (async () => {
    for await (const { sequence } of advisor.tap(drawn).frames(stop.signal)) recorded.push(sequence);
  })();
  t.after(async () => {
    stop.abort();
    camera.end();
    await Promise.all([following, tapped, advisor.close()]);
  });
  const expose = async (): Promise<void> => {
    camera.expose();
    await clock.advance(50);
  };
  await expose();
  await eventually("a look", () => seen.length === 1);
  await expose();
  await expose();
  free();
  await eventually("the newest", () => advice.length === 2);
  assert.deepEqual(
    [advice.map(({ frame }) => frame.sequence), recorded],
    [
      [0, 2],
      [0, 1, 2],
    ],
  );
  await expose();
  await expose();
  await eventually("the one after the damaged", () => advice.length === 3);
  assert.deepEqual([advice.at(-1)?.frame.sequence, problems.length], [4, 0]);
  await expose();
  await eventually("a problem", () => problems.length === 1);
  isWanted = false;
  await expose();
  assert.equal(seen.length, 4);
  assert.ok(Math.abs(advisor.intervalMs()! - 50) < 1);
  await Promise.all([advisor.use("b"), advisor.use("b"), advisor.use("c")]);
  assert.deepEqual(opened, ["open a", "open b", "close a", "open c", "close b"]);
});

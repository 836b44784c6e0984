import assert from "node:assert/strict";
import { test } from "node:test";
import { createCameraHub } from "../../agent/camera-hub.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { createPushedCamera } from "../fakes/pushed-devices.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function collect(
  frames: AsyncIterable<CapturedFrame>,
  gate: () => Promise<void> = turn,
): Promise<CapturedFrame[]> {
  const seen: CapturedFrame[] = [];
  for await (const frame of frames) {
    seen.push(frame);
    await gate();
  }
  return seen;
}

test("createCameraHub() gives every follower the very same frames", async () => {
  const camera = createPushedCamera(createManualClock());
  const hub = createCameraHub(camera);
  const { signal } = new AbortController();
  const both = [1, 2].map(() => collect(hub.view({ pace: "newest", capacity: 8 }).frames(signal)));
  for (let n = 0; n < 5; n += 1) camera.expose();
  camera.end();
  const [first, second] = await Promise.all(both);
  assert.equal(first!.length, 5);
  first!.forEach((frame, n) => {
    assert.equal(frame, second![n]);
  });
});

test("view() of a follower that hangs costs the other nothing, and counts what it lost", async () => {
  const camera = createPushedCamera(createManualClock());
  const hub = createCameraHub(camera);
  const stop = new AbortController();
  const quick = hub.view({ pace: "newest", capacity: 2 });
  const slow = hub.view({ pace: "newest", capacity: 2 });
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const hanging = collect(slow.frames(stop.signal), () => gate);
  const recording = collect(quick.frames(stop.signal), async () => undefined);
  for (let n = 0; n < 20; n += 1) {
    camera.expose();
    await turn();
    await turn();
  }
  camera.end();
  assert.equal((await recording).length, 20);
  assert.equal(quick.lost(), 0);
  assert.equal(slow.lost(), 17, "one in hand, two waiting");
  release();
  assert.deepEqual(
    (await hanging).map(({ sequence }) => sequence),
    [0, 18, 19],
  );
});

test("view() at the pace of every frame makes the camera wait and loses none", async () => {
  const camera = createPushedCamera(createManualClock());
  const hub = createCameraHub(camera);
  const { signal } = new AbortController();
  const view = hub.view({ pace: "every", capacity: 1 });
  const seen = collect(view.frames(signal), async () => {
    await turn();
    await turn();
  });
  for (let n = 0; n < 10; n += 1) camera.expose();
  camera.end();
  assert.equal((await seen).length, 10);
  assert.equal(view.lost(), 0);
});

test("view() passes on the end and the failure of the camera, and a follower that leaves holds nobody up", async () => {
  const camera = createPushedCamera(createManualClock());
  const hub = createCameraHub(camera);
  const leaving = new AbortController();
  const { signal } = new AbortController();
  const stuck = hub.view({ pace: "every", capacity: 1 });
  const left = (async () => {
    for await (const _ of stuck.frames(leaving.signal))
      await new Promise((resolve) => setTimeout(resolve, 5));
  })();
  const seen = collect(hub.view({ pace: "newest", capacity: 64 }).frames(signal));
  for (let n = 0; n < 4; n += 1) camera.expose();
  await turn();
  leaving.abort();
  await left;
  camera.expose();
  await turn();
  camera.fail(new Error("unplugged"));
  await assert.rejects(seen, /unplugged/);
});

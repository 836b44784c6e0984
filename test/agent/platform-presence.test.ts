import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ConfigError, parseConfig } from "../../agent/config.ts";
import { CredentialsError, readPlatformToken } from "../../agent/credentials.ts";
import { followPresence, type PresentCamera } from "../../agent/platform-presence.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import { silentLog } from "../../device/log.ts";
import { createPlatformDevice, type PlatformDevice } from "../../sync/clients/platform-device.ts";
import { SyncError } from "../../sync/errors.ts";
import { eventually } from "../fakes/eventually.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { startPlatformApi } from "../fakes/platform-api.ts";
import { testPicture } from "../fakes/sequences.ts";

async function setUp(
  t: TestContext,
  changes: (device: PlatformDevice) => Partial<PresentCamera> = () => ({}),
) {
  const clock = createManualClock();
  const server = await startPlatformApi(t, { season: { sequences: 1, detections: 1, cameras: 1 } });
  const pose = server.tables.poses.all()[0]!;
  const device = createPlatformDevice({
    url: server.url,
    token: async () => server.cameraToken(pose.camera_id),
  });
  t.after(() => device.close());
  const scene = { newestNs: null as number | null, frozen: false };
  const bytes = await testPicture();
  const camera: PresentCamera = {
    camera: "front",
    pose: pose.id,
    device,
    newestNs: () => scene.newestNs,
    isFrozen: () => scene.frozen,
    newestPicture: () => ({ bytes }) as CapturedFrame,
    silenceMs: 15_000,
    ...changes(device),
  };
  const count = (name: string): number => server.requests()[name]?.count ?? 0;
  const stop = new AbortController();
  const warned: string[] = [];
  const informed: string[] = [];
  const log = {
    ...silentLog,
    warn: (details: object) => void warned.push(JSON.stringify(details)),
    info: (_: object, words: string) => void informed.push(words),
  };
  const running = followPresence(
    { cameras: [camera], heartbeatMs: 1000, imageEveryMs: 60_000, mayShow: () => true, clock, log },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await running;
  });
  /** A turn of the loop: on to its next look, and until it sleeps again. */
  const turn = async (): Promise<void> => {
    await eventually("it rests", () => clock.sleepers() === 1);
    await clock.advance(1000);
    await eventually("it rests again", () => clock.sleepers() === 1);
  };
  return { clock, server, scene, count, turn, warned, informed };
}

const heartbeat = "PATCH /cameras/heartbeat";

test("followPresence() gives a sign of life for each new picture, and none for a stale, a frozen or a missing one", async (t) => {
  const { clock, scene, count, turn } = await setUp(t);
  await turn();
  assert.equal(count(heartbeat), 0, "no picture yet");
  scene.newestNs = clock.monotonicNs();
  await turn();
  assert.equal(count(heartbeat), 1);
  await turn();
  assert.equal(count(heartbeat), 1, "the same picture is no news");
  scene.newestNs = clock.monotonicNs();
  await turn();
  assert.equal(count(heartbeat), 2);
  scene.newestNs = clock.monotonicNs();
  scene.frozen = true;
  await turn();
  assert.equal(count(heartbeat), 2, "it stands still");
  scene.frozen = false;
  scene.newestNs = clock.monotonicNs() - 60e9;
  await turn();
  assert.equal(count(heartbeat), 2, "it is old");
});

test("followPresence() shows a picture when it begins and then now and then, only of a camera that lives", async (t) => {
  const { clock, scene, count, turn } = await setUp(t);
  for (let n = 0; n < 3; n += 1) {
    scene.newestNs = clock.monotonicNs();
    await turn();
  }
  assert.equal(count("PATCH /cameras/image"), 1);
  await clock.advance(60_000);
  scene.newestNs = clock.monotonicNs();
  await turn();
  assert.equal(count("PATCH /cameras/image"), 2);
});

test("followPresence() does not send a picture that fails again with every sign of life", async (t) => {
  let tried = 0;
  const fail = async (): Promise<void> => {
    tried += 1;
    throw new SyncError("offline", "the link is too slow for it");
  };
  const { clock, scene, count, turn, warned } = await setUp(t, (device) => ({
    device: { ...device, updateImage: fail },
  }));
  for (let n = 0; n < 3; n += 1) {
    scene.newestNs = clock.monotonicNs();
    await turn();
  }
  assert.deepEqual([tried, count(heartbeat), warned], [1, 3, []]);
  await clock.advance(60_000);
  scene.newestNs = clock.monotonicNs();
  await turn();
  assert.equal(tried, 2);
});

test("followPresence() tells a pose that is missing once, and goes on when the platform is back", async (t) => {
  const { clock, scene, server, count, turn, warned } = await setUp(t, () => ({ pose: 424_242 }));
  scene.newestNs = clock.monotonicNs();
  for (let n = 0; n < 3; n += 1) await turn();
  assert.equal(warned.length, 1);
  assert.match(warned[0]!, /cameras\.front\.platform\.pose to be one of .*got 424242/);
  assert.equal(count(heartbeat), 0);
  const other = await setUp(t);
  other.server.behave({ down: true });
  other.scene.newestNs = other.clock.monotonicNs();
  for (let n = 0; n < 2; n += 1) await other.turn();
  other.scene.newestNs = null;
  await other.turn();
  assert.equal(other.informed.length, 0, "nothing was sent, so nothing was heard");
  other.server.behave({ down: false });
  other.scene.newestNs = other.clock.monotonicNs();
  await other.turn();
  assert.equal(other.count(heartbeat), 1);
  assert.equal(other.warned.length, 1);
  assert.deepEqual(other.informed, ["the alert platform hears of the camera again"]);
  assert.ok(server.url !== other.server.url);
});

test("parseConfig() wants platform and cameras to fit, and readPlatformToken() a token for each camera", () => {
  const platform = { url: "https://alerts.example" };
  const problemsOf = (values: object): string => {
    try {
      parseConfig(values, "test");
      return "";
    } catch (cause) {
      assert.ok(cause instanceof ConfigError);
      return cause.message;
    }
  };
  assert.match(problemsOf({ sync: { platform } }), /sync\.platform: expected a camera/);
  assert.match(
    problemsOf({ cameras: [{ id: "north", platform: { pose: 3 } }] }),
    /cameras\.north\.platform: expected sync\.platform/,
  );
  assert.equal(problemsOf({ cameras: [{ platform: { pose: 3 } }], sync: { platform } }), "");
  const env = { OUTRIDER_PLATFORM_TOKEN_NORTH_1: "one", OUTRIDER_PLATFORM_TOKEN: "any" };
  assert.equal(readPlatformToken(env, { camera: "north-1", isOnly: false }), "one");
  assert.equal(readPlatformToken(env, { camera: "south", isOnly: true }), "any");
  assert.throws(() => readPlatformToken(env, { camera: "south", isOnly: false }), CredentialsError);
});

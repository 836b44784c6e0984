// Health: each part that stands is named, what only somebody should know is a warning, and a new start is not asked for in vain.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { type HealthSources, judgeHealth } from "../../agent/health.ts";
import { beatHealth, type Heartbeat, heartbeatNote } from "../../agent/health-beat.ts";
import type { CameraStatus } from "../../device/camera/camera.ts";
import { silentLog } from "../../device/log.ts";
import type { CommitStats } from "../../device/store/group-commit.ts";
import { createManualClock, type ManualClock } from "../fakes/manual-clock.ts";
import { openTestStore } from "../fakes/store.ts";

type World = {
  cameras: Record<string, Partial<CameraStatus>>;
  commits: Partial<CommitStats>;
  loopP99Ms: number;
  running: boolean;
  problem: string | null;
  resting: string[];
  mqtt: string;
  pressure: string;
  damaged: number;
  frozen: string[];
  armed: boolean;
};

const healthy: CameraStatus = {
  state: "online",
  frames: 1,
  dropped: {},
  restarts: 0,
  newestFrameNs: 0,
  fps: 10,
  problem: null,
};

/** An agent of which only what health looks at is there. */
function worldOf(clock: ManualClock, changes: Partial<World> = {}): { agent: HealthSources; world: World } {
  const world: World = {
    cameras: { front: { newestFrameNs: clock.monotonicNs() } },
    commits: {},
    loopP99Ms: 2,
    running: true,
    problem: null,
    resting: [],
    mqtt: "connected",
    pressure: "none",
    damaged: 0,
    frozen: [],
    armed: true,
    ...changes,
  };
  const agent = {
    clock,
    config: parseConfig(
      { device: "car", cameras: Object.keys(world.cameras).map((id) => ({ id, fps: 10 })) },
      "test",
    ),
    devices: {
      drive: { moves: true, state: () => ({ armed: world.armed, neutralReason: "the guard died" }) },
      cameras: Object.keys(world.cameras).map((id) => ({
        id,
        status: () => ({ ...healthy, ...world.cameras[id] }),
      })),
    },
    store: {
      commitStats: () => ({ newestNs: null, waitingSinceNs: null, failing: null, ...world.commits }),
      counters: { get: (name: string) => (name === "damaged" ? world.damaged : 0) },
    },
    recorder: { state: () => ({ run: world.running ? {} : null, problem: world.problem }) },
    watcher: {
      state: () => ({ problem: null, cameras: world.frozen.map((id) => ({ id, frozen: true })) }),
    },
    retention: { state: () => ({ pressure: world.pressure }) },
    drain: { status: () => world.resting.map((name) => ({ name, state: "resting", problem: "away" })) },
    link: { link: { state: () => ({ phase: world.mqtt }) } },
    loop: { lag: () => ({ p99Ms: world.loopP99Ms, worstMs: world.loopP99Ms, stalls: 0 }) },
  };
  return { agent: agent as unknown as HealthSources, world };
}

const partsOf = (found: readonly { part: string }[]): string[] => found.map(({ part }) => part);

test("judgeHealth() finds nothing where everything works", () => {
  const verdict = judgeHealth(worldOf(createManualClock()).agent);
  assert.deepEqual(verdict, { ok: true, problems: [], warnings: [], restartMayHelp: [] });
});

test("judgeHealth() names a camera whose picture does not change any more, however many pictures it gives", async () => {
  const clock = createManualClock();
  const { agent, world } = worldOf(clock);
  await clock.advance(16_000);
  world.cameras.front = { ...world.cameras.front, frames: 160, fps: 10 };
  const { ok, problems, restartMayHelp } = judgeHealth(agent);
  assert.equal(ok, false);
  assert.deepEqual(problems, [{ part: "camera front", message: "no new picture (online)", forMs: 16_000 }]);
  assert.deepEqual(restartMayHelp, problems);
  const frozen = worldOf(clock, { frozen: ["front"] });
  assert.match(judgeHealth(frozen.agent).problems[0]!.message, /the same picture/);
});

test("judgeHealth() does not ask for a new start for one camera of two, nor for one that never came, nor for one that is through", async () => {
  const clock = createManualClock();
  const startNs = clock.monotonicNs();
  await clock.advance(20_000);
  const one = worldOf(clock, {
    cameras: { left: { newestFrameNs: startNs }, right: { newestFrameNs: clock.monotonicNs() } },
  });
  assert.deepEqual(partsOf(judgeHealth(one.agent).problems), ["camera left"]);
  assert.deepEqual(judgeHealth(one.agent).restartMayHelp, []);
  const never = worldOf(clock, {
    cameras: { front: { newestFrameNs: null, state: "offline", problem: "no such device" } },
  });
  assert.equal(judgeHealth(never.agent).problems[0]!.message, "no picture yet (offline: no such device)");
  assert.deepEqual(judgeHealth(never.agent).restartMayHelp, []);
  const through = worldOf(clock, { cameras: { front: { newestFrameNs: startNs, state: "ended" } } });
  assert.equal(judgeHealth(through.agent).ok, true);
});

test("judgeHealth() tells a store that hangs, which a new start may cure, from a disk that refuses, which it does not", async () => {
  const clock = createManualClock();
  const sinceNs = clock.monotonicNs();
  await clock.advance(16_000);
  const cameras = { front: { newestFrameNs: clock.monotonicNs() } };
  const hangs = judgeHealth(worldOf(clock, { cameras, commits: { waitingSinceNs: sinceNs } }).agent);
  assert.deepEqual(partsOf(hangs.problems), ["store"]);
  assert.deepEqual(partsOf(hangs.restartMayHelp), ["store"]);
  const failing = { sinceNs, reason: "the disk is full (0 MB free)" };
  const full = judgeHealth(worldOf(clock, { cameras, commits: { failing } }).agent);
  assert.deepEqual(full.problems, [{ part: "disk", message: failing.reason, forMs: 16_000 }]);
  assert.deepEqual(full.restartMayHelp, []);
});

test("judgeHealth() names a loop that stands and frames that are not kept; what is far away is a warning", () => {
  const { agent } = worldOf(createManualClock(), {
    loopP99Ms: 1800,
    problem: "disk full",
    resting: ["s3://b"],
    mqtt: "waiting",
    pressure: "full",
    damaged: 2,
    armed: false,
  });
  const { problems, warnings, restartMayHelp } = judgeHealth(agent);
  assert.deepEqual(partsOf(problems), ["loop", "recording"]);
  assert.deepEqual(partsOf(restartMayHelp), ["loop"]);
  assert.deepEqual(partsOf(warnings), ["drive", "disk", "store", "s3://b", "mqtt"]);
});

test("beatHealth() notes another verdict at the next look, however much else is committed", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  const { agent: judged, world } = worldOf(clock, { cameras: { front: { newestFrameNs: null } } });
  const busy = { ...store, commitStats: () => ({ ...store.commitStats(), newestNs: clock.monotonicNs() }) };
  const agent = { ...judged, store: busy, emit: async () => undefined } as never;
  const stop = new AbortController();
  const beating = beatHealth(agent, { log: silentLog, signal: stop.signal });
  const problemsOf = (): unknown => partsOf((store.notes.get(heartbeatNote) as Heartbeat).problems);
  await clock.advance(5_000);
  await store.settle();
  assert.deepEqual(problemsOf(), ["camera front"]);
  world.cameras.front = { newestFrameNs: clock.monotonicNs() };
  await clock.advance(5_000);
  await store.settle();
  assert.deepEqual(problemsOf(), []);
  stop.abort();
  await beating;
});

test("beatHealth() leaves its verdict in the store where nothing else is committed, and tells a change once it is sure", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  const { agent: judged, world } = worldOf(clock);
  const told: object[] = [];
  const agent = {
    ...judged,
    store,
    emit: async (type: string, body: object) => void told.push({ type, ...body }),
  } as never;
  const stop = new AbortController();
  const beating = beatHealth(agent, { log: silentLog, signal: stop.signal });
  const noteOf = (): Heartbeat => store.notes.get(heartbeatNote) as Heartbeat;
  await clock.advance(5_000);
  await store.settle();
  assert.deepEqual(noteOf().problems, []);
  const firstNs = noteOf().at.monotonicNs;
  // The camera stands from here on: seen after 15 s, told when the next look says so, too.
  for (let look = 0; look < 5; look += 1) {
    await clock.advance(5_000);
    await store.settle();
  }
  assert.ok(noteOf().at.monotonicNs > firstNs);
  assert.deepEqual(partsOf(noteOf().problems), ["camera front"]);
  assert.deepEqual(told.length, 1);
  world.cameras.front = { newestFrameNs: clock.monotonicNs() };
  await clock.advance(5_000);
  world.cameras.front = { newestFrameNs: clock.monotonicNs() };
  await clock.advance(5_000);
  stop.abort();
  await beating;
  assert.deepEqual(
    told.map((each) => (each as { ok: boolean }).ok),
    [false, true],
  );
});

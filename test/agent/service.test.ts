// The service: READY and signs of life only while it really works.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { HealthSources } from "../../agent/health.ts";
import { keepService } from "../../agent/service.ts";
import { openNotifier } from "../../agent/service-notify.ts";
import { silentLog } from "../../device/log.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { temporaryFolder } from "../fakes/store.ts";

/** A service with cameras that give a new picture whenever the test says so. */
function startService(t: TestContext, cameraIds: readonly string[]) {
  const clock = createManualClock();
  const data = temporaryFolder(t);
  const newest = new Map<string, number>();
  const said: string[] = [];
  const agent = {
    clock,
    config: {
      data,
      cameras: cameraIds.map((id) => ({ id, fps: 10, record: true })),
      watch: { enabled: false },
      health: { cameraMs: 15_000, commitMs: 15_000 },
    },
    devices: {
      drive: { moves: false },
      cameras: cameraIds.map((id) => ({
        id,
        status: () => ({ state: "online", newestFrameNs: newest.get(id) ?? null, problem: null }),
      })),
    },
    store: {
      commitStats: () => ({ waitingSinceNs: null, failing: null }),
      counters: { get: () => 0 },
    },
    recorder: { state: () => ({ run: null, problem: null }) },
    watcher: null,
    retention: { state: () => ({ pressure: "none" }) },
    drain: { status: () => [] },
    link: null,
    loop: { lag: () => ({ p99Ms: 1, worstMs: 1, stalls: 0 }) },
  } as unknown as HealthSources;
  const stop = new AbortController();
  const running = keepService(agent, {
    notifier: { watchdogMs: 20_000, say: async (words) => void said.push(...words) },
    describe: () => "10.0 fps",
    log: silentLog,
    signal: stop.signal,
  });
  return {
    clock,
    data,
    see: (...ids: readonly string[]) => {
      for (const id of ids) newest.set(id, clock.monotonicNs());
    },
    /** What was said since it was asked last. */
    said: () => said.splice(0),
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

test("keepService() says READY when every camera gave a picture, and STOPPING at the end", async (t) => {
  const service = startService(t, ["left", "right"]);
  await service.clock.advance(2_000);
  service.see("left");
  await service.clock.advance(2_000);
  const early = service.said();
  assert.ok(!early.includes("READY=1"));
  assert.match(early.at(-1)!, /^STATUS=starting; camera right: no picture yet .*10\.0 fps$/);
  service.see("left", "right");
  await service.clock.advance(1_000);
  assert.equal(service.said().filter((word) => word === "READY=1").length, 1);
  await service.stop();
  assert.ok(service.said().includes("STOPPING=1"));
});

test("keepService() says READY without a camera that stays away, after half a minute, and never with none at all", async (t) => {
  const one = startService(t, ["left", "right"]);
  for (let second = 0; second < 29; second += 1) {
    one.see("left");
    await one.clock.advance(1_000);
  }
  assert.ok(!one.said().includes("READY=1"));
  one.see("left");
  await one.clock.advance(2_000);
  assert.ok(one.said().includes("READY=1"));
  await one.stop();
  const none = startService(t, ["left"]);
  await none.clock.advance(600_000);
  assert.ok(!none.said().includes("READY=1"));
  await none.stop();
});

test("keepService() gives no sign of life while no camera has a new picture, and again when one has", async (t) => {
  const service = startService(t, ["front"]);
  service.see("front");
  await service.clock.advance(11_000);
  assert.ok(service.said().includes("WATCHDOG=1"));
  await service.clock.advance(10_000);
  service.said();
  await service.clock.advance(30_000);
  const silent = service.said();
  assert.ok(!silent.includes("WATCHDOG=1"));
  assert.match(silent.at(-1)!, /camera front: no new picture/);
  writeFileSync(join(service.data, "maintenance"), "");
  await service.clock.advance(10_000);
  const maintained = service.said();
  assert.ok(maintained.includes("WATCHDOG=1"));
  assert.match(maintained.at(-1)!, /maintenance/);
  rmSync(join(service.data, "maintenance"));
  await service.clock.advance(20_000);
  service.said();
  service.see("front");
  await service.clock.advance(10_000);
  assert.ok(service.said().includes("WATCHDOG=1"));
  await service.stop();
});

test("openNotifier() is there only when somebody listens, and takes the watchdog only when it is meant for this process", () => {
  const open = (env: Record<string, string>) => openNotifier({ env, log: silentLog, pid: 42 });
  assert.equal(open({}), null);
  const socket = { NOTIFY_SOCKET: "/run/none" };
  assert.equal(open(socket)!.watchdogMs, null);
  assert.equal(open({ ...socket, WATCHDOG_USEC: "30000000" })!.watchdogMs, 30_000);
  assert.equal(open({ ...socket, WATCHDOG_USEC: "30000000", WATCHDOG_PID: "42" })!.watchdogMs, 30_000);
  assert.equal(open({ ...socket, WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" })!.watchdogMs, null);
  assert.equal(open({ ...socket, WATCHDOG_USEC: "soon" })!.watchdogMs, null);
});

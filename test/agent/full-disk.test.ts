// A whole agent on a disk that others fill: it lives, says why nothing is kept, drops nothing that is owed, and goes on by itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openAgent } from "../../agent/agent.ts";
import { judgeHealth } from "../../agent/health.ts";
import { readDiskSpace } from "../../device/disk.ts";
import { agentOptions } from "../fakes/agent.ts";
import { eventually } from "../fakes/eventually.ts";
import { temporaryFolder } from "../fakes/store.ts";

test("an agent whose disk is filled by others says so, counts what it cannot keep, and records again when there is room", async (t) => {
  const disk = temporaryFolder(t);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", disk]);
  if (mounted.status !== 0) return t.skip(`no file system can be mounted here: ${mounted.stderr}`);
  const stop = new AbortController();
  const agent = await openAgent(
    agentOptions(join(disk, "data"), {
      store: { commitWindowMs: 20, keepFreeBytes: 1 },
      sync: { bucket: null, index: null },
      record: { delayMs: 0, standingEveryMs: 0 },
    }),
  );
  const running = agent.run(stop.signal);
  try {
    const frames = (): number => agent.recorder.state().frames;
    await eventually("frames", () => frames() > 10);
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, Buffer.alloc(readDiskSpace(disk).freeBytes));
    const isDropping = () => Object.keys(agent.recorder.state().dropped).length > 0;
    await eventually("drops with their reason", isDropping);
    await eventually("health that says so", () => !judgeHealth(agent).ok);
    const { problem, dropped } = agent.recorder.state();
    assert.match(problem!, /disk/);
    assert.match(Object.keys(dropped).join(" "), /disk full|store failed/);
    assert.deepEqual(judgeHealth(agent).restartMayHelp, []);
    const before = frames();
    rmSync(ballast);
    await eventually("frames again", () => frames() > before + 3);
    await eventually("health", () => judgeHealth(agent).ok);
    await eventually(
      "drops that are booked",
      () => Object.keys(agent.store.counters.list("dropped/")).length > 0,
    );
    const acts = agent.store.journal.newest(1000).map(({ act }) => act);
    assert.ok(acts.includes("capture.dropped"), acts.join(" "));
    assert.ok(acts.includes("store.pressure"), acts.join(" "));
  } finally {
    stop.abort();
    const { stored } = await running;
    // Every frame that was acknowledged is there, or was dropped by the ladder and counted.
    const { thinned = 0 } = agent.store.counters.list("dropped/");
    assert.equal(agent.store.frames.count() + thinned, stored);
    await agent.close();
    spawnSync("umount", ["--lazy", disk]);
  }
});

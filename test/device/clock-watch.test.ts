// The wall clock beside the monotonic one: steps are seen, slewing is not one, and a real process that is moved through time lives.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { anchorOf, createClockLook, wallUsBy } from "../../device/clock-watch.ts";
import { eventually } from "../fakes/eventually.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { temporaryFolder } from "../fakes/store.ts";

const hour = 3_600e6;

test("createClockLook() sees the clock being set, forwards and back, and what that makes of earlier moments", async () => {
  const clock = createManualClock();
  clock.setWall(12e6, false);
  const look = createClockLook(clock, null);
  const taken = clock.monotonicNs();
  await clock.advance(60_000);
  assert.equal(look(), null);
  const now = Date.UTC(2026, 10, 21) * 1000;
  clock.setWall(now, true);
  const change = look()!;
  assert.equal(change.stepUs, now - 72e6);
  assert.deepEqual([change.before.synchronised, change.after.synchronised], [false, true]);
  assert.equal(wallUsBy(change.after, taken), now - 60e6);
  assert.equal(look(), null);
  for (const stepUs of [-hour, 10 * 365 * 24 * hour, hour]) {
    clock.setWall(clock.now().wallUs + stepUs, true);
    assert.equal(look()!.stepUs, stepUs);
  }
});

test("createClockLook() takes slewing for no step, however far it goes", async () => {
  const clock = createManualClock();
  const look = createClockLook(clock, null);
  for (let n = 0; n < 20; n += 1) {
    await clock.advance(1_000);
    clock.setWall(clock.now().wallUs + 500_000, true);
    assert.equal(look(), null);
  }
  const known = anchorOf(clock.now());
  clock.setWall(clock.now().wallUs + hour, true);
  assert.equal(createClockLook(clock, known)()!.stepUs, hour, "also when another process saw it last");
});

test("a real process sees 1970 become today and an hour go back; its waiting is not moved", async (t) => {
  const library = findFaketime();
  if (library === null) return t.skip("libfaketime is not here");
  const folder = temporaryFolder(t);
  const stamp = join(folder, "time");
  const set = (time: string): void => {
    writeFileSync(stamp, `${time}\n`);
  };
  set("@1970-01-01 00:00:20");
  const child = spawn(
    process.execPath,
    [
      "--import",
      import.meta.resolve("tsx"),
      fileURLToPath(new URL("../fakes/clock-child.ts", import.meta.url)),
    ],
    {
      env: {
        PATH: process.env.PATH,
        TZ: "UTC",
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: stamp,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const ended = once(child, "close");
  const lines: { stepMs: number; synchronised: boolean; longestWaitMs: number }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => void lines.push(JSON.parse(line)));
  try {
    await eventually("a look", () => lines.length > 0);
    if (lines[0]!.synchronised) return t.skip("faketime does not reach this Node.js");
    const steps = () => lines.filter(({ stepMs }) => stepMs !== 0).map(({ stepMs }) => stepMs);
    set("+0");
    await eventually(
      "a step of decades",
      () => steps().length > 0 && steps()[0]! > 50 * 365 * 24 * 3_600_000,
    );
    assert.equal(lines.at(-1)!.synchronised, true);
    set("-3600");
    await eventually("an hour back", () => steps().some((step) => Math.abs(step + 3_600_000) < 60_000));
    assert.ok(Math.max(...lines.map(({ longestWaitMs }) => longestWaitMs)) < 10_000);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
});

function findFaketime(): string | null {
  const folder = ["/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
    .map((lib) => join(lib, "faketime", "libfaketimeMT.so.1"))
    .find((path) => existsSync(path));
  return folder ?? null;
}

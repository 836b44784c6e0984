import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { formatFrame } from "../../../device/drive/guard-frames.ts";
import { eventually } from "../../fakes/eventually.ts";
import {
  boardUrl,
  isMoving,
  recordingFile,
  slow,
  slowClock,
  startSlowGuard,
} from "../../fakes/guarded-car.ts";

const clock = slowClock(slow);

/** A guard's process that has been told to move a car, for long enough to look at it. */
async function startMoving(t: TestContext) {
  const file = recordingFile(t);
  const child = startSlowGuard(slow);
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close");
  child.stdin.write(formatFrame({ ask: "open", n: 1, url: boardUrl(file) }));
  await eventually("it has its board", () => said.includes('"n":1'));
  child.stdin.write(formatFrame({ ask: "arm", n: 2, validMs: 500 }));
  await eventually("it is armed", () => said.includes('"n":2'));
  let n = 2;
  const drive = (): void => {
    n += 1;
    const command = { steering: 0, throttle: 0.4 };
    child.stdin.write(formatFrame({ ask: "apply", n, command, validMs: 500, sentNs: clock.monotonicNs() }));
  };
  drive();
  await eventually("it moves", () => isMoving(file));
  return { file, child, ended, drive, said: () => said };
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
  test(`a guard that gets ${signal} writes neutral at once, arms no more, and goes with its pipe`, async (t) => {
    const { file, child, ended, said } = await startMoving(t);
    child.kill(signal);
    await eventually("it stands", () => !isMoving(file));
    await eventually("it says so", () =>
      said().includes(`"cause":"lost","reason":"the guard got ${signal}"`),
    );
    const command = { steering: 0, throttle: 0 };
    child.stdin.write(
      formatFrame({ ask: "apply", n: 98, command, validMs: 500, sentNs: clock.monotonicNs() }),
    );
    child.stdin.write(formatFrame({ ask: "arm", n: 99, validMs: 500 }));
    await eventually("it refuses", () =>
      /"refused","n":99,"message":"Expected a guard that stays/.test(said()),
    );
    child.stdin.end();
    assert.deepEqual(await ended, [0, null]);
  });

test("a guard that gets a second signal goes at once", async (t) => {
  const { file, child, ended, said } = await startMoving(t);
  child.kill("SIGTERM");
  await eventually("it has heard the first", () => said().includes("SIGTERM"));
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
  assert.equal(isMoving(file), false);
});

test("a guard whose pipe ends writes neutral and goes", async (t) => {
  const { file, child, ended } = await startMoving(t);
  child.stdin.end();
  assert.deepEqual(await ended, [0, null]);
  assert.equal(isMoving(file), false);
});

test("a guard whose pipe brings nonsense writes neutral and obeys no command until it is armed again", async (t) => {
  const { file, child, drive, said } = await startMoving(t);
  child.stdin.write("nonsense\n");
  await eventually("it stands", () => !isMoving(file));
  // Neutral is written before it is told.
  await eventually("it says so", () => said().includes('"cause":"lost"'));
  drive();
  await eventually("it has heard", () => said().includes('"n":4'));
  assert.equal(isMoving(file), false);
});

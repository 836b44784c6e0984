import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Drive, FailSafe } from "../../../device/drive/drive.ts";
import { createGuardCore, inForceMs } from "../../../device/drive/guard-core.ts";
import { createNoDrive } from "../../../device/drive/none.ts";
import { defaultPca9685Settings, openPca9685 } from "../../../device/drive/pca9685.ts";
import { silentLog } from "../../../device/log.ts";
import { testDrive } from "../../contracts/drive.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createFakeRegisterBus } from "../../fakes/register-bus.ts";

const forward = { steering: 0.2, throttle: 0.5 };
const rest = { steering: 0, throttle: 0 };

function openCore(wrap: (board: Drive) => Drive = (board) => board) {
  const clock = createManualClock();
  const core = createGuardCore(wrap(createNoDrive()), { clock });
  const heard: FailSafe[] = [];
  core.onFailSafe((failSafe) => heard.push(failSafe));
  return { clock, core, heard };
}

/** A car with a board, as the guard process has it. */
async function openCar() {
  const clock = createManualClock();
  const bus = createFakeRegisterBus();
  const opening = openPca9685(bus, { settings: defaultPca9685Settings, clock, log: silentLog });
  await clock.advance(10);
  const core = createGuardCore(await opening, { clock });
  const heard: FailSafe[] = [];
  core.onFailSafe((failSafe) => heard.push(failSafe));
  await clock.advance(2000);
  return { clock, bus, core, heard };
}

test("inForceMs() leaves time to write neutral before the bound, and knows a longest", () => {
  assert.deepEqual([200, 500, 60_000, 100, Number.NaN, -5].map(inForceMs), [170, 450, 450, 75, 170, 0.75]);
});

describe("createGuardCore()", () => {
  test("createGuardCore() keeps a command in force as long as it is valid, and not longer", async () => {
    for (const [validMs, untilMs] of [
      [200, 170],
      [500, 450],
      [10_000, 450],
    ] as const) {
      const { clock, core, heard } = openCore();
      await core.arm();
      await core.apply(forward, { validMs });
      await clock.advance(untilMs - 1);
      assert.deepEqual(core.state().applied, forward, `valid for ${validMs} ms`);
      await clock.advance(2);
      assert.deepEqual([core.state().armed, core.state().applied], [false, rest], `valid for ${validMs} ms`);
      assert.deepEqual(
        heard.map(({ cause, silentMs, applied }) => ({ cause, silentMs, applied })),
        [{ cause: "stale", silentMs: untilMs, applied: forward }],
      );
      await core.close();
    }
  });

  test("createGuardCore() stops when nothing at all follows arming", async () => {
    const { clock, core, heard } = openCore();
    await core.arm();
    await clock.advance(200);
    assert.equal(core.state().armed, false);
    assert.equal(heard.length, 1);
  });

  test("apply() does not count a command that was given too long ago, however late it is read", async () => {
    const { clock, core, heard } = openCore();
    await clock.advance(1000);
    await core.arm();
    await core.apply(forward, { validMs: 200, sentNs: clock.monotonicNs() - 171e6 });
    assert.deepEqual(core.state().applied, rest);
    await core.apply(forward, { validMs: 200, sentNs: clock.monotonicNs() - 100e6 });
    assert.deepEqual(core.state().applied, forward);
    await clock.advance(71);
    assert.equal(heard.length, 1, "its time ran from when it was given");
  });

  test("apply() does not go back to a command that was given before the newest", async () => {
    const { clock, core } = openCore();
    await core.arm();
    const nowNs = clock.monotonicNs();
    await core.apply(rest, { validMs: 200, sentNs: nowNs });
    await core.apply(forward, { validMs: 500, sentNs: nowNs - 1e6 });
    assert.deepEqual(core.state().applied, rest);
  });

  test("apply() takes a date of the future for now", async () => {
    const { clock, core } = openCore();
    await core.arm();
    await core.apply(forward, { validMs: 200, sentNs: clock.monotonicNs() + 1e12 });
    await clock.advance(171);
    assert.equal(core.state().armed, false);
  });

  test("apply() hands only the newest of a burst to the board", async () => {
    const applied: number[] = [];
    const { core } = openCore((board) => ({
      ...board,
      apply: async (command) => {
        applied.push(command.throttle);
        await board.apply(command);
      },
    }));
    await core.arm();
    await Promise.all([0.1, 0.2, 0.3, 0.4].map((throttle) => core.apply({ steering: 0, throttle })));
    assert.deepEqual(applied, [0.4]);
  });

  test("arm() right behind a command that is at rest is no race", async () => {
    const { core } = await openCar();
    await core.apply(forward);
    void core.apply(rest);
    await core.arm();
    assert.equal(core.state().armed, true);
  });

  test("a guard that hung itself writes neutral before it looks at what waited, and stays disarmed", async () => {
    const written: string[] = [];
    // A clock whose sleepers were not woken: the process was stopped and goes on with what is in the pipe.
    let nowNs = 1e12;
    const clock = {
      ...createManualClock(),
      monotonicNs: () => nowNs,
      sleep: () => new Promise<void>(() => undefined),
    };
    const board = createNoDrive();
    const core = createGuardCore(
      {
        ...board,
        apply: async (command) => {
          written.push(`${command.throttle}`);
          await board.apply(command);
        },
        neutral: async (reason) => {
          written.push("neutral");
          await board.neutral(reason);
        },
      },
      { clock },
    );
    await core.arm();
    await core.apply(forward);
    nowNs += 10e9;
    written.length = 0;
    await Promise.all([
      core.apply(forward, { validMs: 200, sentNs: nowNs - 9e9 }),
      core.apply(forward, { validMs: 200, sentNs: nowNs - 1e6 }),
    ]);
    assert.deepEqual(written, ["neutral", "0.5"]);
    assert.deepEqual([core.state().armed, core.state().applied], [false, rest]);
    await assert.rejects(core.arm(), /Expected throttle to be 0 .*0\.5/);
    await core.apply(rest);
    await core.arm();
    assert.equal(core.state().armed, true);
  });

  test("lose() stops at once and says so, once", async () => {
    const { core, heard } = openCore();
    await core.arm();
    await core.apply(forward);
    await core.lose("the pipe was closed");
    await core.lose("the pipe was closed");
    assert.deepEqual(
      heard.map(({ cause, reason }) => [cause, reason]),
      [["lost", "the pipe was closed"]],
    );
    assert.deepEqual([core.state().armed, core.state().neutralReason], [false, "the pipe was closed"]);
  });

  test("lose() ends an arming that waits for the ESC", async () => {
    const clock = createManualClock();
    const opening = openPca9685(createFakeRegisterBus(), {
      settings: defaultPca9685Settings,
      clock,
      log: silentLog,
    });
    await clock.advance(10);
    const core = createGuardCore(await opening, { clock });
    const arming = assert.rejects(core.arm(), /Stopped while arming: gone/);
    await clock.advance(100);
    await core.lose("gone");
    await clock.advance(3000);
    await arming;
    assert.equal(core.state().armed, false);
  });

  test("a board that fails is a stop of the bus, also when nobody asks anything new", async () => {
    const { clock, bus, core, heard } = await openCar();
    await core.arm();
    await core.apply(forward);
    await clock.advance(60);
    bus.failing = true;
    await clock.advance(100);
    assert.deepEqual(
      heard.map(({ cause }) => cause),
      ["bus"],
    );
    assert.equal(core.state().armed, false);
    bus.failing = false;
    await clock.advance(100);
    assert.ok(Math.abs(bus.pulseUs(0)! - 1500) < 5, "neutral is written as soon as the board answers");
  });

  test("settle() does not give up before the board has neutral", async () => {
    const { clock, bus, core } = await openCar();
    await core.arm();
    await core.apply(forward);
    await clock.advance(60);
    bus.failing = true;
    await core.lose("gone");
    let isSettled = false;
    const settling = core.settle().then(() => {
      isSettled = true;
    });
    await clock.advance(60_000);
    assert.equal(isSettled, false);
    bus.failing = false;
    await clock.advance(100);
    await settling;
    assert.ok(Math.abs(bus.pulseUs(0)! - 1500) < 5);
    await core.close();
    await core.settle();
  });

  test("a board that does not take neutral is told as a stop of the bus", async () => {
    const { core, heard } = openCore((board) => ({
      ...board,
      neutral: async () => {
        throw new Error("Remote I/O error");
      },
    }));
    await core.arm();
    await core.lose("gone");
    assert.match(heard[0]!.reason, /gone, and the board did not take neutral: Remote I\/O error/);
    assert.equal(heard[0]!.cause, "bus");
  });

  test("no order of what comes keeps a car moving without fresh commands", async () => {
    const act = fc.oneof(
      fc.record({
        kind: fc.constant("apply" as const),
        throttle: fc.double(),
        validMs: fc.oneof(fc.double(), fc.constantFrom(50, 200, 500)),
        agoMs: fc.integer({ min: -50, max: 600 }),
      }),
      fc.constantFrom({ kind: "arm" as const }, { kind: "neutral" as const }, { kind: "lose" as const }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 400 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const { clock, core } = openCore();
        let freshNs = Number.NEGATIVE_INFINITY;
        for (const one of acts) {
          if (one.kind === "apply") {
            const sentNs = clock.monotonicNs() - one.agoMs * 1e6;
            freshNs = Math.max(freshNs, Math.min(sentNs, clock.monotonicNs()));
            await core.apply({ steering: 0, throttle: one.throttle }, { validMs: one.validMs, sentNs });
          } else if (one.kind === "arm") await core.arm().catch(() => undefined);
          else if (one.kind === "wait") await clock.advance(one.ms);
          else if (one.kind === "neutral") await core.neutral("test");
          else await core.lose("test");
          const ageMs = (clock.monotonicNs() - freshNs) / 1e6;
          if (ageMs > 450) assert.equal(core.state().applied.throttle, 0, `${ageMs} ms old`);
        }
        await core.close();
      }),
    );
  });
});

testDrive("createGuardCore()", async () => {
  const clock = createManualClock();
  const core = createGuardCore(createNoDrive(), { clock });
  return { drive: core, advance: clock.advance, close: () => core.close() };
});

testDrive("createGuardCore() over openPca9685()", async () => {
  const { clock, core } = await openCar();
  return { drive: core, throttleLimit: 0.5, advance: clock.advance, close: () => core.close() };
});

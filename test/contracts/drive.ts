// What every drive promises. Each implementation calls this with a way to open one whose clock the test turns.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Drive, type DriveCommand, type FailSafe, neutralCommand } from "../../device/drive/drive.ts";

/** A drive to test. */
export type DriveFixture = {
  readonly drive: Drive;
  /** The most throttle the drive applies, whatever is asked; 1 when not given. */
  readonly throttleLimit?: number;
  /** Lets the clock of the drive run for `ms`. */
  readonly advance: (ms: number) => Promise<void>;
  /** How long a car takes at most to reach what it was asked, ms; 5000 when not given. */
  readonly settleMs?: number;
  readonly close: () => Promise<void>;
};

// Long enough for an ESC to arm.
const longMs = 20_000;
/** How often a guarded drive hears what is wanted. */
const refreshMs = 50;

/** Declares the contract's tests for `name`; `open` runs once for each. */
export function testDrive(name: string, open: () => Promise<DriveFixture>): void {
  describe(`${name} keeps the drive contract`, () => {
    let fixture: DriveFixture;
    let drive: Drive;
    beforeEach(async () => {
      fixture = await open();
      drive = fixture.drive;
    });
    afterEach(() => fixture.close());

    /** Lets time run until something is done. */
    const during = async (act: Promise<void>): Promise<void> => {
      let ended = false;
      const settled = act.finally(() => {
        ended = true;
      });
      settled.catch(() => undefined);
      for (let ms = 0; ms < longMs && !ended; ms += refreshMs) await fixture.advance(refreshMs);
      await settled;
    };
    const arm = (): Promise<void> => during(drive.arm());
    /** Keeps a command in force until it is reached, as a hand at the stick does. */
    const hold = async (command: DriveCommand): Promise<void> => {
      for (let ms = 0; ms < (fixture.settleMs ?? 5000); ms += refreshMs) {
        await drive.apply(command);
        await fixture.advance(refreshMs);
      }
    };
    const assertStill = (): void => {
      const { armed, applied } = drive.state();
      assert.equal(armed, false);
      assert.equal(applied.throttle, 0);
    };

    test("a new drive is disarmed, neutral and was never stopped", () => {
      assert.deepEqual(drive.state(), { armed: false, applied: neutralCommand, neutralReason: null });
    });

    test("apply() moves nothing before arm()", async () => {
      await hold({ steering: 1, throttle: 1 });
      assertStill();
    });

    test("arm() refuses while throttle is asked for, and works once it is not", async () => {
      await drive.apply({ steering: 0, throttle: 0.5 });
      await assert.rejects(arm(), /Expected .*0\.5/);
      assertStill();
      await drive.apply(neutralCommand);
      await arm();
      await arm();
      assert.equal(drive.state().armed, true);
    });

    test("apply() reaches what is asked, clamped, on the side that is meant", async () => {
      await arm();
      await hold({ steering: -3, throttle: 7 });
      const { steering, throttle } = drive.state().applied;
      assert.ok(steering < -0.9 && steering >= -1, `steering ${steering}`);
      const most = fixture.throttleLimit ?? 1;
      assert.ok(throttle > 0.9 * most && throttle <= most + 1e-9, `throttle ${throttle}`);
    });

    test("apply() takes what is no number for neutral", async () => {
      await arm();
      await hold({ steering: 0, throttle: 1 });
      await hold({ steering: 0, throttle: Number.NaN });
      assert.equal(Math.abs(Math.round(drive.state().applied.throttle * 100)), 0);
    });

    test("neutral() stops at once, says why, and needs arm() again", async () => {
      await arm();
      await hold({ steering: 0.5, throttle: 1 });
      await drive.neutral("gamepad unplugged");
      await drive.neutral("gamepad unplugged");
      assert.equal(drive.state().neutralReason, "gamepad unplugged");
      assertStill();
      await hold({ steering: 0, throttle: 1 });
      assertStill();
      await drive.apply(neutralCommand);
      await arm();
      assert.equal(drive.state().armed, true);
    });

    test("close() stops the car and may be called twice", async () => {
      await arm();
      await drive.apply({ steering: 0, throttle: 1 });
      await drive.close();
      await drive.close();
      assertStill();
    });

    test("a drive that is watched over stops when no command follows, says so, and moves only when seen at rest and armed", async (t) => {
      if (drive.onFailSafe === undefined) return t.skip("nothing watches over this drive");
      const heard: FailSafe[] = [];
      const stopHearing = drive.onFailSafe((failSafe) => heard.push(failSafe));
      await arm();
      await hold({ steering: 0.5, throttle: 1 });
      const { throttle } = drive.state().applied;
      for (let ms = 0; ms < longMs && heard.length === 0; ms += refreshMs) await fixture.advance(refreshMs);
      assert.deepEqual(
        heard.map(({ cause, applied }) => [cause, applied.throttle]),
        [["stale", throttle]],
      );
      assert.ok(heard[0]!.silentMs >= 100, `${heard[0]!.silentMs} ms`);
      assertStill();
      await hold({ steering: 0, throttle: 1 });
      assertStill();
      await assert.rejects(arm(), /Expected throttle to be 0/);
      await drive.apply(neutralCommand);
      await arm();
      assert.equal(drive.state().armed, true);
      stopHearing();
      assert.equal(heard.length, 1);
    });
  });
}

// What every drive promises. Each implementation calls this with a way to open one whose clock the test turns.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Drive, neutralCommand } from "../../device/drive/drive.ts";

/** A drive to test. */
export type DriveFixture = {
  readonly drive: Drive;
  /** The most throttle the drive applies, whatever is asked; 1 when not given. */
  readonly throttleLimit?: number;
  /** Lets the clock of the drive run for `ms`. */
  readonly advance: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

// Long enough for an ESC to arm and for a car to reach what it was asked.
const longMs = 5000;

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

    const during = async (act: Promise<void>): Promise<void> => {
      const [result] = await Promise.allSettled([act, fixture.advance(longMs)]);
      if (result?.status === "rejected") throw result.reason;
    };
    const arm = (): Promise<void> => during(drive.arm());
    const assertStill = (): void => {
      const { armed, applied } = drive.state();
      assert.equal(armed, false);
      assert.equal(applied.throttle, 0);
    };

    test("a new drive is disarmed, neutral and was never stopped", () => {
      assert.deepEqual(drive.state(), { armed: false, applied: neutralCommand, neutralReason: null });
    });

    test("apply() moves nothing before arm()", async () => {
      await drive.apply({ steering: 1, throttle: 1 });
      await fixture.advance(longMs);
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
      await drive.apply({ steering: -3, throttle: 7 });
      await fixture.advance(longMs);
      const { steering, throttle } = drive.state().applied;
      assert.ok(steering < -0.9 && steering >= -1, `steering ${steering}`);
      const most = fixture.throttleLimit ?? 1;
      assert.ok(throttle > 0.9 * most && throttle <= most + 1e-9, `throttle ${throttle}`);
    });

    test("apply() takes what is no number for neutral", async () => {
      await arm();
      await drive.apply({ steering: 0, throttle: 1 });
      await fixture.advance(longMs);
      await drive.apply({ steering: 0, throttle: Number.NaN });
      await fixture.advance(longMs);
      assert.equal(Math.abs(Math.round(drive.state().applied.throttle * 100)), 0);
    });

    test("neutral() stops at once, says why, and needs arm() again", async () => {
      await arm();
      await drive.apply({ steering: 0.5, throttle: 1 });
      await fixture.advance(longMs);
      await drive.neutral("gamepad unplugged");
      await drive.neutral("gamepad unplugged");
      assert.equal(drive.state().neutralReason, "gamepad unplugged");
      assertStill();
      await drive.apply({ steering: 0, throttle: 1 });
      await fixture.advance(longMs);
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
  });
}

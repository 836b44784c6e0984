import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { openI2cBus } from "../../../device/drive/i2c-bus.ts";
import { openDrive } from "../../../device/drive/open.ts";
import { defaultPca9685Settings, openPca9685, type Pca9685Settings } from "../../../device/drive/pca9685.ts";
import { prescaleFor, stepsOf } from "../../../device/drive/pulse-board.ts";
import { type Log, silentLog } from "../../../device/log.ts";
import { testDrive } from "../../contracts/drive.ts";
import { createManualClock, type ManualClock } from "../../fakes/manual-clock.ts";
import { createFakeRegisterBus, type FakeRegisterBus } from "../../fakes/register-bus.ts";

const throttleChannel = 0;
const steeringChannel = 1;

async function openCar(
  over: Partial<Pca9685Settings> = {},
  bus = createFakeRegisterBus(),
  log: Log = silentLog,
) {
  const clock = createManualClock();
  const settings = { ...defaultPca9685Settings, ...over };
  const drive = await within(clock, 10, openPca9685(bus, { settings, clock, log }));
  return { clock, bus, drive };
}

/** Turns the clock while something waits for it. */
async function within<T>(clock: ManualClock, ms: number, waiting: Promise<T>): Promise<T> {
  const [result] = await Promise.allSettled([waiting, clock.advance(ms)]);
  if (result?.status === "rejected") throw result.reason;
  return (result as PromiseFulfilledResult<T>).value;
}

const near = (actual: number | null, expected: number, tolerance = 5): void => {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `expected about ${expected} µs, got ${actual}`,
  );
};

/** Every throttle pulse that was ever written, microseconds, in order. */
const throttleHistory = (bus: FakeRegisterBus): number[] =>
  bus.transfers
    .filter(({ register, bytes }) => register === 0x06 && bytes.length >= 4)
    .map(({ bytes }) => ((bytes[2]! + bytes[3]! * 256) * 122 * 1e6) / 25e6);

describe("prescaleFor() and stepsOf()", () => {
  test("prescaleFor() gives the data sheet's values", () => {
    assert.equal(prescaleFor({ frequencyHz: 60, oscillatorHz: 25e6 }), 101);
    assert.equal(prescaleFor({ frequencyHz: 50, oscillatorHz: 25e6 }), 121);
    assert.equal(prescaleFor({ frequencyHz: 200, oscillatorHz: 25e6 }), 0x1e);
    assert.throws(() => prescaleFor({ frequencyHz: 10, oscillatorHz: 25e6 }), /prescale of 3–255/);
  });

  test("stepsOf() means the same microseconds on every board", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 900, max: 2100 }),
        fc.integer({ min: 40, max: 200 }),
        fc.integer({ min: 23_000_000, max: 27_000_000 }),
        (us, frequencyHz, oscillatorHz) => {
          const timing = { frequencyHz, oscillatorHz };
          const stepUs = ((prescaleFor(timing) + 1) * 1e6) / oscillatorHz;
          assert.ok(Math.abs(stepsOf(us, timing) * stepUs - us) <= stepUs / 2 + 1e-9);
        },
      ),
    );
  });
});

describe("openPca9685()", () => {
  test("openPca9685() brings the board up asleep and sends neutral before anything else", async () => {
    const { bus } = await openCar();
    const neutral = [0, 0, 307 & 0xff, 307 >> 8, 0, 0, 307 & 0xff, 307 >> 8];
    assert.deepEqual(bus.transfers, [
      { register: 0x00, bytes: [0x30] },
      { register: 0xfe, bytes: [121] },
      { register: 0x01, bytes: [0x04] },
      { register: 0x06, bytes: neutral },
      { register: 0x00, bytes: [0x20] },
      { register: 0x00, bytes: [0xa0] },
      { register: 0x06, bytes: neutral },
    ]);
    near(bus.pulseUs(throttleChannel), 1500);
    near(bus.pulseUs(steeringChannel), 1500);
  });

  // The first transfer already puts the board to sleep.
  test("openPca9685() ends at once what a program that died left running", async () => {
    const bus = createFakeRegisterBus({ running: 500 });
    const seen: (number | null)[] = [];
    const write = bus.writeBlock;
    const watched: FakeRegisterBus = Object.assign(Object.create(bus), {
      writeBlock: async (...args: Parameters<typeof write>) => {
        await write(...args);
        seen.push(bus.pulseUs(throttleChannel));
      },
    });
    await openCar({}, watched);
    assert.equal(seen[0], null);
    for (const pulse of seen) if (pulse !== null) near(pulse, 1500);
  });

  test("openPca9685() sends the right microseconds on a board whose oscillator is off", async () => {
    const oscillatorHz = 26_400_000;
    const bus = createFakeRegisterBus({ oscillatorHz });
    await openCar({ timing: { frequencyHz: 50, oscillatorHz } }, bus);
    near(bus.pulseUs(throttleChannel), 1500, 3);
  });

  test("openPca9685() refuses wrong settings and frees the bus", async () => {
    for (const [over, rule] of [
      [{ armMs: 500 }, /armMs to be 1000–60000, got 500/],
      [{ throttleLimit: 1.5 }, /throttleLimit to be 0–1, got 1.5/],
      [{ throttleChannel: 1 }, /to differ, got 1 for both/],
      [{ steering: { lowUs: 500, neutralUs: 1500, highUs: 2000 } }, /steering lowUs to be 900–2100/],
      [{ timing: { frequencyHz: 1000, oscillatorHz: 25e6 } }, /frequencyHz to be 24–400/],
    ] as const) {
      const bus = createFakeRegisterBus();
      await assert.rejects(openCar(over, bus), rule);
      assert.equal(bus.isClosed(), true);
      assert.deepEqual(bus.transfers, []);
    }
  });

  test("openPca9685() says so when no board answers, or it is another chip", async () => {
    const elsewhere = createFakeRegisterBus({ address: 0x41 });
    await assert.rejects(openCar({}, elsewhere), /Remote I\/O error/);
    assert.equal(elsewhere.isClosed(), true);
    const bus = createFakeRegisterBus();
    const other: FakeRegisterBus = Object.assign(Object.create(bus), { readByte: async () => 7 });
    await assert.rejects(openCar({}, other), /PCA9685 at address 0x40 to keep prescale 121, got 7/);
  });
});

describe("the drive of openPca9685()", () => {
  test("arm() sends neutral for the ESC's time before the car may move", async () => {
    const { clock, bus, drive } = await openCar();
    const arming = drive.arm();
    await clock.advance(1400);
    assert.equal(drive.state().armed, false);
    await clock.advance(200);
    await arming;
    assert.equal(drive.state().armed, true);
    assert.ok(throttleHistory(bus).every((us) => Math.abs(us - 1500) < 5));
  });

  test("arm() gives way to neutral() while it waits", async () => {
    const { clock, drive } = await openCar();
    const arming = drive.arm();
    await clock.advance(100);
    await drive.neutral("gamepad unplugged");
    await assert.rejects(within(clock, 3000, arming), /Stopped while arming: gamepad unplugged/);
    assert.equal(drive.state().armed, false);
  });

  test("apply() speeds up at the slew rate even when asked once, up to the limit", async () => {
    const { clock, bus, drive } = await openCar({ throttleLimit: 0.4, throttleSlewUsPerS: 500 });
    await within(clock, 2000, drive.arm());
    await drive.apply({ steering: 0, throttle: 1 });
    await clock.advance(100);
    near(bus.pulseUs(throttleChannel), 1550, 15);
    await clock.advance(1000);
    near(bus.pulseUs(throttleChannel), 1700);
    assert.equal(drive.state().applied.throttle, 0.4);
    const history = throttleHistory(bus);
    const steps = history.slice(1).map((us, index) => us - history[index]!);
    assert.ok(Math.max(...steps) <= 500 * 0.02 + 5, `largest step ${Math.max(...steps)} µs`);
    const transfers = bus.transfers.length;
    await clock.advance(1000);
    assert.equal(bus.transfers.length, transfers);
  });

  test("apply() slows down at once and stands at neutral before reverse", async () => {
    const { clock, bus, drive } = await openCar();
    await within(clock, 2000, drive.arm());
    await drive.apply({ steering: 0, throttle: 1 });
    await clock.advance(2000);
    await drive.apply({ steering: 0, throttle: -1 });
    near(bus.pulseUs(throttleChannel), 1500);
    await clock.advance(2000);
    near(bus.pulseUs(throttleChannel), 1250);
    await drive.apply({ steering: 0, throttle: 0 });
    near(bus.pulseUs(throttleChannel), 1500);
  });

  test("apply() steers to the calibrated ends", async () => {
    const { clock, bus, drive } = await openCar();
    await within(clock, 2000, drive.arm());
    for (const [steering, us] of [
      [-1, 1800],
      [1, 1200],
      [0.5, 1350],
    ] as const) {
      await drive.apply({ steering, throttle: 0 });
      await clock.advance(500);
      near(bus.pulseUs(steeringChannel), us);
    }
  });

  test("neutral() needs no slew and overtakes commands that wait for the bus", async () => {
    const { clock, bus, drive } = await openCar();
    await within(clock, 2000, drive.arm());
    await drive.apply({ steering: 0, throttle: 1 });
    await clock.advance(2000);
    const waiting = [drive.apply({ steering: 0, throttle: 1 }), drive.apply({ steering: 1, throttle: 1 })];
    await drive.neutral("test");
    await Promise.all(waiting);
    near(bus.pulseUs(throttleChannel), 1500);
    await clock.advance(500);
    near(bus.pulseUs(throttleChannel), 1500);
  });

  test("a bus that fails disarms the car, and neutral is written as soon as the board answers again", async () => {
    const said: string[] = [];
    const note = (_fields: object, message: string): void => void said.push(message);
    const { clock, bus, drive } = await openCar({}, createFakeRegisterBus(), {
      ...silentLog,
      error: note,
      warn: note,
    });
    await within(clock, 2000, drive.arm());
    await drive.apply({ steering: 0, throttle: 1 });
    await clock.advance(1000);
    bus.failing = true;
    await assert.rejects(drive.apply({ steering: 0, throttle: 1 }), /Remote I\/O error/);
    await clock.advance(300);
    assert.equal(drive.state().armed, false);
    await assert.rejects(drive.apply({ steering: 0, throttle: 1 }), /no longer answers/);
    near(bus.pulseUs(throttleChannel), 1750);
    bus.failing = false;
    await clock.advance(100);
    near(bus.pulseUs(throttleChannel), 1500);
    assert.match(said.join(), /did not answer.*answers again/);
    await drive.apply({ steering: 0, throttle: 0 });
    await within(clock, 2000, drive.arm());
    assert.equal(drive.state().armed, true);
  });

  test("close() writes neutral and frees the bus, and says so when it cannot", async () => {
    const first = await openCar();
    await within(first.clock, 2000, first.drive.arm());
    await first.drive.apply({ steering: 0, throttle: 1 });
    await first.clock.advance(1000);
    await first.drive.close();
    near(first.bus.pulseUs(throttleChannel), 1500);
    assert.equal(first.bus.isClosed(), true);
    await assert.rejects(first.drive.apply({ steering: 0, throttle: 0 }), /open drive/);
    const second = await openCar();
    second.bus.failing = true;
    await assert.rejects(second.drive.close(), /cut the power/);
    assert.equal(second.bus.isClosed(), true);
  });

  test("no order of commands makes a pulse leave its limits or jump", async () => {
    const act = fc.oneof(
      fc.record({
        kind: fc.constant("apply" as const),
        steering: fc.double(),
        throttle: fc.double(),
      }),
      fc.constant({ kind: "neutral" as const }),
      fc.constant({ kind: "arm" as const }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 120 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 15 }), async (acts) => {
        const { clock, bus, drive } = await openCar({ throttleLimit: 0.5 });
        await clock.advance(1600);
        for (const one of acts) {
          if (one.kind === "apply") await drive.apply(one);
          else if (one.kind === "neutral") await drive.neutral("test");
          else if (one.kind === "arm") await drive.arm().catch(() => undefined);
          else await clock.advance(one.ms);
        }
        await drive.close();
        const history = throttleHistory(bus);
        for (const [index, us] of history.entries()) {
          assert.ok(us >= 1250 - 5 && us <= 1750 + 5, `${us} µs`);
          const before = history[index - 1] ?? us;
          assert.ok(Math.abs(us - 1500) <= Math.abs(before - 1500) + 15, `${before} → ${us} µs`);
        }
        near(history.at(-1) ?? null, 1500);
      }),
      { numRuns: 40 },
    );
  });
});

describe("openDrive()", () => {
  test("openDrive() opens a board with the car's calibration", async () => {
    const clock = createManualClock();
    const bus = createFakeRegisterBus({ address: 0x41 });
    const numbers: number[] = [];
    const drive = await within(
      clock,
      10,
      openDrive(
        "pca9685:3?address=0x41&centre-us=1520&left-us=1850&right-us=1180&steering-channel=4&throttle-limit=0.5",
        {
          clock,
          log: silentLog,
          openBus: async (number) => {
            numbers.push(number);
            return bus;
          },
        },
      ),
    );
    assert.deepEqual(numbers, [3]);
    assert.equal(drive.name, "PCA9685 at address 0x41 of I²C bus 3");
    near(bus.pulseUs(4), 1520);
    near(bus.pulseUs(0), 1500);
    await drive.close();
  });

  test("openDrive() names what is wrong", async () => {
    const clock = createManualClock();
    const openBus = async () => createFakeRegisterBus();
    const refuse = (url: string, rule: RegExp) =>
      assert.rejects(openDrive(url, { clock, log: silentLog, openBus }), rule);
    await refuse("vesc:", /one of none, pca9685, recording, got "vesc:"/);
    await refuse("none:?x=1", /no options for "none:", got x/);
    await refuse("pca9685:one", /number of an I²C bus, got "one"/);
    await refuse("pca9685:1?left=1800", /got left/);
    await refuse("pca9685:1?left-us=3000", /steering lowUs to be 900–2100 microseconds, got 3000/);
    await refuse("pca9685:1?arm-ms=", /got ""/);
  });

  test("openDrive() says how to install the bus when it is not there", async (context) => {
    const name: string = "i2c-bus";
    const isInstalled = await import(name).then(
      () => true,
      () => false,
    );
    if (isInstalled) return context.skip("the optional package i2c-bus is installed here");
    await assert.rejects(openI2cBus(1), /npm install i2c-bus/);
  });
});

testDrive("openPca9685()", async () => {
  const { clock, drive } = await openCar({ throttleLimit: 0.4 });
  return { drive, throttleLimit: 0.4, advance: clock.advance, close: () => drive.close() };
});

testDrive("createNoDrive()", async () => {
  const clock = createManualClock();
  const drive = await openDrive("none:", { clock, log: silentLog });
  return { drive, advance: clock.advance, close: () => drive.close() };
});
